//! Names: run ids, the copy's identifiers, keys of records.
//!
//! Names come from the request's scheduled time, never from a clock or a random number at the act: the same request has the
//! same name, and AWS's refusal of a second resource of that name is what makes a repeated act harmless.

use std::hash::Hasher;

use fnv::FnvHasher;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// What a run is for; the tag `lifeboat:purpose` carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// A temporary copy, checked and torn down
    Drill,
    /// A copy somebody keeps
    Recovery,
    /// A small copy to investigate in, torn down when its time is over
    Inspection,
    /// AWS Backup made the copy, we check it
    Validation,
}

impl Purpose {
    /// The tag's value
    pub fn word(self) -> &'static str {
        match self {
            Self::Drill => "drill",
            Self::Recovery => "recovery",
            Self::Inspection => "inspection",
            Self::Validation => "validation",
        }
    }

    /// The purpose that a tag's value names
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Drill, Self::Recovery, Self::Inspection, Self::Validation]
            .into_iter()
            .find(|purpose| purpose.word() == word)
    }
}

/// The prefix of every identifier of a purpose. IAM repeats it.
pub fn prefix_of(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Drill => "drill-",
        Purpose::Recovery => "recovery-",
        Purpose::Inspection => "inspect-",
        Purpose::Validation => "validation-",
    }
}

/// Longest identifier RDS takes for clusters and instances
const LONGEST: usize = 63;
/// Room for an instance's suffix, `-1` to `-99`
const SUFFIX: usize = 3;
/// Hexadecimal digits of the hash in a name that had to be cut
const HASH: usize = 8;

/// `drill-<database>-<yyyymmddhhmm>`; a drill other than the first puts its name after the database.
///
/// `database` and `drill` are names of the policy: lower-case letters, digits and single hyphens.
pub fn drill_id(database: &str, drill: Option<&str>, scheduled: Timestamp) -> String {
    let stamp = scheduled.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M").to_string();
    let middle = match drill {
        Some(drill) => format!("{database}-{drill}"),
        None => database.to_owned(),
    };
    fitted(prefix_of(Purpose::Drill), &middle, &stamp)
}

/// `validation-<restore job>`: ids of AWS Backup's jobs are in capitals, which RDS does not keep. What RDS would not take is cut and
/// told apart by a hash.
pub fn validation_id(job: &str) -> String {
    let prefix = prefix_of(Purpose::Validation);
    let room = LONGEST - SUFFIX - prefix.len();
    let low = job.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !low.is_empty() && low.len() <= room && low.chars().all(plain) && !low.contains("--") && !low.ends_with('-') {
        return if low.starts_with('-') { format!("{prefix}{}", hash(job)) } else { format!("{prefix}{low}") };
    }
    let mut kept = String::new();
    for c in low.chars().filter(|c| plain(*c)).take(room - HASH - 1) {
        if c != '-' || !kept.is_empty() && !kept.ends_with('-') {
            kept.push(c);
        }
    }
    let kept = kept.trim_end_matches('-');
    if kept.is_empty() { format!("{prefix}{}", hash(job)) } else { format!("{prefix}{kept}-{}", hash(job)) }
}

/// `prefix` + `middle` + `-stamp`, the middle cut and hashed where RDS would not hold the whole
pub(crate) fn fitted(prefix: &str, middle: &str, stamp: &str) -> String {
    let room = LONGEST - SUFFIX - prefix.len() - stamp.len() - 1;
    if middle.len() <= room {
        return format!("{prefix}{middle}-{stamp}");
    }
    let kept: String = middle.chars().take(room - HASH - 1).collect();
    format!("{prefix}{}-{}-{stamp}", kept.trim_end_matches('-'), hash(middle))
}

/// A name with a suffix, cut and hashed where RDS would not hold the whole
pub(crate) fn aside(name: &str, suffix: &str) -> String {
    let room = LONGEST.saturating_sub(suffix.len() + 1);
    if name.len() <= room {
        return format!("{name}-{suffix}");
    }
    let kept: String = name.chars().take(room.saturating_sub(HASH + 1)).collect();
    format!("{}-{}-{suffix}", kept.trim_end_matches('-'), hash(name))
}

/// Eight hexadecimal digits that tell texts apart
pub(crate) fn hash(text: &str) -> String {
    let mut hasher = FnvHasher::default();
    hasher.write(text.as_bytes());
    format!("{:016x}", hasher.finish()).chars().take(HASH).collect()
}

/// The identifier of the copy's `number`th instance, counted from 1
pub fn instance_of(copy: &str, number: u8) -> String {
    format!("{copy}-{number}")
}

/// Key of a run under way
pub fn open_key(run: &str) -> String {
    format!("runs/open/{run}.json")
}

/// Key of an ended run, filed by the month it was scheduled for: a request that comes again finds it
pub fn closed_key(run: &str, scheduled_for: Timestamp) -> String {
    let month = scheduled_for.to_zoned(TimeZone::UTC).strftime("%Y/%m").to_string();
    format!("runs/closed/{month}/{run}.json")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_drill_is_named_after_its_database_and_its_scheduled_minute() {
        assert_eq!(drill_id("orders", None, at("2026-11-22T18:00:59Z")), "drill-orders-202611221800");
        assert_eq!(
            drill_id("orders", Some("quarterly"), at("2026-11-22T18:00:00Z")),
            "drill-orders-quarterly-202611221800"
        );
    }

    #[test]
    fn a_validation_is_named_after_its_restore_job() {
        let table = [
            ("AB123456-78C9-0123-456D-789012E34567", "validation-ab123456-78c9-0123-456d-789012e34567".to_owned()),
            ("a--b", format!("validation-a-b-{}", hash("a--b"))),
            ("-", format!("validation-{}", hash("-"))),
            ("../runs", format!("validation-runs-{}", hash("../runs"))),
        ];
        for (job, wanted) in table {
            assert_eq!(validation_id(job), wanted, "{job}");
        }
        let (one, other) =
            (validation_id(&format!("{}1", "a".repeat(90))), validation_id(&format!("{}2", "a".repeat(90))));
        assert!(one != other && instance_of(&one, 99).len() <= 63, "{one}");
    }

    #[test]
    fn records_are_filed_by_the_month_they_were_scheduled_for() {
        assert_eq!(open_key("drill-a-1"), "runs/open/drill-a-1.json");
        assert_eq!(closed_key("drill-a-1", at("2026-11-22T18:00:00Z")), "runs/closed/2026/11/drill-a-1.json");
    }

    proptest! {
        #[test]
        fn every_name_is_one_that_rds_takes(database in "[a-z][a-z0-9]{0,30}(-[a-z0-9]{1,30}){0,2}", drill in "[a-z][a-z0-9]{0,40}", seconds in 0_i64..4_000_000_000) {
            let scheduled = Timestamp::from_second(seconds).unwrap();
            for drill in [None, Some(drill.as_str())] {
                let id = drill_id(&database, drill, scheduled);
                let instance = instance_of(&id, 99);
                prop_assert!(instance.len() <= 63);
                prop_assert!(!instance.contains("--"));
                prop_assert!(instance.starts_with("drill-"));
                prop_assert!(instance.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            }
        }

        #[test]
        fn long_names_that_differ_at_the_end_stay_different(stem in "[a-z]{60}", a in "[a-z]{1,5}", b in "[a-z]{1,5}") {
            prop_assume!(a != b);
            let scheduled = Timestamp::UNIX_EPOCH;
            prop_assert_ne!(drill_id(&format!("{stem}{a}"), None, scheduled), drill_id(&format!("{stem}{b}"), None, scheduled));
        }
    }
}
