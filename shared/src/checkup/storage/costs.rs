//! What backups cost in a month, as far as that can be known. Every sum is "about"; what is not known is named.

use jiff::Timestamp;

use super::super::index::Index;
use super::super::{Asking, Unknown, World};
use super::billed::{GIB, latest};
use super::snapshots::{Plans, Sum, home, manual};
use crate::database::price::PRICES_OF;
use crate::database::{Engine, Kind, backup_price};
use crate::policy::{Database, Policy};

/// Billed backup storage
#[derive(Debug, Clone, PartialEq)]
pub enum Billed {
    /// So many GiB on that day
    Gib {
        /// GiB beyond the free part
        gib: f64,
        /// Begin of the day
        at: Timestamp,
        /// Dollars a month, about
        dollars: f64,
    },
    /// AWS has no such metric for RDS instances
    NotMeasured,
    /// Not known, and why
    Unknown(Unknown),
}

/// Manual snapshots, whether they are free or not
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Manual {
    /// How many
    pub snapshots: usize,
    /// Their sizes, as far as known: each is that of the whole database
    pub gib: f64,
    /// Dollars a month, at most about
    pub dollars: f64,
    /// How many have no known size or price; they are not in the sums
    pub not_known: usize,
}

/// What backups of one database cost
#[derive(Debug, Clone, PartialEq)]
pub struct DatabaseCosts {
    /// Its name in the policy
    pub name: String,
    /// Billed backup storage
    pub billed: Billed,
    /// Manual snapshots in every region that was read
    pub manual: Result<Manual, Unknown>,
    /// What clean-up would let go once the grace period is over, as the policy has it
    pub saving: Result<Manual, Unknown>,
}

/// What backups cost
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    /// By database, in the policy's order
    pub databases: Vec<DatabaseCosts>,
    /// Dollars a month as far as known
    pub dollars: f64,
    /// Whether the sum is a limit, as part of it is of snapshots at their full size
    pub at_most: bool,
    /// What the sum leaves out, in words
    pub not_known: Vec<String>,
    /// When and for where the table of prices was collected; the policy's own prices replace it
    pub prices_of: &'static str,
}

impl DatabaseCosts {
    /// Dollars a month, and whether that is a limit: what AWS bills, or for an instance its manual snapshots at full size
    pub fn dollars(&self) -> Option<(f64, bool)> {
        match (&self.billed, &self.manual) {
            (Billed::Gib { dollars, .. }, _) => Some((*dollars, false)),
            (Billed::NotMeasured, Ok(manual)) => Some((manual.dollars, true)),
            _ => None,
        }
    }
}

impl From<Sum> for Manual {
    fn from(sum: Sum) -> Self {
        Self { snapshots: sum.snapshots, gib: sum.gib, dollars: sum.dollars, not_known: sum.not_known }
    }
}

/// What backups cost in a month.
pub fn costs(now: Timestamp, policy: &Policy, world: &World) -> Costs {
    let index = Index::of(world);
    let asking = Asking { now, policy, world, index: &index };
    let plans = Plans::of(&asking);
    let of = |(name, database): &(String, Database)| DatabaseCosts {
        name: name.clone(),
        billed: billed(&asking, name, database),
        manual: all_manual(&asking, database),
        saving: home(&asking).map(|_| Sum::of(&asking, plans.going(name)).into()),
    };
    Costs::sum(policy.databases.iter().map(of).collect())
}

impl Costs {
    /// The same of one database alone
    #[must_use]
    pub fn of(&self, name: &str) -> Self {
        Self::sum(self.databases.iter().filter(|one| one.name == name).cloned().collect())
    }

    fn sum(databases: Vec<DatabaseCosts>) -> Self {
        let (mut dollars, mut at_most, mut not_known) = (0.0, false, Vec::new());
        for one in &databases {
            let name = &one.name;
            match (one.dollars(), &one.billed, &one.manual) {
                (Some((sum, limit)), ..) => {
                    dollars += sum;
                    at_most |= limit && sum > 0.0;
                }
                (None, Billed::Unknown(why), _) | (None, _, Err(why)) => not_known.push(format!("{name}: {}", why.why)),
                (None, ..) => {}
            }
            if let (Billed::NotMeasured, Ok(manual)) = (&one.billed, &one.manual) {
                not_known.push(format!("{name}: automated backups beyond the free part, as AWS has no metric of them"));
                if manual.not_known > 0 {
                    not_known.push(format!("{name}: {} snapshots without a known size", manual.not_known));
                }
            }
        }
        Self { databases, dollars, at_most, not_known, prices_of: PRICES_OF }
    }
}

fn billed(asking: &Asking<'_>, name: &str, database: &Database) -> Billed {
    // The price is one of the kind: both engines of Aurora have the same.
    let engine = match database.kind {
        Kind::Rds => return Billed::NotMeasured,
        Kind::Aurora => Engine::AuroraPostgresql,
        Kind::Documentdb => Engine::Docdb,
    };
    let price = backup_price::of_a_gib(&engine, &asking.policy.checkup.prices);
    match (latest(asking, name, database), price) {
        (Ok(sample), Some(price)) => {
            let gib = sample.value / GIB;
            Billed::Gib { gib, at: sample.at, dollars: gib * price }
        }
        (Err(why), _) => Billed::Unknown(why),
        (Ok(_), None) => Billed::Unknown(Unknown { why: "the price is not known".to_owned() }),
    }
}

fn all_manual(asking: &Asking<'_>, database: &Database) -> Result<Manual, Unknown> {
    home(asking)?;
    let mut sum = Sum::of(asking, manual(asking, &asking.world.home, database).into_iter());
    let abroad = asking.world.regions.iter().filter(|(region, _)| **region != asking.world.home);
    for (region, all) in abroad.filter_map(|(region, facts)| Some((region, facts.snapshots.as_ref()?))) {
        all.as_ref().map_err(Clone::clone)?;
        let more = Sum::of(asking, manual(asking, region, database).into_iter());
        sum = Sum {
            snapshots: sum.snapshots + more.snapshots,
            gib: sum.gib + more.gib,
            dollars: sum.dollars + more.dollars,
            not_known: sum.not_known + more.not_known,
        };
    }
    Ok(sum.into())
}
