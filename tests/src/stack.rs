//! The local AWS (`tests/local`), one for a test process: started by the first story, gone when the process is.
//!
//! Stories run side by side in it. Each has an AWS region of its own, so that no sweep, list or mail of one meets another;
//! faults and pins are the stack's own and are always set for the names of one story.

mod account;
mod backups;
mod control;
mod http;
mod recovery;
mod services;

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;
use std::{env, fs};

use serde_json::Value;

pub use control::{Call, Existing};
pub use http::Reply;
pub(crate) use http::tags;
pub use services::Cloud;

/// The stack is up in about three seconds; a machine that builds at the same time takes longer
const STARTS_WITHIN: Duration = Duration::from_mins(2);

/// A running stack
#[derive(Debug)]
pub struct Stack {
    /// What the stack wrote about itself: endpoints, environment
    pub facts: Value,
}

/// The stack of this process
pub fn stack() -> &'static Stack {
    static STACK: OnceLock<Stack> = OnceLock::new();
    STACK.get_or_init(Stack::start)
}

/// The repository
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

impl Stack {
    fn start() -> Self {
        let state = env::temp_dir().join(format!("lifeboat-stories-{}.json", std::process::id()));
        let _ = fs::remove_file(&state);
        let log_path = state.with_extension("log");
        let mut log = File::options().read(true).write(true).create(true).truncate(true).open(&log_path).unwrap();
        // It stays readable through the handle, and nothing is left of it afterwards.
        fs::remove_file(&log_path).unwrap();
        let mut child = Command::new(python())
            .args(["-m", "lifeboat_local", "serve", "--restore-lag-seconds", "0", "--speed", "fast"])
            .args(["--minute-seconds", "1", "--state"])
            .arg(&state)
            .env("PYTHONPATH", root().join("tests/local"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log.try_clone().unwrap())
            .spawn()
            .unwrap();
        let mut told = || {
            let mut text = String::new();
            log.rewind().unwrap();
            log.read_to_string(&mut text).unwrap();
            text
        };
        crate::story::until("the local stack is up", STARTS_WITHIN, || {
            assert!(ended(&mut child).is_none(), "the local stack did not start:\n{}", told());
            state.exists().then_some(())
        });
        let facts = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
        Self { facts }
    }

    /// One of its facts
    pub fn fact(&self, name: &str) -> &str {
        self.facts.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("the stack told no {name}"))
    }

    /// What a process that works on this stack finds in its environment
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.facts.get("env").and_then(Value::as_object).unwrap();
        all.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
    }
}

fn ended(child: &mut Child) -> Option<std::process::ExitStatus> {
    child.try_wait().unwrap()
}

/// The Python of the local stack
pub fn python() -> PathBuf {
    let python = env::var_os("LIFEBOAT_PYTHON").map_or_else(|| root().join(".venv/bin/python"), PathBuf::from);
    let found = python.components().count() == 1 || python.exists();
    assert!(found, "{} is not there: `make setup` makes it, or LIFEBOAT_PYTHON names another", python.display());
    python
}

/// A binary of this workspace, as it was built beside the test; `LIFEBOAT_BINARIES` names another folder
pub fn binary(name: &str) -> PathBuf {
    // target/<profile>/deps/<test>: two steps up
    let beside = || env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned();
    let folder = env::var_os("LIFEBOAT_BINARIES").map_or_else(beside, PathBuf::from);
    let path = folder.join(name);
    assert!(path.exists(), "{} is not there: `cargo build --workspace --bins` builds it", path.display());
    path
}
