//! A real PostgreSQL server that lives as long as the test that holds it.
//!
//! It has a certificate of its own authority for the name `localhost`, takes TLS and scram passwords on a free port of
//! 127.0.0.1, and a socket in its folder for whoever prepares data ([`Server::sql`]). It runs under a shell that waits on
//! a pipe from this process: when the test ends, however it ends, the pipe closes and the server goes with it.
//!
//! PostgreSQL refuses to run as root; as root everything here runs as `postgres` or, where there is none, `nobody`.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, fs};

use tempfile::TempDir;

/// The superuser. It comes in through the socket without a password, and over TLS with [`PASSWORD`].
pub const OWNER: &str = "owner";
/// Its password
pub const PASSWORD: &str = "Correct-Horse-7";

const STARTS_WITHIN: Duration = Duration::from_secs(30);

/// Waits for the end of its input, then ends the server and itself
const WARDEN: &str = r#""$@" >"$LOG" 2>&1 & server=$!; cat >/dev/null; kill -QUIT $server; wait $server"#;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A program is not installed
    #[error("{0} is not installed, and these tests need the real one: apt-get install postgresql openssl")]
    Missing(&'static str),
    /// A program failed
    #[error("{program} failed: {said}")]
    Failed {
        /// The program
        program: String,
        /// The end of what it said
        said: String,
    },
    /// The temporary folder
    #[error("the server's folder: {0}")]
    Folder(#[from] io::Error),
}

type Result<T> = std::result::Result<T, ServerError>;

/// A running server; it stops when this is dropped.
pub struct Server {
    port: u16,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    warden: Child,
    home: TempDir,
}

impl Server {
    /// The server that the tests of one process share: started by the first, stopped by the last
    pub fn shared() -> Result<Arc<Self>> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return Ok(server);
        }
        let server = Arc::new(Self::start(true)?);
        *shared = Arc::downgrade(&server);
        Ok(server)
    }

    /// A server of its own, with TLS or without
    pub fn start(tls: bool) -> Result<Self> {
        let programs = programs()?;
        let user = unprivileged()?;
        let home = tempfile::Builder::new().prefix("lifeboat-pg-").tempdir()?;
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700))?;
        authority(home.path())?;
        for name in [".", "server.key"] {
            give(&home.path().join(name), user)?;
        }
        let data = home.path().join("data");
        let initdb = as_user(&programs.join("initdb"), user, home.path())
            .args(["-U", OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
            .arg(&data)
            .output();
        said(initdb, "initdb")?;
        fs::write(data.join("pg_hba.conf"), "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let warden = spawn(&programs.join("postgres"), user, home.path(), port, tls)?;
        let server = Self { port, programs, user, warden, home };
        server.wait()?;
        server.sql("postgres", &format!("ALTER ROLE {OWNER} PASSWORD '{PASSWORD}'"))?;
        Ok(server)
    }

    /// Its port on `localhost`
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of its authority, PEM
    pub fn ca(&self) -> Result<Vec<u8>> {
        Ok(fs::read(self.home.path().join("ca.pem"))?)
    }

    /// Runs SQL as the owner, all of it in one transaction unless it says otherwise; the rows that come back as lines, with
    /// `|` between fields
    pub fn sql(&self, database: &str, sql: &str) -> Result<String> {
        self.sql_with(database, sql, "")
    }

    /// The folder of its data
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// As [`Self::sql`], with settings of the session as `-c name=value`
    pub fn sql_with(&self, database: &str, sql: &str, settings: &str) -> Result<String> {
        let psql = as_user(&self.programs.join("psql"), self.user, self.home.path())
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                OWNER,
                "-d",
                database,
                "-p",
                &self.port.to_string(),
                "-h",
            ])
            .arg(self.home.path())
            .args(["-c", sql])
            .env("PGOPTIONS", settings)
            .output();
        said(psql, "psql").map(|text| text.trim_end().to_owned())
    }

    fn wait(&self) -> Result<()> {
        let started = Instant::now();
        loop {
            match self.sql("postgres", "SELECT 1") {
                Ok(_) => return Ok(()),
                Err(_) if started.elapsed() < STARTS_WITHIN => sleep(Duration::from_millis(50)),
                Err(_) => {
                    let log = fs::read_to_string(self.home.path().join("log")).unwrap_or_default();
                    return Err(ServerError::Failed { program: "postgres".to_owned(), said: end_of(&log) });
                }
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.warden.stdin.take());
        let _ = self.warden.wait();
    }
}

fn spawn(postgres: &Path, user: Option<(u32, u32)>, home: &Path, port: u16, tls: bool) -> Result<Child> {
    let mut warden = as_user(Path::new("/bin/sh"), user, home);
    warden.env("LOG", home.join("log")).args(["-c", WARDEN, "sh"]).arg(postgres).arg("-D").arg(home.join("data"));
    let home = home.display();
    let settings = format!(
        "listen_addresses=127.0.0.1 port={port} unix_socket_directories={home} fsync=off shared_buffers=16MB \
         max_connections=30 autovacuum=off"
    );
    let secured = format!("ssl=on ssl_cert_file={home}/server.pem ssl_key_file={home}/server.key");
    let secured = if tls { secured.as_str() } else { "ssl=off" };
    for setting in settings.split(' ').chain(secured.split(' ')) {
        warden.arg("-c").arg(setting);
    }
    Ok(warden.stdin(Stdio::piped()).spawn()?)
}

/// Makes `ca.pem` and a certificate for `localhost` (and nothing else) signed by it, `server.pem` and `server.key`
pub(crate) fn authority(home: &Path) -> Result<()> {
    fs::write(home.join("names"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")?;
    let commands = [
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=Lifeboat-test-CA -keyout ca.key -out ca.pem",
        "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -set_serial 1 -days 2 -extfile names -out server.pem",
    ];
    for command in commands {
        said(Command::new("openssl").args(command.split(' ')).current_dir(home).output(), "openssl")?;
    }
    Ok(())
}

/// The folder of the server's programs: what `LIFEBOAT_POSTGRES_BIN` names, where `pg_config` says, where Debian keeps them,
/// or the search path
fn programs() -> Result<PathBuf> {
    let config = Command::new("pg_config").arg("--bindir").output();
    let told = config.ok().map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let mut debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map_or_else(|_| Vec::new(), |folders| folders.flatten().map(|folder| folder.path().join("bin")).collect());
    debian.sort();
    let path = env::var_os("PATH").unwrap_or_default();
    let named = env::var_os("LIFEBOAT_POSTGRES_BIN").map(PathBuf::from);
    let folders = named.into_iter().chain(told).chain(debian.into_iter().rev()).chain(env::split_paths(&path));
    let mut whole =
        folders.filter(|folder| ["postgres", "initdb", "psql"].iter().all(|name| folder.join(name).is_file()));
    whole.next().ok_or(ServerError::Missing("the PostgreSQL server"))
}

/// The user and group to run as; none where this process is not root
fn unprivileged() -> Result<Option<(u32, u32)>> {
    // The owner of a process's folder is its user; the standard library has no safe `geteuid`.
    if !fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |wanted: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(wanted))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody")).map(Some).ok_or(ServerError::Missing("a user `postgres`"))
}

fn as_user(program: &Path, user: Option<(u32, u32)>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    // Settings of whoever runs the tests must not reach the server's tools.
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C.UTF-8").current_dir(folder);
    command
}

fn give(path: &Path, user: Option<(u32, u32)>) -> Result<()> {
    match user {
        Some((user, group)) => Ok(chown(path, Some(user), Some(group))?),
        None => Ok(()),
    }
}

fn said(output: io::Result<std::process::Output>, program: &'static str) -> Result<String> {
    let output = match output {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(ServerError::Missing(program)),
        other => other?,
    };
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(ServerError::Failed { program: program.to_owned(), said: end_of(&String::from_utf8_lossy(&output.stderr)) })
}

fn end_of(text: &str) -> String {
    let lines: Vec<&str> = text.trim().lines().rev().take(8).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
