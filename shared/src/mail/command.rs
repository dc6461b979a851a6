//! Commands to paste: whole, quoted for a shell, and no wider than a line.

use super::text::COLUMNS;
use crate::restore::{Leftover, Purpose, prefix_of};

/// Name of the function that drills; Terraform deploys it under this name
pub(super) const RESTORE_DRILL: &str = "restore-drill";
/// Name of the function that restores in an emergency
pub(super) const EMERGENCY_RESTORE: &str = "emergency-restore";
/// Longest name that a command repeats; no name that RDS or a policy takes is longer
const LONGEST_NAME: usize = 128;

/// A command with the words that introduce it
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// What it is for, where that does not go without saying
    pub says: Option<&'static str>,
    /// Its arguments, not quoted yet
    args: Vec<String>,
}

impl Command {
    fn new(args: &[&str]) -> Self {
        Self { says: None, args: args.iter().map(|arg| (*arg).to_owned()).collect() }
    }

    /// With words that introduce it
    pub(super) fn saying(self, says: &'static str) -> Self {
        Self { says: Some(says), ..self }
    }

    /// Its lines, as they are pasted
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = "  ".to_owned();
        for unit in units(&self.args) {
            let fits = |line: &str| line.len() + unit.len() + 3 <= COLUMNS;
            if !fits(&line) && !line.trim().is_empty() {
                lines.push(format!("{} \\", line.trim_end()));
                line = "    ".to_owned();
            }
            if fits(&line) {
                line.push_str(&unit);
                line.push(' ');
                continue;
            }
            // Wider than a line: a backslash at its end joins the pieces to one word again, so they may not be indented.
            let mut pieces = unit_pieces(&unit);
            line = pieces.pop().map(|last| format!("{last} ")).unwrap_or_default();
            lines.extend(pieces.into_iter().map(|piece| format!("{piece}\\")));
        }
        lines.push(line.trim_end().to_owned());
        lines
    }
}

/// A flag with its value, or a word, quoted
fn units(args: &[String]) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut after_flag = false;
    for arg in args {
        let is_flag = arg.starts_with("--");
        match units.last_mut() {
            Some(flag) if after_flag && !is_flag && flag.len() + 1 + quoted(arg).len() + 7 <= COLUMNS => {
                flag.push(' ');
                flag.push_str(&quoted(arg));
            }
            _ => units.push(quoted(arg)),
        }
        after_flag = is_flag;
    }
    units
}

/// Pieces of a quoted word that each fit on a line and mean the same when joined
fn unit_pieces(unit: &str) -> Vec<String> {
    let most = COLUMNS - 3;
    let (inner, is_quoted) = match unit.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(inner) => (inner, true),
        None => (unit, false),
    };
    let mut pieces = Vec::new();
    let mut piece = String::new();
    // An escaped quote stays in one piece.
    for part in inner.split_inclusive("'\\''") {
        let (plain, escape) = part.strip_suffix("'\\''").map_or((part, ""), |plain| (plain, "'\\''"));
        for c in plain.chars().map(String::from).chain((!escape.is_empty()).then(|| escape.to_owned())) {
            if piece.len() + c.len() > most - 2 {
                pieces.push(std::mem::take(&mut piece));
            }
            piece.push_str(&c);
        }
    }
    pieces.push(piece);
    if !is_quoted {
        return pieces;
    }
    pieces.into_iter().map(|piece| format!("'{piece}'")).collect()
}

/// An argument as a shell reads it back
fn quoted(arg: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !arg.is_empty() && arg.chars().all(plain) { arg.to_owned() } else { format!("'{}'", arg.replace('\'', "'\\''")) }
}

/// A JSON object of strings and booleans; ASCII only, so that nothing in a name can hide or break a line
fn json(fields: &[(&str, serde_json::Value)]) -> String {
    let object: serde_json::Map<String, serde_json::Value> =
        fields.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let mut ascii = String::new();
    for c in serde_json::Value::Object(object).to_string().chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            ascii.push(c);
        } else {
            let mut units = [0; 2];
            ascii.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    ascii
}

/// A request to one of our functions. None where a name in it is none that a policy could hold.
pub(super) fn invoke(function: &str, fields: &[(&str, serde_json::Value)]) -> Option<Command> {
    let too_long = fields.iter().any(|(_, value)| value.as_str().is_some_and(|text| text.chars().count() > LONGEST_NAME));
    if too_long {
        return None;
    }
    let payload = json(fields);
    let raw = ["--cli-binary-format", "raw-in-base64-out"];
    let args = ["aws", "lambda", "invoke", "--function-name", function, raw[0], raw[1], "--payload", &payload, "/dev/stdout"];
    Some(Command::new(&args))
}

/// The state of a KMS key
pub(super) fn describe_key(key: &str) -> Option<Command> {
    let fits = key.len() <= 256 && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_:/".contains(c));
    (fits && key.starts_with("arn:")).then(|| Command::new(&["aws", "kms", "describe-key", "--key-id", key]))
}

/// Who did what to a resource
pub(super) fn look_up(name: &str) -> Option<Command> {
    let attribute = format!("AttributeKey=ResourceName,AttributeValue={name}");
    ours(name).then(|| Command::new(&["aws", "cloudtrail", "lookup-events", "--lookup-attributes", &attribute]))
}

/// Brings a file of the bucket here
pub(super) fn fetch(bucket: &str, key: &str) -> Option<Command> {
    let fits = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    (fits(bucket) && fits(key)).then(|| Command::new(&["aws", "s3", "cp", &format!("s3://{bucket}/{key}"), "."]))
}

/// Commands that delete what is left behind, in an order that AWS accepts: instances, then clusters, then the rest. Only what
/// carries our prefix gets one: a mail never hands out a command that deletes something else.
pub(super) fn deletions(leftovers: &[Leftover]) -> Vec<Command> {
    let of = |what: &str| leftovers.iter().filter(move |left| left.what == what && ours(&left.identifier)).collect::<Vec<_>>();
    let instances = of("instance").into_iter().map(|left| {
        Command::new(&["aws", "rds", "delete-db-instance", "--db-instance-identifier", &left.identifier, "--skip-final-snapshot"])
    });
    let clusters = of("cluster").into_iter().map(|left| {
        Command::new(&["aws", "rds", "delete-db-cluster", "--db-cluster-identifier", &left.identifier, "--skip-final-snapshot"])
    });
    instances.chain(clusters).collect()
}

/// Whether a name is one that only a drill or an inspection gives
pub(super) fn ours(name: &str) -> bool {
    let prefixed = [Purpose::Drill, Purpose::Inspection].iter().any(|purpose| name.starts_with(prefix_of(*purpose)));
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    prefixed && name.len() <= 63 && !name.contains("--") && !name.ends_with('-') && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a shell would read: joins continued lines, takes the quotes off. Enough of one for what is written here.
    fn read_back(lines: &[String]) -> Vec<String> {
        let text = lines.join("\n").replace("\\\n", "");
        let (mut words, mut word, mut inside, mut begun) = (Vec::new(), String::new(), false, false);
        let mut letters = text.chars();
        while let Some(c) = letters.next() {
            match c {
                '\'' => (inside, begun) = (!inside, true),
                '\\' if !inside => word.extend(letters.next()),
                ' ' if !inside => {
                    if begun {
                        words.push(std::mem::take(&mut word));
                    }
                    begun = false;
                }
                _ => {
                    word.push(c);
                    begun = true;
                }
            }
        }
        if begun {
            words.push(word);
        }
        words
    }

    #[test]
    fn a_request_is_broken_between_its_arguments() {
        let command = invoke(RESTORE_DRILL, &[("drill", "orders/weekly".into())]).unwrap();
        insta::assert_snapshot!(command.lines().join("\n"), @r#"
          aws lambda invoke --function-name restore-drill \
            --cli-binary-format raw-in-base64-out \
            --payload '{"drill":"orders/weekly"}' /dev/stdout
        "#);
    }

    #[test]
    fn only_what_carries_our_prefix_is_ever_deleted() {
        let left = |what: &str, identifier: &str| Leftover {
            what: what.to_owned(),
            identifier: identifier.to_owned(),
            run: None,
            note: String::new(),
        };
        let all = [left("cluster", "drill-a-1"), left("instance", "drill-a-1-1"), left("cluster", "prod-orders"), left("instance", "drill-a;reboot")];
        let said: Vec<String> = deletions(&all).iter().map(|command| command.lines().concat()).collect();
        assert_eq!(said.len(), 2);
        assert!(said[0].contains("delete-db-instance") && said[1].contains("delete-db-cluster"));
        assert!(said.iter().all(|line| !line.contains("prod-orders")));
    }

    proptest! {
        #[test]
        fn a_command_means_the_same_however_it_is_broken(name in "(?s:.){0,128}") {
            let command = invoke(RESTORE_DRILL, &[("drill", name.as_str().into())]).unwrap();
            let lines = command.lines();
            prop_assert!(lines.iter().all(|line| line.len() <= COLUMNS && line.is_ascii()), "{:#?}", lines);
            prop_assert_eq!(read_back(&lines), command.args.clone(), "{:#?}", lines);
            let payload: serde_json::Value = serde_json::from_str(&command.args[8]).unwrap();
            prop_assert_eq!(payload["drill"].as_str(), Some(name.as_str()));
        }
    }
}
