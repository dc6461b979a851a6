//! Times as MySQL writes them in a session whose zone is UTC, read as instants.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::sql::AskError;

/// The instant that `text` of the type `kind` stands for; a time without a zone (`DATETIME`, `DATE`) is read in `zone`.
/// `None` for the zero date, which old tables have in place of `NULL`.
///
/// Where a clock shows such a time twice the earlier one is taken: data never looks fresher than it is.
pub(super) fn instant(text: &str, kind: &str, zone: &TimeZone) -> Result<Option<Timestamp>, AskError> {
    if !["TIMESTAMP", "DATETIME", "DATE"].contains(&kind) {
        let kind = kind.to_lowercase();
        return Err(AskError::Unfit(format!("the column is of the type {kind}, which is no date and no timestamp")));
    }
    if text.starts_with("0000-00-00") {
        return Ok(None);
    }
    let read = match kind {
        "TIMESTAMP" => text.parse::<DateTime>().and_then(|at| at.to_zoned(TimeZone::UTC)),
        "DATETIME" => text.parse::<DateTime>().and_then(|at| at.to_zoned(zone.clone())),
        _ => text.parse::<Date>().and_then(|day| day.to_zoned(zone.clone())),
    };
    // A month or a day of zero, and the end of time (`9999-12-31`), are no times of a backup, only marks.
    match read {
        Ok(at) if at.year() < 9999 => Ok(Some(at.timestamp())),
        _ => Err(AskError::Unfit("the newest value is no time that a backup can have".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_read_as_an_instant() {
        let tokyo = crate::moment::zone("Asia/Tokyo").unwrap();
        let table = [
            ("2026-11-22 18:00:00", "TIMESTAMP", Some("2026-11-22T18:00:00Z")),
            ("2026-11-22 18:00:00.123456", "TIMESTAMP", Some("2026-11-22T18:00:00.123456Z")),
            ("2026-11-23 03:00:00", "DATETIME", Some("2026-11-22T18:00:00Z")),
            ("2026-11-23", "DATE", Some("2026-11-22T15:00:00Z")),
            ("0000-00-00 00:00:00", "DATETIME", None),
            ("0000-00-00", "DATE", None),
        ];
        for (text, kind, at) in table {
            assert_eq!(instant(text, kind, &tokyo).unwrap(), at.map(|at| at.parse().unwrap()), "{text} {kind}");
        }
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_earlier_one() {
        let berlin = crate::moment::zone("Europe/Berlin").unwrap();
        let at = instant("2026-10-25 02:30:00", "DATETIME", &berlin).unwrap();
        assert_eq!(at, Some("2026-10-25T00:30:00Z".parse().unwrap()));
    }

    #[test]
    fn what_is_no_time_of_a_backup_is_said() {
        let table = [
            ("2026-00-00", "DATE"),
            ("9999-12-31 23:59:59", "DATETIME"),
            ("9999-12-31", "DATE"),
            ("01:00:00", "TIME"),
            ("2026", "YEAR"),
            ("2026-11-22", "VARCHAR"),
        ];
        for (text, kind) in table {
            let west = crate::moment::zone("America/Los_Angeles").unwrap();
            assert!(matches!(instant(text, kind, &west), Err(AskError::Unfit(_))), "{text} {kind}");
        }
    }
}
