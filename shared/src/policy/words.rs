//! Rules for single words: names, identifiers, zones, patterns.

use super::mistake::nearest;
use super::wrong::Wrong;

/// Longest name of a database or a drill, and longest RDS identifier (RDS API, `DBClusterIdentifier`)
const LONGEST_NAME: usize = 63;

/// Longest identifier or ARN of a snapshot (RDS API, `DBSnapshotIdentifier` with an ARN before it)
const LONGEST_SNAPSHOT: usize = 512;

/// Longest ARN of a role (IAM API, `arnType`)
const LONGEST_ROLE: usize = 2048;

/// A name of the policy: lower-case letters, digits and single hyphens, starting with a letter, at most 63 characters.
/// It becomes part of run ids, and so of identifiers in RDS.
pub(crate) fn name(text: &str) -> Result<(), Wrong> {
    let right = slug(text);
    if right.as_deref() == Some(text) {
        return Ok(());
    }
    let allowed = "lower-case letters, digits and single hyphens, starting with a letter, at most 63 characters";
    Err(Wrong { allowed: allowed.to_owned(), nearest: right })
}

/// The nearest right name: `Orders_DB` becomes `orders-db`
fn slug(text: &str) -> Option<String> {
    let mut slug = String::new();
    for c in text.chars() {
        if slug.len() >= LONGEST_NAME {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_start_matches(|c: char| !c.is_ascii_lowercase()).trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// What an RDS identifier may be (RDS API, `DBClusterIdentifier`, `DBInstanceIdentifier`)
pub(crate) const IDENTIFIER: &str =
    "an RDS identifier: 1 to 63 letters, digits and single hyphens, starting with a letter, not ending with a hyphen";

/// An RDS identifier, lower-cased as RDS stores it
pub(crate) fn identifier(text: &str) -> Result<String, Wrong> {
    let lower = text.to_ascii_lowercase();
    let right = slug(text);
    if right.as_deref() == Some(lower.as_str()) {
        Ok(lower)
    } else {
        Err(Wrong { allowed: IDENTIFIER.to_owned(), nearest: right })
    }
}

/// What names a snapshot
pub(crate) const SNAPSHOT: &str = "a snapshot's identifier or ARN";

/// A snapshot's identifier or ARN; automated ones start with `rds:`, AWS Backup's with `awsbackup:`
pub(crate) fn snapshot(text: &str) -> Result<String, Wrong> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '/' | '.' | '_');
    let ok =
        text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.len() <= LONGEST_SNAPSHOT && text.chars().all(fine);
    if ok { Ok(text.to_owned()) } else { Err(Wrong::allowed(SNAPSHOT)) }
}

/// What a zone may be
pub(crate) const ZONE: &str = "an IANA time zone, such as \"Asia/Tokyo\" or \"UTC\"";

/// A time zone, by the name that the IANA database gives it
pub(crate) fn zone(text: &str) -> Result<String, Wrong> {
    let found = crate::moment::zone(text).and_then(|zone| zone.iana_name().map(str::to_owned));
    found.ok_or_else(|| Wrong { allowed: ZONE.to_owned(), nearest: nearest_zone(text) })
}

/// `Tokyo` means `Asia/Tokyo`, `Asia/Tokio` too
fn nearest_zone(text: &str) -> Option<String> {
    let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
    let city = |zone: &str| zone.rsplit('/').next().unwrap_or_default().to_lowercase();
    let wanted = city(&text.replace(' ', "_"));
    let of_the_city = zones.iter().find(|zone| !wanted.is_empty() && city(zone) == wanted);
    of_the_city.cloned().or_else(|| nearest(text, zones.iter().map(String::as_str)))
}

/// What a region may be
pub(crate) const REGION: &str = "an AWS region, such as \"us-west-2\"";

/// An AWS region, by its form: `us-west-2`, `us-gov-east-1`
pub(crate) fn region(text: &str) -> Result<String, Wrong> {
    let parts: Vec<&str> = text.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    let ok = match parts.split_last() {
        Some((number, words)) => {
            (2..=3).contains(&words.len())
                && words.iter().all(letters)
                && (1..=2).contains(&number.len())
                && number.chars().all(|c| c.is_ascii_digit())
        }
        None => false,
    };
    let nearest =
        Some(text.to_ascii_lowercase().replace([' ', '_'], "-")).filter(|right| right != text && region(right).is_ok());
    if ok { Ok(text.to_owned()) } else { Err(Wrong { allowed: REGION.to_owned(), nearest }) }
}

/// What a role may be
pub(crate) const ROLE: &str = "the ARN of an IAM role, such as \"arn:aws:iam::123456789012:role/restore\"";

/// An IAM role's ARN, with its path
pub(crate) fn role(text: &str) -> Result<String, Wrong> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let fine = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-/".contains(c);
    let is_name =
        |name: &str| !name.is_empty() && !name.ends_with('/') && !name.contains("//") && name.chars().all(fine);
    let ok = match parts.as_slice() {
        ["arn", partition, "iam", "", account, resource] => {
            partition.strip_prefix("aws").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && text.len() <= LONGEST_ROLE
                && resource.strip_prefix("role/").is_some_and(is_name)
        }
        _ => false,
    };
    if ok { Ok(text.to_owned()) } else { Err(Wrong::allowed(ROLE)) }
}

/// A security group's id, `sg-…`
pub(crate) fn security_group(text: &str) -> Result<String, Wrong> {
    let fine = |id: &str| !id.is_empty() && id.len() <= 60 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let ok = text.strip_prefix("sg-").is_some_and(fine);
    if ok { Ok(text.to_owned()) } else { Err(Wrong::allowed("a security group's id, \"sg-…\" (not its name)")) }
}

/// A pattern of snapshot identifiers: letters, digits, hyphens, `*` and `?`. Automated snapshots and AWS Backup's carry a
/// colon, so that no pattern reaches them.
pub(crate) fn pattern(text: &str) -> Result<String, Wrong> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '*' | '?');
    let named = text.chars().any(|c| c.is_ascii_alphanumeric());
    let ok = named && text.len() <= LONGEST_NAME && text.chars().all(fine);
    let allowed = "a pattern of snapshot identifiers such as \"manual-backup-*\": letters, digits, hyphens, * and ?, with a letter or digit";
    if ok { Ok(text.to_owned()) } else { Err(Wrong::allowed(allowed)) }
}

/// A text of some length without control characters
pub(crate) fn line(text: &str, what: &str, longest: usize) -> Result<String, Wrong> {
    let ok = !text.trim().is_empty() && text.len() <= longest && !text.chars().any(char::is_control);
    if ok { Ok(text.to_owned()) } else { Err(Wrong::allowed(format!("{what}, at most {longest} bytes on one line"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_a_run_id_holds() {
        let long = "a".repeat(64);
        let table = [
            ("orders", None),
            ("orders-2", None),
            ("Orders_DB", Some("orders-db")),
            ("2orders", Some("orders")),
            ("a--b", Some("a-b")),
            ("-a-", Some("a")),
            ("注文", None),
            ("", None),
            (long.as_str(), Some(&long[..63])),
        ];
        for (text, nearest) in table {
            match name(text) {
                Ok(()) => assert!(["orders", "orders-2"].contains(&text), "{text}"),
                Err(wrong) => assert_eq!(wrong.nearest.as_deref(), nearest, "{text}"),
            }
        }
    }

    #[test]
    fn identifiers_are_compared_in_lower_case_as_rds_does() {
        assert_eq!(identifier("Prod-Orders").unwrap(), "prod-orders");
        for text in ["", "prod--orders", "1prod", "prod-", "prod_orders", "arn:aws:rds:x"] {
            assert!(identifier(text).is_err(), "{text}");
        }
    }

    #[test]
    fn zones_are_found_by_their_city_or_their_likeness() {
        assert_eq!(zone("asia/tokyo").unwrap(), "Asia/Tokyo");
        for (text, right) in [("Tokyo", "Asia/Tokyo"), ("Asia/Tokio", "Asia/Tokyo"), ("new york", "America/New_York")] {
            assert_eq!(zone(text).unwrap_err().nearest.as_deref(), Some(right));
        }
    }

    #[test]
    fn no_pattern_reaches_automated_snapshots() {
        assert!(pattern("pre-maintenance-*").is_ok());
        for text in ["*", "", "??", "rds:*", "awsbackup:*", "a b"] {
            assert!(pattern(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_role_is_told_by_its_whole_arn() {
        for text in ["arn:aws:iam::123456789012:role/restore", "arn:aws-cn:iam::123456789012:role/service-role/A_b+c"] {
            assert!(role(text).is_ok(), "{text}");
        }
        let wrong = [
            "",
            "restore",
            "arn:aws:iam::123456789012:user/restore",
            "arn:aws:iam::12345678901:role/restore",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/a b",
            "arn:aws:iam:us-east-1:123456789012:role/restore",
            "arn:aws:sts::123456789012:assumed-role/restore/x",
            "xarn:aws:iam::123456789012:role/restore",
        ];
        for text in wrong {
            assert!(role(text).is_err(), "{text}");
        }
    }

    #[test]
    fn regions_groups_and_snapshots_are_told_by_their_form() {
        assert!(region("us-gov-east-1").is_ok());
        assert_eq!(region("US West-2").unwrap_err().nearest.as_deref(), Some("us-west-2"));
        assert!(["", "us", "-1", "us-west", "us-west-2a"].iter().all(|text| region(text).is_err()));
        assert!(
            security_group("sg-0a1b2c3d").is_ok()
                && security_group("sg-").is_err()
                && security_group("default").is_err()
        );
        assert!(
            snapshot("rds:prod-orders-2026-11-22-18-00").is_ok() && snapshot("a b").is_err() && snapshot("").is_err()
        );
    }
}
