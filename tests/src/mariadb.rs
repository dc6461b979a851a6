//! A real MariaDB server that lives as long as the test that holds it.
//!
//! It has a certificate of its own authority for the name `localhost`, takes TLS on a free port of 127.0.0.1, and a socket in
//! its folder for whoever prepares data ([`Server::sql`]). It runs under a shell that waits on a pipe from this process: when
//! the test ends, however it ends, the pipe closes and the server goes with it.
//!
//! Its programs are the system's, or Debian's packages unpacked into a folder: nothing has to be installed.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, fs};

use tempfile::TempDir;

use crate::postgres::{self, authority};

/// Who may do everything, over TLS, with [`PASSWORD`]
pub const OWNER: &str = "owner";
/// Its password
pub const PASSWORD: &str = "Correct-Horse-7";

const STARTS_WITHIN: Duration = Duration::from_mins(1);

/// Waits for the end of its input, then ends the server and itself
const WARDEN: &str = r#""$@" >"$LOG" 2>&1 & server=$!; cat >/dev/null; kill -KILL $server; wait $server"#;

/// Settings of every server here: small, quick, and not waiting for a disk
const SETTINGS: [&str; 9] = [
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=8M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-use-native-aio=0",
    "--performance-schema=OFF",
    "--log-bin-trust-function-creators=1",
];

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No server on this machine
    #[error(
        "no MariaDB server was found, and these tests need the real one: `make mariadb` unpacks one into .local/mariadb, or \
         apt-get install mariadb-server-core mariadb-client-core, or name the folder of mariadbd in LIFEBOAT_MARIADB_BIN"
    )]
    Missing,
    /// A program failed
    #[error("{program} failed: {said}")]
    Failed {
        /// The program
        program: String,
        /// The end of what it said
        said: String,
    },
    /// The certificate
    #[error(transparent)]
    Certificate(#[from] postgres::ServerError),
    /// The temporary folder
    #[error("the server's folder: {0}")]
    Folder(#[from] io::Error),
}

type Result<T> = std::result::Result<T, ServerError>;

/// Where the programs and their data are
struct Programs {
    server: PathBuf,
    client: PathBuf,
    prefix: PathBuf,
    share: PathBuf,
}

/// A running server; it stops when this is dropped.
pub struct Server {
    port: u16,
    programs: Programs,
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
        let programs = programs().ok_or(ServerError::Missing)?;
        let home = tempfile::Builder::new().prefix("lifeboat-my-").tempdir()?;
        authority(home.path())?;
        fs::create_dir(home.path().join("data"))?;
        bootstrap(&programs, home.path())?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let warden = spawn(&programs, home.path(), port, tls)?;
        let server = Self { port, programs, warden, home };
        server.wait()?;
        server.sql(
            "mysql",
            &format!(
                "CREATE USER {OWNER}@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO {OWNER}@'%' WITH GRANT OPTION"
            ),
        )?;
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

    /// The folder with a database's files
    pub fn files(&self, database: &str) -> PathBuf {
        self.home.path().join("data").join(database)
    }

    /// Runs SQL as the server's own root through the socket, statement by statement; the rows that come back as lines, with
    /// `|` between fields. `DELIMITER` works as in the client.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String> {
        let mut client = self.programs.run(&self.programs.client, self.home.path());
        let mut client = client
            .args(["--no-defaults", "--batch", "--skip-column-names", "--raw", "--default-character-set=utf8mb4"])
            .arg("--user=root")
            .arg(format!("--socket={}", self.home.path().join("socket").display()))
            .arg(format!("--database={database}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = client.stdin.take() {
            input.write_all(sql.as_bytes())?;
        }
        let text = said(client.wait_with_output(), "mariadb")?;
        Ok(text.trim_end().replace('\t', "|"))
    }

    fn wait(&self) -> Result<()> {
        let started = Instant::now();
        loop {
            match self.sql("mysql", "SELECT 1") {
                Ok(_) => return Ok(()),
                Err(_) if started.elapsed() < STARTS_WITHIN => sleep(Duration::from_millis(50)),
                Err(_) => {
                    let log = fs::read_to_string(self.home.path().join("log")).unwrap_or_default();
                    return Err(ServerError::Failed { program: "mariadbd".to_owned(), said: end_of(&log) });
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

impl Programs {
    /// A program, with the libraries that were unpacked beside it and without the settings of whoever runs the tests
    fn run(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in env::vars_os().filter(|(name, _)| {
            let name = name.to_string_lossy();
            name.starts_with("MYSQL") || name.starts_with("MARIADB")
        }) {
            command.env_remove(name);
        }
        if self.prefix != Path::new("/usr") {
            let folders = [self.prefix.join("lib"), self.prefix.join("../lib")];
            let inside = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
            let libraries: Vec<PathBuf> = inside.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
            if let Ok(libraries) = env::join_paths(libraries) {
                command.env("LD_LIBRARY_PATH", libraries);
            }
        }
        command.env("HOME", folder).env("LC_ALL", "C.UTF-8").current_dir(folder);
        command
    }

    /// The server in its folder; what is the same for its first data and for every day
    fn server(&self, program: &mut Command, home: &Path) {
        program.arg("--no-defaults");
        program.arg(format!("--basedir={}", self.prefix.display()));
        program.arg(format!("--datadir={}", home.join("data").display()));
        program.arg(format!("--lc-messages-dir={}", self.share.display()));
        program.arg(format!("--plugin-dir={}", home.display()));
        // A server that starts clears its folder for passing tables, and would clear that of another test.
        program.arg(format!("--tmpdir={}", home.display()));
        program.args(SETTINGS);
        // It runs as root only where that is said. The owner of a process's folder is its user.
        if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
            program.arg("--user=root");
        }
    }
}

/// Makes the server's own tables, as `mariadb-install-db` would
fn bootstrap(programs: &Programs, home: &Path) -> Result<()> {
    let mut sql = "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n".to_owned();
    for file in ["mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql"] {
        let _ = writeln!(sql, "{}", fs::read_to_string(programs.share.join(file))?);
    }
    fs::write(home.join("bootstrap.sql"), sql)?;
    let mut server = programs.run(&programs.server, home);
    programs.server(&mut server, home);
    server.arg("--bootstrap").arg("--log-warnings=0").stdin(fs::File::open(home.join("bootstrap.sql"))?);
    said(server.output(), "mariadbd --bootstrap").map(drop)
}

fn spawn(programs: &Programs, home: &Path, port: u16, tls: bool) -> Result<Child> {
    let mut warden = programs.run(Path::new("/bin/sh"), home);
    warden.env("LOG", home.join("log")).args(["-c", WARDEN, "sh"]).arg(&programs.server);
    programs.server(&mut warden, home);
    warden.arg(format!("--port={port}")).arg(format!("--socket={}", home.join("socket").display()));
    if tls {
        warden.arg(format!("--ssl-cert={}", home.join("server.pem").display()));
        warden.arg(format!("--ssl-key={}", home.join("server.key").display()));
    }
    // The shell would say that the server was killed.
    Ok(warden.stdin(Stdio::piped()).stderr(Stdio::null()).spawn()?)
}

/// What `LIFEBOAT_MARIADB_BIN` names, what is on the search path, what Debian keeps off it, or what `make mariadb` unpacked
fn programs() -> Option<Programs> {
    let named = env::var_os("LIFEBOAT_MARIADB_BIN").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.local/mariadb/usr/sbin");
    let mut folders = named.into_iter().chain(env::split_paths(&path)).chain([PathBuf::from("/usr/sbin"), unpacked]);
    folders.find_map(|folder| in_folder(&folder))
}

fn in_folder(folder: &Path) -> Option<Programs> {
    let server = folder.join("mariadbd");
    if !server.is_file() {
        return None;
    }
    let folder = fs::canonicalize(folder).ok()?;
    let prefix = folder.parent()?.to_path_buf();
    let client =
        ["bin/mariadb", "sbin/mariadb"].map(|name| prefix.join(name)).into_iter().find(|file| file.is_file())?;
    let share = ["share/mysql", "share/mariadb"].map(|name| prefix.join(name));
    let share = share.into_iter().find(|folder| folder.join("mysql_system_tables.sql").is_file())?;
    Some(Programs { server: folder.join("mariadbd"), client, prefix, share })
}

fn said(output: io::Result<Output>, program: &'static str) -> Result<String> {
    let output = output?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(ServerError::Failed { program: program.to_owned(), said: end_of(&String::from_utf8_lossy(&output.stderr)) })
}

fn end_of(text: &str) -> String {
    let lines: Vec<&str> = text.trim().lines().rev().take(8).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
