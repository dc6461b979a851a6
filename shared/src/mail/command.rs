//! The commands that mails hand out.

use super::shell::Command;
use crate::request::recovery_event;
use crate::restore::{Leftover, Purpose, prefix_of};

/// Name of the function that drills; Terraform deploys it under this name
pub(super) const RESTORE_DRILL: &str = "restore-drill";
/// Name of the function that takes and thins out snapshots
pub(super) const SNAPSHOT_LIFECYCLE: &str = "snapshot-lifecycle";
/// Name of the function that checks backups
pub(super) const BACKUP_CHECK: &str = "backup-check";
/// Name of the function that brings databases back
pub(super) const EMERGENCY_RESTORE: &str = "emergency-restore";
/// Longest name that a command repeats; no name that RDS or a policy takes is longer
const LONGEST_NAME: usize = 128;

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

/// A request to one of our functions. None where a name in it is none that a policy could hold, and none that emergency-restore
/// would refuse: at 3 a.m. a command that does not work is worse than none.
pub(super) fn invoke(function: &str, fields: &[(&str, serde_json::Value)]) -> Option<Command> {
    let too_long =
        fields.iter().any(|(_, value)| value.as_str().is_some_and(|text| text.chars().count() > LONGEST_NAME));
    if too_long || (function == EMERGENCY_RESTORE && !is_understood(fields)) {
        return None;
    }
    let payload = json(fields);
    let raw = ["--cli-binary-format", "raw-in-base64-out"];
    let args =
        ["aws", "lambda", "invoke", "--function-name", function, raw[0], raw[1], "--payload", &payload, "/dev/stdout"];
    Some(Command::new(&args))
}

/// Whether emergency-restore understands a request
fn is_understood(fields: &[(&str, serde_json::Value)]) -> bool {
    recovery_event(&fields.iter().cloned().collect()).is_ok()
}

/// The state of a KMS key
pub(super) fn describe_key(key: &str) -> Option<Command> {
    key_command("describe-key", key)
}

/// A call about a KMS key, in the key's own region
pub(super) fn key_command(call: &str, key: &str) -> Option<Command> {
    let fits = key.len() <= 256 && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_:/".contains(c));
    let region = key.split(':').nth(3).filter(|region| is_region(region))?;
    let args = ["aws", "kms", call, "--region", region, "--key-id", key];
    (fits && key.starts_with("arn:")).then(|| Command::new(&args))
}

/// Pins a snapshot, so that it is never let go
pub(super) fn pin(arn: &str) -> Option<Command> {
    let fits = arn.len() <= 400 && arn.chars().all(|c| c.is_ascii_alphanumeric() || "-_:/".contains(c));
    let tag = format!("Key={},Value=yes", crate::lifecycle::KEEP);
    // RDS takes a resource's tags in its own region only, and copies are in another one than the function.
    let region = arn.split(':').nth(3).filter(|region| is_region(region))?;
    let args = ["aws", "rds", "add-tags-to-resource", "--region", region, "--resource-name", arn, "--tags", &tag];
    (fits && arn.starts_with("arn:")).then(|| Command::new(&args))
}

/// Who did what to a resource; in the function's own region where none is named
pub(super) fn look_up(name: &str, region: Option<&str>) -> Option<Command> {
    let attribute = format!("AttributeKey=ResourceName,AttributeValue={name}");
    let mut args = vec!["aws", "cloudtrail", "lookup-events", "--lookup-attributes", &attribute];
    args.extend(region.into_iter().flat_map(|region| ["--region", region]));
    (ours(name) && region.is_none_or(is_region)).then(|| Command::new(&args))
}

/// Brings a file of the bucket here
pub(super) fn fetch(bucket: &str, key: &str) -> Option<Command> {
    let fits = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    (fits(bucket) && fits(key)).then(|| Command::new(&["aws", "s3", "cp", &format!("s3://{bucket}/{key}"), "."]))
}

/// Commands that delete what is left behind, in an order that AWS accepts: instances, then clusters.
///
/// Only what carries our prefix gets one: a mail never hands out a command that deletes something else. Snapshots and
/// automated backups get none, as their facts do not say which call removes them.
pub(super) fn deletions(leftovers: &[Leftover]) -> Vec<Command> {
    let of = |what: &str| {
        leftovers.iter().filter(move |left| left.what == what && ours(&left.identifier)).collect::<Vec<_>>()
    };
    let delete = |left: &Leftover, call: &str, key: &str| {
        let mut args = vec!["aws", "rds", call, key, left.identifier.as_str(), "--skip-final-snapshot"];
        match left.region.as_deref() {
            Some(region) if is_region(region) => args.extend(["--region", region]),
            Some(_) => return None,
            None => {}
        }
        Some(Command::new(&args))
    };
    let instances = of("instance").into_iter();
    let instances = instances.filter_map(|left| delete(left, "delete-db-instance", "--db-instance-identifier"));
    let clusters = of("cluster").into_iter();
    let clusters = clusters.filter_map(|left| delete(left, "delete-db-cluster", "--db-cluster-identifier"));
    instances.chain(clusters).collect()
}

pub(super) fn is_region(text: &str) -> bool {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= 30 && !text.starts_with('-') && text.chars().all(fine)
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
            region: Some("us-west-2".to_owned()).filter(|_| identifier == "drill-a-1"),
        };
        let all = [
            left("cluster", "drill-a-1"),
            left("instance", "drill-a-1-1"),
            left("cluster", "prod-orders"),
            left("instance", "drill-a;reboot"),
        ];
        let said: Vec<String> = deletions(&all).iter().map(|command| command.lines().concat()).collect();
        assert_eq!(said.len(), 2);
        assert!(said[0].contains("delete-db-instance") && said[1].contains("delete-db-cluster"));
        assert!(said.iter().all(|line| !line.contains("prod-orders")));
        assert!(said[1].contains("--region us-west-2") && !said[0].contains("--region"), "where it is");
    }

    proptest! {
        #[test]
        fn a_request_says_the_name_exactly_and_in_ascii(name in "(?s:.){0,128}") {
            let fields = [("drill", name.as_str().into())];
            let payload = json(&fields);
            prop_assert!(payload.chars().all(|c| c.is_ascii() && !c.is_ascii_control()), "{}", payload);
            let read: serde_json::Value = serde_json::from_str(&payload).unwrap();
            prop_assert_eq!(read["drill"].as_str(), Some(name.as_str()));
        }
    }
}
