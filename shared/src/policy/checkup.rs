//! How backups are checked, what is accepted as it is, and what may be mended without asking.

use jiff::civil::{Date, Weekday};

use super::fields::Fields;
use super::words;
use super::wrong::Wrong;

/// How backups are checked
#[derive(Debug, Clone, PartialEq)]
pub struct Checkup {
    /// Day of the weekly mail that says that all is well, in the policy's zone; Monday when left out
    pub mail_day: Weekday,
    /// Hours between two readings of storage metrics, which CloudWatch charges for; 24 when left out
    pub metrics_every_hours: i64,
    /// Most snapshots whose sharing is asked in one run, as AWS tells it for one at a time; 40 when left out, 0 for never
    pub sharing_asked_per_run: i64,
    /// Findings that are accepted as they are
    pub accept: Vec<Accepted>,
    /// Prices that differ from the table
    pub prices: Prices,
    /// What may be mended
    pub remediate: Remediate,
}

/// A finding that is accepted
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Pattern of its id, with `*` and `?`
    pub finding: String,
    /// Why
    pub reason: String,
    /// The last day, in the policy's zone; for ever when left out
    pub until: Option<Date>,
}

/// Dollars for a GiB and month; the table's where left out
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Prices {
    /// Backup storage of Aurora clusters
    pub aurora_backup: Option<f64>,
    /// Backup storage of DocumentDB clusters
    pub documentdb_backup: Option<f64>,
    /// Backup storage of RDS instances
    pub rds_backup: Option<f64>,
}

/// What may be mended; nothing when left out
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Remediate {
    /// Raise a retention that is lower than the policy's; never lower one
    pub retention: bool,
    /// Turn deletion protection on
    pub deletion_protection: bool,
}

/// The days of the week, as a policy writes them
pub(super) const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];
/// Longest pattern of a finding's id
const LONGEST_PATTERN: usize = 300;
/// Highest price that a policy may name
const HIGHEST_PRICE: f64 = 100.0;

impl Default for Checkup {
    fn default() -> Self {
        Self {
            mail_day: Weekday::Monday,
            metrics_every_hours: 24,
            sharing_asked_per_run: 40,
            accept: Vec::new(),
            prices: Prices::default(),
            remediate: Remediate::default(),
        }
    }
}

pub(super) fn read(fields: &mut Fields<'_, '_>) -> Checkup {
    let usual = Checkup::default();
    let day = fields.word("mail_day", &DAYS.map(|(word, _)| word));
    let day = day.and_then(|word| DAYS.iter().find(|(known, _)| *known == word)).map(|(_, day)| *day);
    Checkup {
        mail_day: day.unwrap_or(usual.mail_day),
        metrics_every_hours: fields.whole("metrics_every_hours", 1..=168).unwrap_or(usual.metrics_every_hours),
        sharing_asked_per_run: fields.whole("sharing_asked_per_run", 0..=1000).unwrap_or(usual.sharing_asked_per_run),
        accept: fields.objects("accept", accepted),
        prices: fields.object("prices", |fields| Some(prices(fields))).unwrap_or_default(),
        remediate: fields.object("remediate", |fields| Some(remediate(fields))).unwrap_or_default(),
    }
}

fn accepted(fields: &mut Fields<'_, '_>) -> Option<Accepted> {
    let what = "a finding's id as mails name it, with * and ? as wanted";
    let finding = fields.text("finding", what, |text| match words::line(text, what, LONGEST_PATTERN) {
        Ok(line) if line.trim_matches(['*', '?', '/']).is_empty() => Err(Wrong::allowed(what)),
        read => read,
    });
    let finding = fields.need("finding", what, finding);
    let why = "why it is accepted";
    let reason = fields.text("reason", why, |text| words::line(text, why, 300));
    let reason = fields.need("reason", why, reason);
    let allowed = "a date such as \"2026-12-24\"";
    let until = fields.text("until", allowed, |text| text.parse().map_err(|_| Wrong::allowed(allowed)));
    Some(Accepted { finding: finding?, reason: reason?, until })
}

fn prices(fields: &mut Fields<'_, '_>) -> Prices {
    Prices {
        aurora_backup: fields.number("aurora_backup", 0.0..=HIGHEST_PRICE),
        documentdb_backup: fields.number("documentdb_backup", 0.0..=HIGHEST_PRICE),
        rds_backup: fields.number("rds_backup", 0.0..=HIGHEST_PRICE),
    }
}

fn remediate(fields: &mut Fields<'_, '_>) -> Remediate {
    Remediate {
        retention: fields.truth("retention").unwrap_or_default(),
        deletion_protection: fields.truth("deletion_protection").unwrap_or_default(),
    }
}
