//! A function at a terminal of 80 columns, with a person who leaves by Ctrl-C: `tests/local/terminal.py` plays both.

use std::env;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::Story;
use crate::stack::{binary, python, root, stack};

/// What somebody saw who sat at the terminal
#[derive(Debug)]
pub struct Seen {
    /// The exit code
    pub code: i64,
    /// The screen at the end, with what scrolled away
    pub screen: String,
    /// The longest line that was drawn over, in columns; none where there was no such line
    pub widest_bar: Option<u64>,
}

impl Story {
    /// Runs a function at a terminal until it ends, or until a text is on the screen and Ctrl-C is typed
    #[track_caller]
    pub fn at_a_terminal(&self, function: &str, option: &str, request: &Value, leaves_at: Option<&str>) -> Seen {
        let mut command = Command::new(python());
        command.arg(root().join("tests/local/terminal.py"));
        command.args(leaves_at.into_iter().flat_map(|text| ["--leave-at", text]));
        command.arg("--").arg(binary(function)).args([option, &request.to_string()]);
        command.env_clear().envs(env::var_os("PATH").map(|path| ("PATH", path))).envs(stack().environment());
        command.envs(self.environment());
        command.env("AWS_REGION", &self.cloud.region).env("AWS_DEFAULT_REGION", &self.cloud.region);
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
        let screen = seen.get("screen").and_then(Value::as_str).unwrap().to_owned();
        assert_eq!(
            seen.get("left").and_then(Value::as_bool),
            Some(leaves_at.is_some()),
            "it ended before anybody left, or never came so far:\n{screen}"
        );
        let bars = seen.get("drawn_over").and_then(Value::as_array).unwrap();
        let widest_bar = bars.iter().filter_map(Value::as_u64).max();
        Seen { code: seen.get("code").and_then(Value::as_i64).unwrap(), screen, widest_bar }
    }

    /// Runs a function with an option that stays, where there is no terminal
    pub fn stays(&self, function: &str, option: &str, request: &Value) -> super::Ran {
        self.spawn_with(function, &[option, &request.to_string()]).wait()
    }
}
