//! One field compared with another: in words, and with the call that mends it.

use super::Difference;
use crate::database::Capacity;
use crate::recover::blueprint::Insights;

/// Differences under way
pub(super) struct Found {
    /// Identifier of the cluster or instance
    pub(super) of: String,
    /// Whether it is a cluster
    pub(super) clustered: bool,
    /// What was found so far
    pub(super) list: Vec<Difference>,
}

impl Found {
    /// As it is given
    pub(super) fn note(&mut self, field: &str, wanted: &str, found: &str, command: &[&str]) {
        self.list.push(Difference {
            of: self.of.clone(),
            field: field.to_owned(),
            wanted: wanted.to_owned(),
            found: found.to_owned(),
            command: command.iter().map(|arg| (*arg).to_owned()).collect(),
        });
    }

    /// With the modify call of the cluster or instance and these arguments
    pub(super) fn changed(&mut self, field: &str, wanted: &str, found: &str, args: &[&str]) {
        let of = self.of.clone();
        let mut command = if self.clustered {
            vec!["aws", "rds", "modify-db-cluster", "--db-cluster-identifier", &of]
        } else {
            vec!["aws", "rds", "modify-db-instance", "--db-instance-identifier", &of]
        };
        command.extend(args);
        command.push("--apply-immediately");
        let command = if args.is_empty() { Vec::new() } else { command };
        self.note(field, wanted, found, &command);
    }

    pub(super) fn text(&mut self, field: &str, wanted: &str, found: &str, args: &[&str]) {
        if wanted != found {
            self.changed(field, named(wanted), named(found), args);
        }
    }

    /// What the blueprint does not know is not compared
    pub(super) fn option(&mut self, field: &str, wanted: Option<&str>, found: Option<&str>, flag: &str) {
        if let Some(value) = wanted.filter(|value| Some(*value) != found) {
            let args = [flag, value];
            self.changed(field, value, found.unwrap_or("none"), if flag.is_empty() { &[] } else { &args });
        }
    }

    pub(super) fn number(&mut self, field: &str, wanted: Option<i32>, found: Option<i32>, flag: &str) {
        let (wanted, found) = (wanted.map(|number| number.to_string()), found.map(|number| number.to_string()));
        self.option(field, wanted.as_deref(), found.as_deref(), flag);
    }

    pub(super) fn truth(&mut self, field: &str, wanted: bool, found: bool, flag: &str) {
        if wanted != found {
            let flag = if wanted { format!("--{flag}") } else { format!("--no-{flag}") };
            self.changed(field, on(wanted), on(found), &[&flag]);
        }
    }

    pub(super) fn set(&mut self, field: &str, wanted: &[String], found: &[String], flag: &str) {
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort();
            list
        };
        if sorted(wanted) != sorted(found) {
            let mut args = vec![flag];
            args.extend(wanted.iter().map(String::as_str));
            let args = if wanted.is_empty() { &[][..] } else { &args };
            self.changed(field, &list_of(wanted), &list_of(found), args);
        }
    }

    pub(super) fn logs(&mut self, wanted: &[String], found: &[String]) {
        let missing: Vec<&String> = wanted.iter().filter(|log| !found.contains(log)).collect();
        if !missing.is_empty() || found.len() > wanted.len() {
            let types = serde_json::json!({ "EnableLogTypes": missing }).to_string();
            let args = ["--cloudwatch-logs-export-configuration", &types];
            let args = if missing.is_empty() { &[][..] } else { &args };
            self.changed("exported logs", &list_of(wanted), &list_of(found), args);
        }
    }

    pub(super) fn roles(&mut self, wanted: &[(String, Option<String>)], found: &[(String, Option<String>)]) {
        for (role, feature) in wanted.iter().filter(|role| !found.contains(role)) {
            let of = self.of.clone();
            let mut command = if self.clustered {
                vec!["aws", "rds", "add-role-to-db-cluster", "--db-cluster-identifier", &of]
            } else {
                vec!["aws", "rds", "add-role-to-db-instance", "--db-instance-identifier", &of]
            };
            command.extend(["--role-arn", role]);
            if let Some(feature) = feature {
                command.extend(["--feature-name", feature]);
            }
            self.note("role", role, "none", &command);
        }
    }

    pub(super) fn capacity(
        &mut self,
        wanted: Option<Capacity>,
        found: Option<Capacity>,
        pause: Option<i32>,
        paused: Option<i32>,
    ) {
        let Some(range) = wanted else { return };
        if wanted == found && pause == paused {
            return;
        }
        let said = |range: Capacity, pause: Option<i32>| {
            let pause = pause.map_or_else(String::new, |seconds| format!(",SecondsUntilAutoPause={seconds}"));
            format!("MinCapacity={},MaxCapacity={}{pause}", range.min, range.max)
        };
        let words =
            |range: Option<Capacity>| range.map_or("none".to_owned(), |it| format!("{} to {} ACU", it.min, it.max));
        self.changed(
            "Serverless v2 range",
            &words(wanted),
            &words(found),
            &["--serverless-v2-scaling-configuration", &said(range, pause)],
        );
    }

    pub(super) fn insights(&mut self, wanted: Option<&Insights>, found: Option<&Insights>) {
        if wanted.is_some() == found.is_some() && wanted.and_then(|it| it.days) == found.and_then(|it| it.days) {
            return;
        }
        let words = |it: Option<&Insights>| match it {
            Some(it) => it.days.map_or("on".to_owned(), |days| format!("on, {days} days")),
            None => "off".to_owned(),
        };
        let days = wanted.and_then(|it| it.days).map(|days| days.to_string());
        let mut args = vec!["--enable-performance-insights"];
        if let Some(days) = &days {
            args.extend(["--performance-insights-retention-period", days]);
        }
        let args = if wanted.is_some() { args } else { vec!["--no-enable-performance-insights"] };
        self.changed("Performance Insights", &words(wanted), &words(found), &args);
    }
}

fn named(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

pub(super) fn on(is: bool) -> &'static str {
    if is { "on" } else { "off" }
}

pub(super) fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn list_of(list: &[String]) -> String {
    if list.is_empty() { "none".to_owned() } else { list.join(", ") }
}
