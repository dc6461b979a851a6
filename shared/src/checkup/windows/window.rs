//! Windows as RDS writes them, and times of day in two zones. Everything is counted in minutes, UTC.

use jiff::civil::Time;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

const DAY: i32 = 24 * 60;
const WEEK: i32 = 7 * DAY;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A window of every day, such as `22:30-23:00`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Daily {
    from: i32,
    length: i32,
}

/// A window of every week, such as `sun:23:30-mon:00:30`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weekly {
    from: i32,
    length: i32,
}

impl Daily {
    pub(super) fn read(text: &str) -> Option<Self> {
        let (from, to) = text.trim().split_once('-')?;
        let (from, to) = (clock(from)?, clock(to)?);
        (from != to).then(|| Self { from, length: (to - from).rem_euclid(DAY) })
    }

    pub(super) fn at(from: i32, length: i32) -> Self {
        Self { from: from.rem_euclid(DAY), length }
    }

    /// The same window so many minutes earlier
    pub(super) fn back(self, minutes: i32) -> Self {
        Self::at(self.from - minutes, self.length)
    }

    /// The window with so many minutes before it
    pub(super) fn with_before(self, minutes: i32) -> Self {
        Self::at(self.from - minutes, self.length + minutes)
    }

    pub(super) fn start(self) -> i32 {
        self.from
    }

    pub(super) fn end(self) -> i32 {
        (self.from + self.length).rem_euclid(DAY)
    }

    /// Whether a minute of the day is in it; its end is not
    pub(super) fn holds(self, minute: i32) -> bool {
        (minute - self.from).rem_euclid(DAY) < self.length
    }

    pub(super) fn text(self) -> String {
        format!("{}-{}", written(self.from), written(self.end()))
    }
}

impl Weekly {
    pub(super) fn read(text: &str) -> Option<Self> {
        let (from, to) = text.trim().split_once('-')?;
        let (from, to) = (week_clock(from)?, week_clock(to)?);
        (from != to).then(|| Self { from, length: (to - from).rem_euclid(WEEK) })
    }

    /// Whether it shares a minute with a daily window
    pub(super) fn meets(self, daily: Daily) -> bool {
        (0..7).map(|day| day * DAY + daily.from).any(|from| {
            (self.from - from).rem_euclid(WEEK) < daily.length || (from - self.from).rem_euclid(WEEK) < self.length
        })
    }
}

fn week_clock(text: &str) -> Option<i32> {
    let (day, time) = text.trim().split_once(':')?;
    let day = DAYS.iter().position(|known| known.eq_ignore_ascii_case(day))?;
    Some(i32::try_from(day).ok()? * DAY + clock(time)?)
}

fn clock(text: &str) -> Option<i32> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str| text.parse::<i32>().ok().filter(|_| text.len() == 2 && !text.starts_with(['+', '-']));
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}

/// The minute of the day
pub(super) fn minute(time: Time) -> i32 {
    i32::from(time.hour()) * 60 + i32::from(time.minute())
}

fn written(minute: i32) -> String {
    let minute = minute.rem_euclid(DAY);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Most changes of the clocks of a zone that are looked at
const MOST_CHANGES: usize = 6;

/// The zone's offsets from UTC within a year, in minutes
pub(super) fn offsets(now: Timestamp, zone: &TimeZone) -> Vec<i32> {
    let until = now + SignedDuration::from_hours(24 * 366);
    let changes = zone.following(now).take(MOST_CHANGES).take_while(|change| change.timestamp() <= until);
    let all = std::iter::once(zone.to_offset(now)).chain(changes.map(|change| change.offset()));
    let mut minutes: Vec<i32> = all.map(in_minutes).collect();
    minutes.sort_unstable();
    minutes.dedup();
    minutes
}

fn in_minutes(offset: Offset) -> i32 {
    offset.seconds() / 60
}

fn is_utc(zone: &TimeZone) -> bool {
    *zone == TimeZone::UTC || matches!(zone.iana_name(), Some("UTC" | "Etc/UTC"))
}

/// A window in UTC and in a zone as its clocks are now: `22:30-23:00 UTC (07:30-08:00 JST)`
pub(super) fn told(daily: Daily, now: Timestamp, zone: &TimeZone) -> String {
    if is_utc(zone) {
        return format!("{} UTC", daily.text());
    }
    let info = zone.to_offset_info(now);
    let local = daily.back(-in_minutes(info.offset()));
    format!("{} UTC ({} {})", daily.text(), local.text(), info.abbreviation())
}

/// A time of day of a zone, and in UTC as the zone's clocks are now: `07:30 JST (22:30 UTC)`
pub(super) fn local(time: Time, now: Timestamp, zone: &TimeZone) -> String {
    let at = minute(time);
    if is_utc(zone) {
        return format!("{} UTC", written(at));
    }
    let info = zone.to_offset_info(now);
    format!("{} {} ({} UTC)", written(at), info.abbreviation(), written(at - in_minutes(info.offset())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_as_rds_writes_them_and_nothing_else_is() {
        let table = [
            ("22:30-23:00", Some((1350, 30))),
            ("23:45-00:15", Some((1425, 30))),
            ("00:00-23:59", Some((0, 1439))),
            ("03:00-03:00", None),
            ("3:00-4:00", None),
            ("24:00-01:00", None),
            ("03:60-04:00", None),
            ("03:00", None),
            ("-1:00-02:00", None),
            ("", None),
        ];
        for (text, wanted) in table {
            let wanted = wanted.map(|(from, length)| Daily { from, length });
            assert_eq!(Daily::read(text), wanted, "{text:?}");
            if let Some(daily) = wanted {
                assert_eq!(daily.text(), text);
            }
        }
        assert_eq!(Weekly::read("sun:23:30-mon:00:30"), Some(Weekly { from: 6 * DAY + 1410, length: 60 }));
        for text in ["sun:23:30-00:30", "day:01:00-day:02:00", "mon:01:00-mon:01:00", ""] {
            assert_eq!(Weekly::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_weekly_window_meets_a_daily_one_across_midnight_and_sunday() {
        let table = [
            ("sun:23:30-mon:00:30", "23:00-23:30", false),
            ("sun:23:30-mon:00:30", "23:01-23:31", true),
            ("sun:23:30-mon:00:30", "00:29-00:59", true),
            ("sun:23:30-mon:00:30", "00:30-01:00", false),
            ("sun:23:30-mon:00:30", "23:50-00:20", true),
            ("wed:04:00-wed:04:30", "04:00-04:30", true),
            ("wed:04:00-wed:04:30", "03:30-04:00", false),
            ("wed:04:00-wed:04:30", "03:00-05:00", true),
            ("wed:04:00-thu:04:00", "10:00-10:30", true),
        ];
        for (weekly, daily, wanted) in table {
            let met = Weekly::read(weekly).unwrap().meets(Daily::read(daily).unwrap());
            assert_eq!(met, wanted, "{weekly} {daily}");
        }
    }

    #[test]
    fn a_zone_has_the_offsets_of_its_whole_year() {
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let zone = |name| crate::moment::zone(name).unwrap();
        assert_eq!(offsets(now, &zone("Asia/Tokyo")), [540]);
        assert_eq!(offsets(now, &zone("Europe/Berlin")), [60, 120]);
        assert_eq!(offsets(now, &TimeZone::UTC), [0]);
    }

    #[test]
    fn a_window_is_told_in_both_zones() {
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let tokyo = crate::moment::zone("Asia/Tokyo").unwrap();
        let daily = Daily::read("22:30-23:00").unwrap();
        assert_eq!(told(daily, now, &tokyo), "22:30-23:00 UTC (07:30-08:00 JST)");
        assert_eq!(told(daily, now, &TimeZone::UTC), "22:30-23:00 UTC");
        assert_eq!(local(jiff::civil::time(7, 30, 0, 0), now, &tokyo), "07:30 JST (22:30 UTC)");
    }
}
