//! Run ids of recoveries and inspections.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::restore::{Purpose, fitted, prefix_of};

/// `recovery-orders-20260204101500`, or `inspect-…`; the time is the request's, and its idempotency key. Cut and hashed where
/// RDS would not hold it with the suffix of the sixteenth instance.
pub fn recovery_id(purpose: Purpose, database: &str, requested_for: Timestamp) -> String {
    let stamp = requested_for.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M%S").to_string();
    fitted(prefix_of(purpose), database, &stamp)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::recover::MOST_MEMBERS;
    use crate::request::{RecoveryEvent, recovery_event};
    use crate::restore::instance_of;

    #[test]
    fn a_recovery_is_named_after_its_database_and_its_second() {
        let at = "2026-02-04T10:15:00Z".parse().unwrap();
        assert_eq!(recovery_id(Purpose::Recovery, "orders", at), "recovery-orders-20260204101500");
        assert_eq!(recovery_id(Purpose::Inspection, "orders", at), "inspect-orders-20260204101500");
    }

    proptest! {
        #[test]
        fn every_run_id_is_one_that_rds_and_a_request_take(
            database in "[a-z][a-z0-9]{0,30}(-[a-z0-9]{1,30}){0,2}",
            seconds in 946_684_800_i64..4_102_444_800,
        ) {
            let at = Timestamp::from_second(seconds).unwrap();
            for purpose in [Purpose::Recovery, Purpose::Inspection] {
                let run = recovery_id(purpose, &database, at);
                let last = instance_of(&run, u8::try_from(MOST_MEMBERS).unwrap());
                prop_assert!(last.len() <= 63 && !last.contains("--"), "{}", last);
                prop_assert!(last.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
                let asked = recovery_event(&serde_json::json!({ "run": run }));
                prop_assert_eq!(asked, Ok(RecoveryEvent::Status { run }));
            }
        }
    }
}
