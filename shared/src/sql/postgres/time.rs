//! Times as PostgreSQL writes them (`DateStyle = ISO`, `TimeZone = UTC`), read as instants.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::sql::AskError;

/// The instant that `text` of the type `kind` stands for; a time without a zone is read in `zone`.
///
/// Where a clock shows such a time twice the earlier one is taken: data never looks fresher than it is.
pub(super) fn instant(text: &str, kind: &str, zone: &TimeZone) -> Result<Timestamp, AskError> {
    let read = match kind {
        "timestamp with time zone" => text.parse::<Timestamp>(),
        "timestamp without time zone" => {
            text.parse::<DateTime>().and_then(|at| at.to_zoned(zone.clone())).map(|at| at.timestamp())
        }
        "date" => text.parse::<Date>().and_then(|day| day.to_zoned(zone.clone())).map(|at| at.timestamp()),
        _ => {
            return Err(AskError::Unfit(format!(
                "the column is of the type {kind}, which is no date and no timestamp"
            )));
        }
    };
    // Before the year 0 and after 9999 there are no backups, only marks for "never" and "for ever".
    read.map_err(|_| AskError::Unfit("the newest value is no time that a backup can have".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_read_as_an_instant() {
        let tokyo = crate::moment::zone("Asia/Tokyo").unwrap();
        let table = [
            ("2026-11-22 18:00:00+00", "timestamp with time zone", "2026-11-22T18:00:00Z"),
            ("2026-11-22 18:00:00.123456+00", "timestamp with time zone", "2026-11-22T18:00:00.123456Z"),
            ("2026-11-23 03:00:00", "timestamp without time zone", "2026-11-22T18:00:00Z"),
            ("2026-11-23", "date", "2026-11-22T15:00:00Z"),
        ];
        for (text, kind, at) in table {
            assert_eq!(instant(text, kind, &tokyo).unwrap(), at.parse().unwrap(), "{text} {kind}");
        }
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_earlier_one() {
        let berlin = crate::moment::zone("Europe/Berlin").unwrap();
        let at = instant("2026-10-25 02:30:00", "timestamp without time zone", &berlin).unwrap();
        assert_eq!(at, "2026-10-25T00:30:00Z".parse().unwrap());
    }

    #[test]
    fn what_is_no_time_of_a_backup_is_said() {
        let table = [
            ("0044-03-15 BC", "date"),
            ("294276-12-31 23:59:59+00", "timestamp with time zone"),
            ("9999-12-31 23:59:59", "timestamp without time zone"),
            ("01:00:00", "interval"),
        ];
        for (text, kind) in table {
            let west = crate::moment::zone("America/Los_Angeles").unwrap();
            assert!(matches!(instant(text, kind, &west), Err(AskError::Unfit(_))), "{text} {kind}");
        }
    }
}
