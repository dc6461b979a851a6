//! What a copy costs, as far as that can be known from its facts.
//!
//! Prices are on-demand prices of us-east-1, collected from what others publish, as AWS's own page cannot be read here:
//! a price is in the table only where the sources agree. They change, and other regions differ: every estimate says "about", names
//! its date and lists what it could not know. The size of an Aurora or DocumentDB volume is in no API that a drill asks,
//! so its storage is told for each 100 GiB instead of being invented.

use jiff::SignedDuration;

use super::{Capacity, Engine};

/// When and for where the prices here were collected
pub const PRICES_OF: &str = "November 2026, us-east-1";

/// Storage of an Aurora Standard or DocumentDB volume, dollars for a GiB and month
const VOLUME: f64 = 0.10;
/// Storage of an Aurora I/O-Optimized volume, dollars for a GiB and month
const VOLUME_IO_OPTIMIZED: f64 = 0.225;
/// gp2 and gp3 storage of an RDS instance in one zone, dollars for a GiB and month
const GENERAL_PURPOSE: f64 = 0.115;
/// One Aurora capacity unit, dollars an hour
const ACU: f64 = 0.12;
/// The same in a cluster with I/O-Optimized storage
const ACU_IO_OPTIMIZED: f64 = 0.156;
/// One million requests to an Aurora Standard or DocumentDB volume, dollars
const MILLION_IO: f64 = 0.20;
/// Hours in a month, as AWS bills storage
const MONTH: f64 = 730.0;
/// RDS bills an instance for at least this long
const LEAST_BILLED: SignedDuration = SignedDuration::from_mins(10);

/// Classes whose price is known, dollars an hour: `true` for members of Aurora Standard clusters, `false` for RDS instances with
/// PostgreSQL, MySQL or MariaDB in one zone. Short on purpose: a price that is missing is said to be missing.
const CLASSES: [(bool, &str, f64); 5] = [
    (true, "db.t4g.medium", 0.073),
    (true, "db.t4g.large", 0.146),
    (false, "db.t4g.micro", 0.016),
    (false, "db.t4g.small", 0.032),
    (false, "db.t4g.medium", 0.065),
];

/// What is known about a copy and how long it lived
#[derive(Debug, Clone, Copy)]
pub struct Usage<'a> {
    /// Engine
    pub engine: &'a Engine,
    /// Class of its instance
    pub class: Option<&'a str>,
    /// Serverless v2 range
    pub capacity: Option<Capacity>,
    /// Storage type in AWS's words
    pub storage_type: Option<&'a str>,
    /// Allocated storage in GiB; of no meaning for a cluster
    pub storage_gib: Option<i32>,
    /// Multi-AZ, RDS instances only: both instance and storage have other prices then
    pub multi_az: bool,
    /// How long its storage was there
    pub stored: SignedDuration,
    /// How long its instance ran; zero when there was none
    pub ran: SignedDuration,
}

/// About what a copy cost
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Smallest sum of the known parts, dollars
    pub low: f64,
    /// Largest sum of the known parts, dollars
    pub high: f64,
    /// What the sum is made of, one sentence each
    pub made_of: Vec<String>,
    /// What is not in it, one sentence each
    pub not_known: Vec<String>,
}

impl Estimate {
    /// In words: `about $0.12`, `about $0.03 to $0.06`, `less than $0.01`, `not known`
    pub fn words(&self) -> String {
        if self.made_of.is_empty() {
            return "not known".to_owned();
        }
        let (low, high) = (format!("{:.2}", self.low), format!("{:.2}", self.high));
        if self.high < 0.005 {
            "less than $0.01".to_owned()
        } else if low == high {
            format!("about ${high}")
        } else if self.low < 0.005 {
            format!("at most about ${high}")
        } else {
            format!("about ${low} to ${high}")
        }
    }

    fn add(&mut self, low: f64, high: f64, said: String) {
        self.low += low;
        self.high += high;
        self.made_of.push(said);
    }
}

/// Estimates what a copy cost.
pub fn estimate(usage: &Usage<'_>) -> Estimate {
    together(usage, &[])
}

/// Estimates what a copy with several instances costs: `others` are its instances beside the first, and share its storage.
pub fn together(first: &Usage<'_>, others: &[Usage<'_>]) -> Estimate {
    let mut sum = Estimate { low: 0.0, high: 0.0, made_of: Vec::new(), not_known: Vec::new() };
    instance(first, &mut sum);
    for other in others {
        instance(other, &mut sum);
    }
    storage(first, &mut sum);
    sum
}

fn instance(usage: &Usage<'_>, sum: &mut Estimate) {
    if usage.ran.is_zero() || usage.ran.is_negative() {
        return;
    }
    let billed = usage.ran.max(LEAST_BILLED);
    let (hours, minutes) = (billed.as_secs_f64() / 3600.0, (billed.as_secs() + 59) / 60);
    let optimized = is_optimized(usage);
    if usage.class == Some("db.serverless") {
        let price = if optimized { ACU_IO_OPTIMIZED } else { ACU };
        let Some(range) = usage.capacity else {
            sum.not_known.push(format!("the capacity it used: about ${price:.2} for each ACU and hour"));
            return;
        };
        let said = format!("{minutes} min of {} to {} ACU at ${price:.2} an hour each", range.min, range.max);
        sum.add(range.min * price * hours, range.max * price * hours, said);
        return;
    }
    let aurora = matches!(usage.engine, Engine::AuroraPostgresql | Engine::AuroraMysql) && !optimized;
    let rds = matches!(usage.engine, Engine::Postgres | Engine::Mysql | Engine::Mariadb) && !usage.multi_az;
    let known = CLASSES
        .iter()
        .find(|(of_aurora, class, _)| Some(*class) == usage.class && if *of_aurora { aurora } else { rds });
    match (known, usage.class) {
        (Some((_, class, price)), _) => {
            sum.add(price * hours, price * hours, format!("{minutes} min of {class} at ${price:.3} an hour"));
        }
        (None, Some(class)) => sum.not_known.push(format!("the price of {class}, which ran for {minutes} min")),
        (None, None) => sum.not_known.push(format!("the price of its instance, which ran for {minutes} min")),
    }
}

fn is_optimized(usage: &Usage<'_>) -> bool {
    usage.storage_type == Some("aurora-iopt1")
}

fn storage(usage: &Usage<'_>, sum: &mut Estimate) {
    let stored = usage.stored.max(SignedDuration::ZERO);
    let months = stored.as_secs_f64() / 3600.0 / MONTH;
    let minutes = (stored.as_secs() + 59) / 60;
    if matches!(usage.engine, Engine::Postgres | Engine::Mysql | Engine::Mariadb) {
        match (usage.storage_gib, usage.storage_type) {
            (Some(gib), Some(kind @ ("gp2" | "gp3"))) if !usage.multi_az => {
                let dollars = f64::from(gib) * GENERAL_PURPOSE * months;
                sum.add(
                    dollars,
                    dollars,
                    format!("{minutes} min of {gib} GiB {kind} at ${GENERAL_PURPOSE:.3} a GiB and month"),
                );
            }
            (_, Some(kind)) => sum.not_known.push(format!("the price of its {kind} storage")),
            (_, None) => sum.not_known.push("the size and type of its storage".to_owned()),
        }
        return;
    }
    let optimized = is_optimized(usage);
    let price = if optimized { VOLUME_IO_OPTIMIZED } else { VOLUME };
    let hundred = 100.0 * price * months;
    let hundred = if hundred < 0.005 { "less than $0.01".to_owned() } else { format!("about ${hundred:.2}") };
    sum.not_known.push(format!("storage, as AWS does not say how large the volume is: {hundred} for each 100 GiB"));
    if !optimized {
        sum.not_known.push(format!("reading from the volume: ${MILLION_IO:.2} for each million requests"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(engine: &Engine) -> Usage<'_> {
        let (stored, ran) = (SignedDuration::from_mins(60), SignedDuration::from_mins(30));
        Usage {
            engine,
            class: None,
            capacity: None,
            storage_type: None,
            storage_gib: None,
            multi_az: false,
            stored,
            ran,
        }
    }

    #[test]
    fn a_serverless_copy_costs_between_its_least_and_its_most_capacity() {
        let capacity = Some(Capacity { min: 0.5, max: 1.0 });
        let sum = estimate(&Usage { class: Some("db.serverless"), capacity, ..usage(&Engine::AuroraPostgresql) });
        assert_eq!(sum.words(), "about $0.03 to $0.06");
        assert_eq!(sum.made_of, ["30 min of 0.5 to 1 ACU at $0.12 an hour each"]);
        assert!(sum.not_known[0].contains("about $0.01 for each 100 GiB"), "{:?}", sum.not_known);
    }

    #[test]
    fn an_rds_instance_costs_its_class_and_its_storage() {
        let of = Usage {
            class: Some("db.t4g.medium"),
            storage_type: Some("gp3"),
            storage_gib: Some(500),
            ..usage(&Engine::Postgres)
        };
        let sum = estimate(&of);
        assert_eq!(sum.words(), "about $0.11");
        assert!(sum.not_known.is_empty());
    }

    #[test]
    fn an_instance_is_billed_for_ten_minutes_at_least() {
        let ran = SignedDuration::from_mins(1);
        let sum = estimate(&Usage { class: Some("db.t4g.large"), ran, ..usage(&Engine::AuroraMysql) });
        assert!((sum.high - 0.146 / 6.0).abs() < 1e-9, "{}", sum.high);
    }

    #[test]
    fn a_price_that_is_not_known_is_not_invented() {
        let sum = estimate(&Usage { class: Some("db.x2g.16xlarge"), ..usage(&Engine::Postgres) });
        assert_eq!((sum.words().as_str(), sum.not_known.len()), ("not known", 2));
        let sum = estimate(&Usage { class: Some("db.t4g.medium"), ..usage(&Engine::Docdb) });
        assert_eq!(
            sum.words(),
            "not known",
            "a DocumentDB instance has other prices than an RDS instance of its class"
        );
    }

    #[test]
    fn what_has_other_prices_in_two_zones_or_with_optimized_storage_is_not_told_at_the_common_one() {
        let of = Usage {
            class: Some("db.t4g.medium"),
            storage_type: Some("gp3"),
            storage_gib: Some(9),
            ..usage(&Engine::Mysql)
        };
        assert_eq!(estimate(&Usage { multi_az: true, ..of }).words(), "not known");
        let storage_type = Some("aurora-iopt1");
        let of = Usage { class: Some("db.t4g.medium"), storage_type, ..usage(&Engine::AuroraMysql) };
        assert_eq!(estimate(&of).words(), "not known");
        let capacity = Some(Capacity { min: 1.0, max: 1.0 });
        assert_eq!(estimate(&Usage { class: Some("db.serverless"), capacity, ..of }).words(), "about $0.08");
    }

    #[test]
    fn nothing_that_ran_costs_nothing() {
        let sum =
            estimate(&Usage { ran: SignedDuration::ZERO, class: Some("db.serverless"), ..usage(&Engine::AuroraMysql) });
        assert!(sum.made_of.is_empty());
    }
}
