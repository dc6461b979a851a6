//! From the command line: one request in, one answer out, with the caller's credentials.
//!
//! A request is never assumed. `{}` is a tick, and a tick acts on AWS, so whoever types only the command's name gets the
//! usage text and nothing else happens.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;

use super::{Handler, Progress, Stay, SystemClock, in_time};
use crate::ports::Clock;

/// Longest request: what Lambda takes in a synchronous call
const LARGEST_REQUEST: u64 = 6 * 1024 * 1024;
/// A run ends after this long, as it would in Lambda
const LONGEST_RUN: Duration = Duration::from_mins(15);

/// Whether the command line asks to stay with a request
pub(super) fn stays(stays: &'static [Stay]) -> bool {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).take(1).collect();
    staying(stays, &arguments).0.is_some()
}

/// Runs once. The answer goes to standard output, everything else to standard error.
pub(super) async fn once<H: Handler>(name: &'static str, handler: H) -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let terminal = io::stdin().is_terminal();
    let stays = handler.stays();
    let (stay, arguments) = staying(stays, &arguments);
    let asked = match read(arguments, terminal, io::stdin().lock()) {
        Ok(asked) => asked,
        Err(why) => return complain(&format!("{name}: {why}\nTry: {name} --help")),
    };
    let request = match asked {
        Asked::Help => return show(&usage(name, handler.examples(), stays)),
        Asked::Version => return show(&format!("{name} {}", env!("CARGO_PKG_VERSION"))),
        Asked::Nothing => return complain(&usage(name, handler.examples(), stays)),
        Asked::Request(request) => request,
    };
    let deadline = SystemClock.now().saturating_add(LONGEST_RUN).unwrap_or(jiff::Timestamp::MAX);
    let answer = match stay {
        None => in_time(&handler, request, deadline).await,
        Some(stay) => {
            let mut progress = Progress::to_standard_error(typed(name));
            let answer = stayed(&handler, (stay.option, request), &mut progress).await;
            progress.end();
            match answer {
                Some(answer) => answer,
                None => return interrupted(progress.leaving()),
            }
        }
    };
    match answer {
        Ok(answer) => show(&told(&answer, io::stdout().is_terminal())),
        Err(error) => complain(&format!("{}: {}", error.kind, error.message)),
    }
}

/// An answer: on a terminal its message, as a person reads it; the whole of it wherever a program may read it
fn told(answer: &Value, is_terminal: bool) -> String {
    let message = answer.get("message").and_then(Value::as_str).filter(|_| is_terminal);
    message.map_or_else(|| format!("{answer:#}"), str::to_owned)
}

/// The command as it was typed, quoted for the shell where it has to be
fn typed(name: &str) -> String {
    let typed = std::env::args_os().next().and_then(|first| first.into_string().ok()).unwrap_or_default();
    as_a_word(&typed, name)
}

fn as_a_word(typed: &str, name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    match typed {
        "" => name.to_owned(),
        typed if typed.chars().any(char::is_control) => name.to_owned(),
        typed if typed.chars().all(is_plain) => typed.to_owned(),
        typed => format!("'{}'", typed.replace('\'', "'\\''")),
    }
}

/// Stays until the end; none where the person at the terminal left before it
async fn stayed<H: Handler>(
    handler: &H,
    (option, request): (&'static str, Value),
    progress: &mut Progress,
) -> Option<Result<Value, super::RunError>> {
    unless_left(Box::pin(handler.stay(option, request, progress))).await
}

#[cfg(feature = "terminal")]
async fn unless_left<T>(stay: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        answer = stay => Some(answer),
        Ok(()) = tokio::signal::ctrl_c() => None,
    }
}

/// Where nobody is at a terminal, Ctrl-C ends the process as it ends any other.
#[cfg(not(feature = "terminal"))]
async fn unless_left<T>(stay: impl Future<Output = T>) -> Option<T> {
    Some(stay.await)
}

/// The exit code that shells give what Ctrl-C ended
const INTERRUPTED: u8 = 130;

fn interrupted(text: &str) -> ExitCode {
    complain(text);
    ExitCode::from(INTERRUPTED)
}

/// The option before the request, where it is one that this function has
fn staying<'a>(stays: &'static [Stay], arguments: &'a [OsString]) -> (Option<&'static Stay>, &'a [OsString]) {
    let Some((first, rest)) = arguments.split_first() else { return (None, arguments) };
    match stays.iter().find(|stay| first == stay.option) {
        Some(stay) => (Some(stay), rest),
        None => (None, arguments),
    }
}

/// What was asked for
#[derive(Debug, PartialEq)]
enum Asked {
    Help,
    Version,
    Nothing,
    Request(Value),
}

fn read(arguments: &[OsString], terminal: bool, input: impl Read) -> Result<Asked, String> {
    let argument = match arguments {
        [] => None,
        [argument] => Some(argument.to_str().ok_or("the argument is not UTF-8")?),
        _ => return Err("one argument is taken, the request; quote it as a whole".to_owned()),
    };
    match argument {
        Some("-h" | "--help" | "help") => Ok(Asked::Help),
        Some("-V" | "--version") => Ok(Asked::Version),
        None if terminal => Ok(Asked::Nothing),
        None | Some("-") => bounded(input).and_then(|text| parse("standard input", &text)),
        Some(argument) => match argument.strip_prefix('@') {
            Some(path) => {
                let file = std::fs::File::open(path).map_err(|error| format!("cannot read {path}: {error}"))?;
                bounded(file).and_then(|text| parse(path, &text))
            }
            None if argument.starts_with('-') => Err(format!("there is no option {argument}")),
            None => parse("the argument", argument),
        },
    }
}

fn bounded(input: impl Read) -> Result<String, String> {
    let mut text = String::new();
    let length = input
        .take(LARGEST_REQUEST + 1)
        .read_to_string(&mut text)
        .map_err(|error| format!("cannot read the request: {error}"))?;
    if length as u64 > LARGEST_REQUEST {
        return Err("the request is longer than 6 MiB".to_owned());
    }
    Ok(text)
}

fn parse(whence: &str, text: &str) -> Result<Asked, String> {
    if text.trim().is_empty() {
        return Err(format!("{whence} is empty; a request is JSON, and a tick is {{}}"));
    }
    serde_json::from_str(text).map(Asked::Request).map_err(|error| format!("{whence} is no JSON: {error}"))
}

fn usage(name: &str, examples: &str, stays: &[Stay]) -> String {
    let line = |stay: &Stay| format!("       {name} {} REQUEST   {}\n", stay.option, stay.says);
    let stays = stays.iter().map(line).collect::<Vec<_>>().concat();
    let examples: Vec<String> = examples.lines().map(|example| format!("  {name} {}", example.trim())).collect();
    let examples = examples.join("\n");
    format!(
        "Usage: {name} REQUEST        JSON, quoted for the shell\n       \
                {name} @FILE          JSON from a file\n       \
                {name} -              JSON from standard input; the same with no argument, where that is no terminal\n\
         {stays}\n\
         Runs once with the caller's AWS credentials (environment or AWS_PROFILE) and prints the answer: JSON, or on a\n\
         terminal its message alone.\n\
         Ends with 0, or with 1 when anything failed. Logs go to standard error; RUST_LOG sets their level.\n\n\
         Examples:\n{examples}\n"
    )
}

fn show(text: &str) -> ExitCode {
    match writeln!(io::stdout().lock(), "{}", text.trim_end()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(text: &str) -> ExitCode {
    // Where standard error is closed, the exit code is all that is left to say.
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_reads_the_message_and_a_program_everything() {
        let answer = json!({"message": "two\nlines", "run": "r"});
        assert_eq!(told(&answer, true), "two\nlines");
        assert_eq!(serde_json::from_str::<Value>(&told(&answer, false)).unwrap(), answer);
        assert!(told(&json!({"run": "r"}), true).contains("\"run\""), "what has no message is shown whole");
    }

    #[test]
    fn a_command_is_repeated_as_it_was_typed() {
        for (typed, word) in [
            ("target/debug/emergency-restore", "target/debug/emergency-restore"),
            ("", "name"),
            ("a\nb", "name"),
            ("/opt/my tools/it's", r"'/opt/my tools/it'\''s'"),
        ] {
            assert_eq!(as_a_word(typed, "name"), word);
        }
    }

    fn asked(arguments: &[&str], terminal: bool, input: &str) -> Result<Asked, String> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        read(&arguments, terminal, input.as_bytes())
    }

    #[test]
    fn a_request_comes_from_the_argument_a_file_or_standard_input() {
        let request = Ok(Asked::Request(json!({"drill": "orders"})));
        let text = r#"{"drill": "orders"}"#;
        assert_eq!(asked(&[text], true, ""), request);
        assert_eq!(asked(&[], false, text), request);
        assert_eq!(asked(&["-"], true, text), request);
        let file = std::env::temp_dir().join(format!("lifeboat-request-{}.json", std::process::id()));
        std::fs::write(&file, text).unwrap();
        assert_eq!(asked(&[&format!("@{}", file.display())], true, ""), request);
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn nothing_typed_starts_nothing() {
        assert_eq!(asked(&[], true, "{}"), Ok(Asked::Nothing));
        assert!(asked(&[], false, " \n").unwrap_err().contains("empty"));
    }

    #[test]
    fn what_cannot_be_understood_is_refused_in_words() {
        assert!(asked(&["{"], true, "").unwrap_err().contains("no JSON"));
        assert!(asked(&["--folow"], true, "").unwrap_err().contains("--folow"));
        assert!(asked(&["{}", "{}"], true, "").unwrap_err().contains("one argument"));
        assert!(asked(&["@/nowhere/at-all.json"], true, "").unwrap_err().contains("/nowhere/at-all.json"));
        assert_eq!(asked(&["--help"], true, ""), Ok(Asked::Help));
    }

    #[test]
    fn a_request_without_end_is_not_read_to_the_end() {
        assert!(bounded(io::repeat(b' ')).unwrap_err().contains("6 MiB"));
    }

    #[test]
    fn an_option_that_stays_stands_before_the_request() {
        static STAYS: [Stay; 1] = [Stay { option: "--wait", says: "stays until it is complete" }];
        let arguments: Vec<OsString> = ["--wait", "{}"].map(OsString::from).into();
        let (stay, rest) = staying(&STAYS, &arguments);
        assert_eq!((stay.map(|stay| stay.option), rest), (Some("--wait"), &arguments[1..]));
        assert_eq!(read(rest, true, io::empty()), Ok(Asked::Request(json!({}))));
        assert_eq!(staying(&[], &arguments).0, None);
        assert_eq!(staying(&STAYS, &arguments[1..]).0, None);
        assert!(usage("x", "'{}'", &STAYS).contains("x --wait REQUEST   stays until it is complete\n"));
    }

    #[test]
    fn the_usage_shows_complete_commands() {
        let text = usage("restore-drill", "'{}'\n'{\"drill\": \"*\"}'", &[]);
        assert!(text.contains("\n  restore-drill '{}'\n  restore-drill '{\"drill\": \"*\"}'\n"), "{text}");
    }
}
