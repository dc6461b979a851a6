//! What a comparing check is compared with: the answers of the last passed drill.
//!
//! That there is nothing to compare with *yet* is one thing: the answer is noted, and the next drill compares with it. That
//! the earlier answers are lost is another: the check could not be asked, and the run says so.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Answers, Check, CheckAnswer, Found, Outcome};
use crate::moment;

/// What one check is compared with
#[derive(Debug, Clone, PartialEq)]
pub enum Earlier<'a> {
    /// What the last passed drill found
    Found(&'a Found),
    /// Nothing yet, and why that is as it should be
    Nothing(String),
    /// What there should be cannot be used, and why
    Lost(String),
}

impl<'a> From<Option<&'a Found>> for Earlier<'a> {
    fn from(found: Option<&'a Found>) -> Self {
        found.map_or_else(|| Self::Nothing("nothing to compare with yet".to_owned()), Self::Found)
    }
}

/// What all checks of a run are compared with
#[derive(Debug, Clone, PartialEq)]
pub enum Baseline {
    /// No drill of this database has passed yet
    First,
    /// What the last passed drill answered
    Answers(Box<Answers>),
    /// Some drill passed, but its answers cannot be used
    Lost {
        /// Its run id
        run: String,
        /// Why, with what to do
        why: String,
    },
}

impl Baseline {
    /// The answers of `run` as they lie in the bucket; `None` where there is no such object. They must be of this run, of
    /// the same database on its server, and of a session that got in.
    pub fn read(run: &str, database: &str, body: Option<&[u8]>) -> Self {
        let lost = |why: String| Self::lost(run, &why);
        let Some(body) = body else { return lost("is not in the bucket".to_owned()) };
        // A parser's message may quote what it read.
        let Ok(answers) = serde_json::from_slice::<Answers>(body) else {
            return lost("is not a document of answers".to_owned());
        };
        match () {
            () if answers.version != 1 => lost(format!("is of version {}", answers.version)),
            () if answers.run != run => lost("is of another run".to_owned()),
            () if answers.database != database => lost(format!("is of the database {:?}", answers.database)),
            () if answers.trouble.is_some() => lost("is of a run that could not look".to_owned()),
            () => Self::Answers(Box::new(answers)),
        }
    }

    /// Answers that cannot be used
    pub fn lost(run: &str, why: &str) -> Self {
        let why = format!(
            "checks/{run}.json, the answers of the last passed drill, {why}; bring it back, or give the check a \
             \"since\" after that drill in the policy to begin anew"
        );
        Self::Lost { run: run.to_owned(), why }
    }

    /// What this check is compared with in a copy that stands for `restored_to`
    pub fn earlier(&self, check: &Check, restored_to: Timestamp) -> Earlier<'_> {
        match self {
            Self::First => Earlier::Nothing("no drill has passed yet that it could be compared with".to_owned()),
            Self::Lost { run, why } => match began(run) {
                Some(began) => anew(check, began, restored_to, run).unwrap_or_else(|| Earlier::Lost(why.clone())),
                None => Earlier::Lost(why.clone()),
            },
            Self::Answers(answers) => {
                let stood_for = answers.restored_to.unwrap_or(answers.finished_at);
                anew(check, stood_for, restored_to, &answers.run).unwrap_or_else(|| same_of(check, answers))
            }
        }
    }
}

/// A change at `since` was meant: what stands for a time before it and what stands for a time after it are not compared.
/// A `since` that the copy does not reach yet is not in effect.
fn anew(check: &Check, then: Timestamp, now: Timestamp, run: &str) -> Option<Earlier<'static>> {
    let since = check.since()?;
    let why = match (then < since, now < since) {
        (true, false) => format!("begins anew: {run} was of before {}", moment::utc(since)),
        (false, true) => format!("not compared: this copy is of before {}, {run} was not", moment::utc(since)),
        _ => return None,
    };
    Some(Earlier::Nothing(why))
}

/// When a run began, from the time that ends its id: twelve digits to the minute, or fourteen to the second
fn began(run: &str) -> Option<Timestamp> {
    let (_, time) = run.rsplit_once('-')?;
    let whole = matches!(time.len(), 12 | 14) && time.chars().all(|c| c.is_ascii_digit());
    let time = DateTime::strptime("%Y%m%d%H%M%S", format!("{time:0<14}")).ok().filter(|_| whole)?;
    time.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp())
}

fn same_of<'a>(check: &Check, answers: &'a Answers) -> Earlier<'a> {
    let run = &answers.run;
    let Some(earlier) = answers.checks.iter().find(|earlier| same_question(&earlier.check, check)) else {
        return Earlier::Nothing(format!("{run}, the last passed drill, did not ask it"));
    };
    match earlier {
        CheckAnswer { outcome: Outcome::Failed | Outcome::NotAsked { .. }, .. } => {
            Earlier::Lost(format!("{run}, which it would be compared with, did not pass it"))
        }
        CheckAnswer { value: Some(found), .. } => Earlier::Found(found),
        CheckAnswer { value: None, .. } => {
            Earlier::Nothing(format!("{run}, the last passed drill, kept nothing to compare with"))
        }
    }
}

/// Whether two checks ask the same of the same thing, whatever they expect
fn same_question(one: &Check, other: &Check) -> bool {
    match (one, other) {
        (Check::Unchanged { table: one, .. }, Check::Unchanged { table: other, .. })
        | (Check::Indexes { table: one, .. }, Check::Indexes { table: other, .. }) => one == other,
        (Check::SchemaUnchanged { schema: one, .. }, Check::SchemaUnchanged { schema: other, .. }) => one == other,
        (Check::GrantsUnchanged { .. }, Check::GrantsUnchanged { .. })
        | (Check::Damage { .. }, Check::Damage { .. }) => true,
        _ => false,
    }
}
