//! Logs: JSON lines with a timestamp, or plain lines on a terminal; always on standard error, for standard output carries
//! the answer.
//!
//! Lambda takes a JSON line without a `timestamp` for INFO whatever its level, so the time is always there.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts the process's one subscriber; a second call changes nothing. `watched`: somebody watches progress on standard error,
/// where a line for every call of AWS would only be in the way.
pub(super) fn start(in_lambda: bool, watched: bool) {
    let (filter, trouble) = filter(|name| std::env::var(name).ok(), watched);
    // A server's RAISE INFO comes through the driver's log whatever it is asked, and may carry row data.
    let filter = filter.with_target("sqlx", LevelFilter::OFF);
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let lines = if !in_lambda && io::stderr().is_terminal() {
        let lines = lines.with_target(false).compact();
        if watched {
            lines.with_writer(|| OverTheBar).with_filter(filter).boxed()
        } else {
            lines.with_filter(filter).boxed()
        }
    } else {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).with_filter(filter).boxed()
    };
    let started = tracing_subscriber::registry().with(lines).try_init();
    if let (Ok(()), Some(trouble)) = (started, trouble) {
        tracing::warn!("{trouble}");
    }
}

/// Standard error where a progress bar may stand on the line: it is cleared first, and the bar is drawn again below
struct OverTheBar;

impl Write for OverTheBar {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut to = io::stderr().lock();
        to.write_all(b"\r\x1b[2K")?;
        to.write_all(line).map(|()| line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// What is logged: `AWS_LAMBDA_LOG_LEVEL`, as AWS documents, before `RUST_LOG`, before `info`, or `warn` where somebody watches
/// progress. Trouble is told, not fatal.
fn filter(lookup: impl Fn(&str) -> Option<String>, watched: bool) -> (Targets, Option<String>) {
    let set = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
    let (name, wanted) = match (set("AWS_LAMBDA_LOG_LEVEL"), set("RUST_LOG")) {
        (Some(level), _) => ("AWS_LAMBDA_LOG_LEVEL", level.trim().to_lowercase()),
        (None, Some(directives)) => ("RUST_LOG", directives),
        (None, None) if watched => return (Targets::new().with_default(LevelFilter::WARN), None),
        (None, None) => return (at_info(), None),
    };
    // Lambda knows one level more than `tracing`.
    let directives = if wanted == "fatal" { "error" } else { wanted.as_str() };
    match directives.parse::<Targets>() {
        Ok(filter) => (filter, None),
        Err(error) => {
            (at_info(), Some(format!("{name} is {wanted:?}, which is no log level: {error}; logging at info")))
        }
    }
}

fn at_info() -> Targets {
    Targets::new().with_default(tracing::Level::INFO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(variables: &[(&str, &str)]) -> (String, Option<String>) {
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let (filter, trouble) = filter(lookup, false);
        (filter.to_string(), trouble)
    }

    #[test]
    fn the_level_that_lambda_sets_wins() {
        assert_eq!(chosen(&[]), ("info".to_owned(), None));
        assert_eq!(chosen(&[("RUST_LOG", "lifeboat=debug")]), ("lifeboat=debug".to_owned(), None));
        assert_eq!(chosen(&[("RUST_LOG", "trace"), ("AWS_LAMBDA_LOG_LEVEL", "ERROR")]), ("error".to_owned(), None));
        assert_eq!(chosen(&[("AWS_LAMBDA_LOG_LEVEL", "FATAL")]), ("error".to_owned(), None));
        assert_eq!(chosen(&[("RUST_LOG", "warn"), ("AWS_LAMBDA_LOG_LEVEL", "")]), ("warn".to_owned(), None));
    }

    #[test]
    fn whoever_watches_progress_sees_only_what_went_wrong_unless_they_ask_for_more() {
        assert_eq!(filter(|_| None, true).0.to_string(), "warn");
        let asked = |name: &str| (name == "RUST_LOG").then(|| "debug".to_owned());
        assert_eq!(filter(asked, true).0.to_string(), "debug");
    }

    #[test]
    fn a_level_that_is_none_is_told_and_logging_goes_on() {
        let (level, trouble) = chosen(&[("RUST_LOG", "lifeboat=loud")]);
        assert_eq!(level, "info");
        assert!(trouble.unwrap().contains("RUST_LOG"));
    }
}
