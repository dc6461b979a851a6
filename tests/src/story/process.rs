//! The functions, the real binaries, as processes of their own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs};

use serde_json::Value;

use super::{A_STEP, Story, until};
use crate::stack::{Cloud, binary, stack};

/// What an invocation came to
#[derive(Debug, Clone)]
pub struct Ran {
    /// Its exit code; none where it was killed
    pub code: Option<i32>,
    /// Its answer
    pub out: String,
    /// Its log and its error
    pub err: String,
}

impl Ran {
    /// It must have gone well; gives its answer
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {:?}", self.out))
    }

    /// It must have ended red; gives its error, without the log
    #[track_caller]
    pub fn red(&self) -> String {
        assert_eq!(self.code, Some(1), "{}{}", self.out, self.err);
        assert_eq!(self.out, "", "an error has no answer beside it");
        let words: Vec<&str> = self.err.lines().filter(|line| !line.starts_with('{')).collect();
        words.join("\n")
    }
}

/// A process of a function under way, with files that take what it says
pub(super) struct Running {
    child: Child,
    said: PathBuf,
}

impl Running {
    pub(super) fn ended(&mut self) -> Option<Ran> {
        let status = self.child.try_wait().unwrap()?;
        let read = |end: &str| fs::read_to_string(self.said.with_extension(end)).unwrap_or_default();
        Some(Ran { code: status.code(), out: read("out"), err: read("err") })
    }

    pub(super) fn wait(mut self) -> Ran {
        until("an invocation ends", A_STEP, || self.ended())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for end in ["out", "err"] {
            let _ = fs::remove_file(self.said.with_extension(end));
        }
    }
}

impl Story {
    pub(super) fn spawn(&self, request: &Value) -> Running {
        self.spawn_of("restore-drill", request)
    }

    pub(super) fn spawn_of(&self, function: &str, request: &Value) -> Running {
        self.spawn_with(function, &[&request.to_string()])
    }

    pub(super) fn spawn_with(&self, function: &str, arguments: &[&str]) -> Running {
        self.spawn_in(&self.cloud, function, arguments, &[])
    }

    /// In the other region: what it reads and writes stays at home
    pub(super) fn spawn_away(&self, function: &str, request: &Value) -> Running {
        let topic = self.topic_away.as_deref().unwrap_or_default();
        let home = [("LIFEBOAT_BUCKET_REGION", self.cloud.region.as_str()), ("LIFEBOAT_TOPIC_ARN", topic)];
        self.spawn_in(self.other_region(), function, &[&request.to_string()], &home)
    }

    fn spawn_in(&self, cloud: &Cloud, function: &str, arguments: &[&str], more: &[(&str, &str)]) -> Running {
        static PROCESSES: AtomicUsize = AtomicUsize::new(0);
        let number = PROCESSES.fetch_add(1, Ordering::Relaxed);
        let said = env::temp_dir().join(format!("lifeboat-said-{}-{number}", std::process::id()));
        let file = |end: &str| fs::File::create(said.with_extension(end)).unwrap();
        let mut command = Command::new(binary(function));
        command.env_clear().envs(env::var_os("PATH").map(|path| ("PATH", path))).envs(stack().environment());
        command
            .envs(self.environment())
            .envs(more.iter().copied())
            .env("AWS_REGION", &cloud.region)
            .env("AWS_DEFAULT_REGION", &cloud.region);
        command.args(arguments).stdin(Stdio::null()).stdout(file("out")).stderr(file("err"));
        Running { child: command.spawn().unwrap(), said }
    }

    /// Invokes restore-drill: the real binary, as its own process
    pub fn invoke(&self, request: &Value) -> Ran {
        self.spawn(request).wait()
    }

    /// The same many times at once
    pub fn invoke_at_once(&self, request: &Value, times: usize) -> Vec<Ran> {
        let all: Vec<Running> = (0..times).map(|_| self.spawn(request)).collect();
        all.into_iter().map(Running::wait).collect()
    }
}
