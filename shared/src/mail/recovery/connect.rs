//! How somebody gets into the copy: the endpoint and the client's command, without a password.

use super::from_aws;
use crate::database::{Dialect, Engine};
use crate::mail::facts::LONGEST_VALUE;
use crate::mail::letter::Letter;
use crate::mail::shell::Command;
use crate::mail::text::clean;
use crate::recover::{End, Move, Questions, Record};

/// Where AWS publishes the certificates of its authorities (user guides "Using SSL/TLS to encrypt a connection")
const CERTIFICATES: &str = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem";

/// The client's command, which asks for the password itself, after what it needs to know its server by
pub(super) fn commands(record: &Record) -> Vec<Command> {
    let certificates = (record.blueprint.engine.dialect() == Some(Dialect::Mongo))
        .then(|| Command::new(&["curl", "-O", CERTIFICATES]));
    let client = client(record);
    certificates.filter(|_| client.is_some()).into_iter().chain(client).collect()
}

fn client(record: &Record) -> Option<Command> {
    let endpoint = plain(record.copy.endpoint.as_deref()?)?;
    let port = record.copy.port?.to_string();
    let user = record.blueprint.master_user.as_deref().and_then(plain);
    let database = database(record);
    let mut args: Vec<&str> = Vec::new();
    let mut flag = |flag, value| args.extend([flag, value]);
    match record.blueprint.engine.dialect()? {
        Dialect::Postgres => {
            flag("env", "PGSSLMODE=require");
            flag("psql", "--host");
            flag(endpoint, "--port");
            args.push(&port);
            args.extend(user.into_iter().flat_map(|user| ["--username", user]));
            args.extend(database.as_deref().into_iter().flat_map(|name| ["--dbname", name]));
        }
        Dialect::Mysql => {
            flag("mysql", "--host");
            flag(endpoint, "--port");
            args.push(&port);
            let tls = if record.blueprint.engine == Engine::Mariadb { "--ssl" } else { "--ssl-mode=REQUIRED" };
            args.push(tls);
            args.extend(user.into_iter().flat_map(|user| ["--user", user]));
            args.push("--password");
            args.extend(database.as_deref().into_iter().flat_map(|name| ["--database", name]));
        }
        Dialect::Mongo => {
            flag("mongosh", "--host");
            flag(endpoint, "--port");
            args.push(&port);
            args.extend(["--tls", "--tlsCAFile", "global-bundle.pem", "--retryWrites=false"]);
            args.extend(user.into_iter().flat_map(|user| ["--username", user]));
        }
    }
    Some(Command::new(&args))
}

/// The database to connect to: the checks' own, or the source's first
fn database(record: &Record) -> Option<String> {
    let of_checks = match &record.questions {
        Questions::Ask { database, .. } => Some(database.as_str()),
        Questions::Cannot { .. } => None,
    };
    of_checks.or(record.blueprint.database_name.as_deref()).and_then(plain).map(str::to_owned)
}

/// A host, a user, a database whose name means nothing more to a client: no options, no connection strings
fn plain(name: &str) -> Option<&str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.$".contains(c);
    let starts = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (starts && name.len() <= 255 && name.chars().all(fits)).then_some(name)
}

/// Endpoint, login and command
pub(super) fn section(record: &Record, letter: &mut Letter) {
    let Some(endpoint) = &record.copy.endpoint else { return };
    letter.heading("CONNECT");
    if is_renamed(record) {
        let source = clean(&record.blueprint.identifier, 63);
        letter.say(
            "  ",
            &format!("Names are or were being swapped: the endpoint of the copy is the one that {source} had."),
        );
        return;
    }
    // On a line of its own, so that it is not broken.
    letter.say("", &clean(endpoint, LONGEST_VALUE));
    if let Some(port) = record.copy.port {
        letter.say("  port      ", &port.to_string());
    }
    match &record.blueprint.master_user {
        Some(user) => letter.say("  user      ", &clean(user, 80)),
        None => letter.say("  user      ", "a login of the backup; which one was the master is not known"),
    }
    if record.copy.usable_at.is_none() {
        letter.say("  ", "It does not answer yet.");
    }
    let secret = record.copy.secret_arn.as_ref();
    match secret {
        Some(_) => letter.say("  password  ", "in the secret that RDS made for the copy; this shows it:"),
        None if record.blueprint.settings.managed_secret => {
            letter.say(
                "  password  ",
                "as it was at the time that was restored, until RDS has made a secret for the copy",
            );
        }
        None => letter.say("  password  ", "as it was at the time that was restored"),
    }
    if let Some(command) = secret.and_then(|arn| show_secret(arn)) {
        letter.command(&command);
    }
    for command in commands(record) {
        letter.command(&command);
    }
    let source = clean(&record.blueprint.identifier, 63);
    letter.say(
        "  ",
        &format!("It is reached from where its security groups let in: from where {source} is, if they are its own."),
    );
}

/// Whether the copy goes, or may go, by another name than the one whose endpoint is known
fn is_renamed(record: &Record) -> bool {
    record.cut_over.as_ref().is_some_and(|cut| {
        cut.end != Some(End::Source) && cut.moves.iter().any(|one| matches!(one, Move::Rename { .. }))
    })
}

fn show_secret(arn: &str) -> Option<Command> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_:/!+=.@".contains(c);
    let is_arn = arn.starts_with("arn:") && arn.chars().all(fits);
    let args = ["aws", "secretsmanager", "get-secret-value", "--secret-id", arn, "--query", "SecretString"];
    let args: Vec<String> = args.into_iter().chain(["--output", "text"]).map(str::to_owned).collect();
    is_arn.then(|| from_aws(&args)).flatten()
}
