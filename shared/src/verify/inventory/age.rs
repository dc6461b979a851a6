//! How old a backup table is, by its name.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Whether a name fits a pattern in which `*` stands for any text; letter case does not count
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    // What follows the last star must end the name; what is between two stars may stand anywhere.
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = left.split_once(part) else { return false };
        left = after;
    }
    left.ends_with(tail)
}

/// The last date in a name: `_20260204`, `_2026_02_04`, `-2026-02-04`; with a time behind it too. Digits that are no date,
/// or one outside the years 2000 to 2099, are none.
pub(super) fn dated(name: &str, zone: &TimeZone) -> Option<Timestamp> {
    let runs: Vec<&str> = name.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).collect();
    let whole = runs.iter().enumerate().filter_map(|(at, run)| Some((at, eight(run)?)));
    let parted = runs.windows(3).enumerate().filter_map(|(at, parts)| match parts {
        [year, month, day] if year.len() == 4 && month.len() == 2 && (day.len() == 2) => {
            Some((at, date(year, month, day)?))
        }
        _ => None,
    });
    let (_, date) = whole.chain(parted).max_by_key(|(at, _)| *at)?;
    Some(date.to_zoned(zone.clone()).ok()?.timestamp())
}

/// `20260204`, or with a time behind it: `202602041530`, `20260204153000`
fn eight(run: &str) -> Option<Date> {
    if !matches!(run.len(), 8 | 12 | 14) {
        return None;
    }
    date(run.get(..4)?, run.get(4..6)?, run.get(6..8)?)
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let year = year.parse().ok().filter(|year| (2000..2100).contains(year))?;
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let table = [
            ("*_backup_*", "users_backup_20260204", true),
            ("*_backup_*", "users_BACKUP_x", true),
            ("*_backup_*", "users_backup", false),
            ("*_bak", "users_bak", true),
            ("*_bak", "users_bak_2", false),
            ("*_bak", "_bak", true),
            ("bak", "bak", true),
            ("bak", "bak2", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "ac", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("*ab*ab", "xab", false),
            ("*注文*", "旧注文表", true),
        ];
        for (pattern, name, want) in table {
            assert_eq!(fits(pattern, name), want, "{pattern} {name}");
        }
    }

    #[test]
    fn the_last_date_in_a_name_counts() {
        let table = [
            ("users_backup_20260204", Some("2026-02-04")),
            ("users_backup_2026_02_04", Some("2026-02-04")),
            ("users-2026-02-04-bak", Some("2026-02-04")),
            ("t_20250101_bak_20260204", Some("2026-02-04")),
            ("t_20260204153000_bak", Some("2026-02-04")),
            ("t20260204", Some("2026-02-04")),
            ("users_bak", None),
            ("users_20261345", None),
            ("users_20260230", None),
            ("users_19991231", None),
            ("users_2026_2_4", None),
            ("users_123456789", None),
            ("t_2026", None),
        ];
        for (name, want) in table {
            let at = dated(name, &TimeZone::UTC).map(|at| at.to_zoned(TimeZone::UTC).date().to_string());
            assert_eq!(at.as_deref(), want, "{name}");
        }
        let tokyo = crate::moment::zone("Asia/Tokyo").unwrap();
        assert_eq!(dated("t_20260204", &tokyo).unwrap().to_string(), "2026-02-03T15:00:00Z");
    }
}
