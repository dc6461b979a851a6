//! The commands of a mail, run as the AWS CLI would run them: `tests/local/aws_command.py` reads them with the CLI's own rules.

use std::process::Command;

use super::Story;
use crate::stack::{python, root, stack};

impl Story {
    /// Reads commands as the AWS CLI would: services, calls and options have to be there.
    #[track_caller]
    pub fn reads(&self, commands: &[String]) {
        let commands = commands.iter().map(String::as_str);
        self.aws(&["--only-read"].into_iter().chain(commands).collect::<Vec<_>>());
    }

    /// Runs a command of the AWS CLI on the local AWS; it must be understood and done. Gives its answer.
    #[track_caller]
    pub fn run(&self, command: &str) -> String {
        self.aws(&[command])
    }

    #[track_caller]
    fn aws(&self, words: &[&str]) -> String {
        let output = Command::new(python())
            .arg(root().join("tests/local/aws_command.py"))
            .args(words)
            .envs(stack().environment())
            .env("AWS_REGION", &self.cloud.region)
            .env("AWS_DEFAULT_REGION", &self.cloud.region)
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{words:?}\n{err}");
        out.into_owned()
    }
}

/// The commands of a mail, as a shell reads them
pub fn commands_in(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", "");
    joined.lines().map(str::trim).filter(|line| line.starts_with("aws ")).map(str::to_owned).collect()
}
