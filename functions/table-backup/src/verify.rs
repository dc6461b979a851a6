//! Checks of the live tables after a run, and what is done when they fail. What could not be looked at is never put back.

use data_check::{Question, Tokens, ask_all, budget};
use jiff::{SignedDuration, Timestamp};
use lifeboat::mail::{Verified, verified_mail};
use lifeboat::policy::Policy;
use lifeboat::ports::{Clock, Post, Secrets, Store};
use lifeboat::request::VerifyTables;
use lifeboat::run::RunError;
use lifeboat::sql::{Connect as _, Drivers, Session as _};
use lifeboat::tables::{Entry, TableName};
use lifeboat::verify::{Baseline, CheckAnswer, Outcome};
use serde_json::{Value, json};

use crate::job::{self, Named};
use crate::{Place, TableBackup, failed, open::Tables};

/// Most seconds that all checks together may take: what is left has to suffice for a restore
const SECONDS: u32 = 300;

/// How old a backup may be that a failed check puts back where the run is not named: an older one was made before another run,
/// and whoever wants that asks for it
const NEWEST: SignedDuration = SignedDuration::from_hours(24);

/// Why a check that compares with an earlier drill cannot be asked here
const NO_DRILL: &str = "there is no drill of a live database to compare with";

/// Answers, by what they came to
#[derive(Default)]
struct Came {
    failed: Vec<String>,
    not_asked: Vec<String>,
    passed: usize,
}

impl Came {
    fn of(answers: &[CheckAnswer]) -> Self {
        let mut came = Self::default();
        for answer in answers {
            let asked = answer.check.asked();
            match &answer.outcome {
                Outcome::Passed => came.passed += 1,
                Outcome::Failed => came.failed.push(format!("{asked}: {}, expected {}", answer.found, answer.expected)),
                Outcome::Noted => came.not_asked.push(format!("{asked}: {NO_DRILL}")),
                Outcome::NotAsked { reason } => came.not_asked.push(format!("{asked}: {reason}")),
            }
        }
        came
    }

    fn is_well(&self) -> bool {
        self.failed.is_empty() && self.not_asked.is_empty() && self.passed > 0
    }
}

impl<St, Se, To, Po, Cl> TableBackup<St, Se, To, Po, Cl>
where
    St: Store,
    Se: Secrets,
    To: Tokens,
    Po: Post,
    Cl: Clock,
{
    pub(crate) async fn verify(
        &self,
        policy: &Policy,
        place: &Place<'_>,
        (request, job): (&VerifyTables, Option<Named<'_>>),
        deadline: Timestamp,
    ) -> Result<Value, RunError> {
        let sources = job::tables(request.tables.as_deref(), job)?;
        let question = question(policy, place, request.checks.clone().or_else(|| job::checks(job)))?;
        let restore = job::restores(request.restore, job);
        if restore && sources.is_empty() {
            return Err(RunError::bad_request(
                "verify.tables: is missing. Allowed: the tables that may be put back, or a job of the policy that names them. \
                 Nothing was done",
            ));
        }
        let came = self.look(place, &question, deadline).await?;
        let mut told = Verified {
            database: place.name.to_owned(),
            job: request.job.clone(),
            failed: came.failed.clone(),
            not_asked: came.not_asked.clone(),
            passed: came.passed,
            ..Verified::default()
        };
        let mut troubles = Vec::new();
        // Whoever kept us out is no reason to keep quiet: the mail goes out all the same.
        match self.open(place, deadline).await {
            Ok(mut tables) => {
                let done = Box::pin(self.act(&mut tables, request, &sources, (restore, &came), &mut told)).await;
                troubles.extend(done.err().map(|error| error.message));
                if !told.restored.is_empty() {
                    let again = self.look(place, &question, deadline).await;
                    told.well_again = again.ok().map(|came| came.is_well());
                }
                if told.well_again == Some(true) {
                    let marked = tables.mark(&sources, None).await;
                    troubles.extend(marked.err().map(|error| error.message));
                }
                tables.close().await;
            }
            Err(error) => troubles.push(error.message),
        }
        if let Some(mail) = verified_mail(&told)
            && let Err(fault) = self.post.send(&mail.subject, &mail.body).await
        {
            troubles.push(format!("the mail could not be sent: {fault}"));
        }
        troubles.extend(told.not_restored.iter().map(|(table, why)| format!("{table} was not put back: {why}")));
        let verdict = match (told.failed.is_empty(), came.is_well()) {
            (false, _) => "failed",
            (true, true) => "passed",
            (true, false) => "inconclusive",
        };
        tracing::info!(database = place.name, verdict, restored = told.restored.len(), "tables verified");
        if !troubles.is_empty() {
            return Err(RunError::failed(format!("{}\n{}", message(&told, verdict), troubles.join("\n"))));
        }
        Ok(json!({
            "message": message(&told, verdict), "database": place.name, "verdict": verdict, "failed": told.failed,
            "not_asked": told.not_asked, "passed": told.passed,
            "restored": told.restored.iter().map(|(table, _)| table).collect::<Vec<_>>(), "well_again": told.well_again,
        }))
    }

    /// Asks in a session that can only read
    async fn look(&self, place: &Place<'_>, question: &Question, deadline: Timestamp) -> Result<Came, RunError> {
        let door = self.door(place).await?;
        let connected = Drivers::trusting(self.ca_bundle.clone()).connect(&door).await;
        let mut session = match connected {
            Ok(session) => session,
            Err(trouble) => {
                let answers: Vec<CheckAnswer> =
                    question.checks.iter().map(|check| CheckAnswer::not_asked(check, &trouble.message)).collect();
                return Ok(Came::of(&answers));
            }
        };
        let opened = self.now();
        let within = budget(question.request.seconds, deadline, opened);
        let baseline = Baseline::Lost { run: "none".to_owned(), why: NO_DRILL.to_owned() };
        let answers = ask_all(&mut session, question, &baseline, opened, within).await;
        session.close().await;
        Ok(Came::of(&answers))
    }

    /// Marks what failed or is well again, and puts tables back where that is wanted. Only what failed is acted on.
    async fn act(
        &self,
        tables: &mut Tables,
        request: &VerifyTables,
        sources: &[TableName],
        (restore, came): (bool, &Came),
        told: &mut Verified,
    ) -> Result<(), RunError> {
        if came.is_well() {
            return tables.mark(sources, None).await.map_err(|error| failed(&error));
        }
        if came.failed.is_empty() {
            return Ok(());
        }
        let failure = came.failed.join("; ");
        tables.mark(sources, Some(&failure)).await.map_err(|error| failed(&error))?;
        let entries = tables.list().await.map_err(|error| failed(&error))?;
        for source in sources {
            let backup = match backup_of(&entries, source, request.job_run.as_deref(), self.now()) {
                Ok(backup) => backup,
                Err(why) => {
                    if restore {
                        told.not_restored.push((source.clone(), why));
                    }
                    continue;
                }
            };
            if !restore {
                told.could_be_restored.push((source.clone(), backup));
                continue;
            }
            match Box::pin(tables.restore(source, Some(&backup), self.now())).await {
                Ok(put) => {
                    told.restored.push((source.clone(), format!("as in backup {backup}")));
                    told.notes.extend(put.notes.iter().map(|note| format!("{source}: {note}")));
                }
                Err(error) => told.not_restored.push((source.clone(), error.message)),
            }
        }
        Ok(())
    }
}

/// The backup that a table is put back from: that of the run, where one is named, else the newest of the last day; or why there
/// is none
fn backup_of(entries: &[Entry], source: &TableName, run: Option<&str>, now: Timestamp) -> Result<String, String> {
    match run {
        None => match Entry::find(entries, source, None) {
            None => Err("there is no backup of it".to_owned()),
            Some(entry) if now.duration_since(entry.at) > NEWEST => Err(format!(
                "its newest backup, {}, is more than a day old; a restore that names it takes it",
                entry.backup
            )),
            Some(entry) => Ok(entry.backup.clone()),
        },
        Some(run) => {
            let of_the_run = |entry: &&Entry| {
                entry.source == *source
                    && entry.details.job_run.as_deref() == Some(run)
                    && entry.state.can_be_restored()
            };
            let found = entries.iter().filter(of_the_run).max_by_key(|entry| entry.at);
            found.map(|entry| entry.backup.clone()).ok_or_else(|| "there is no backup of it for this run".to_owned())
        }
    }
}

/// The question, read by the rules of the policy and of data-check
fn question(policy: &Policy, place: &Place<'_>, checks: Option<Value>) -> Result<Question, RunError> {
    let of_the_policy = || {
        let asked = place.database.checks.iter().filter(|check| !check.compares());
        json!(asked.collect::<Vec<_>>())
    };
    let checks = checks.unwrap_or_else(of_the_policy);
    if checks.as_array().is_none_or(Vec::is_empty) {
        return Err(RunError::bad_request(format!(
            "verify.checks: is missing, and the policy has none for {}. Allowed: a list of checks. Nothing was done",
            place.name
        )));
    }
    let live = place.live;
    let event = json!({
        "run": format!("verify-{}", place.name), "engine": live.engine, "endpoint": live.endpoint, "port": live.port,
        "database": live.database, "login": live.login, "checks": checks, "timezone": policy.timezone, "seconds": SECONDS,
    });
    data_check::parse(&event).map_err(|mistake| RunError::bad_request(format!("verify.{mistake}")))
}

fn message(told: &Verified, verdict: &str) -> String {
    let mut words = vec![format!(
        "The tables of {}: {verdict} ({} passed, {} failed, {} not asked).",
        told.database,
        told.passed,
        told.failed.len(),
        told.not_asked.len()
    )];
    words.extend(told.failed.iter().map(|what| format!("- failed: {what}")));
    words.extend(told.not_asked.iter().map(|what| format!("- not asked: {what}")));
    words.extend(told.restored.iter().map(|(table, what)| format!("- put back: {table} {what}")));
    words.extend(
        told.could_be_restored.iter().map(|(table, backup)| format!("- can be put back: {table} from backup {backup}")),
    );
    match told.well_again {
        Some(true) => words.push("The checks pass again.".to_owned()),
        Some(false) => words.push("The checks do not pass yet.".to_owned()),
        None => {}
    }
    words.join("\n")
}
