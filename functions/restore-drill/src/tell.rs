//! Telling: the page of the run, the mail, the metrics, the closed record and the page of all drills.

use lifeboat::fault::{Class, Fault};
use lifeboat::flow::{closed_keys, closed_record};
use lifeboat::mail::{self, Summary, page};
use lifeboat::ports::{Meter, Post, Store};
use lifeboat::restore::{Act, Purpose, Record, SourceFacts, closed_key, open_key, outcome, prefix_of};
use lifeboat::verify::VerdictWord;

use crate::{RestoreDrill, Troubles, World};

/// Months of closed records that the index and the search for the last passed drill look back
const MONTHS_BACK: i32 = 13;
/// Most drills on the page of all drills
const MOST_LISTED: usize = 120;
/// Most records that are read in search of the last passed drill
const MOST_LOOKED_BACK: usize = 20;
const HTML: &str = "text/html; charset=utf-8";

/// Writes the page of a run.
pub async fn report<W: World>(drill: &RestoreDrill<W>, record: &Record) -> Result<(), Fault> {
    let page = page::run_page(record, drill.now());
    drill.world().store().put(&mail::report_key(&record.run), page.into_bytes(), HTML).await
}

/// Sends the mail of a run.
pub async fn mail<W: World>(drill: &RestoreDrill<W>, record: &Record) -> Result<(), Fault> {
    let mail = mail::drill_mail(record, drill.bucket(), drill.now());
    drill.world().post().send(&mail.subject, &mail.body).await
}

/// Sends the metrics of a run.
pub async fn metrics<W: World>(drill: &RestoreDrill<W>, record: &Record) -> Result<(), Fault> {
    drill.world().meter().measure(&mail::drill_metrics(record, drill.now())).await
}

/// Files the record among the closed ones, brings the page of all drills up to date, and ends the open record.
///
/// In this order: a crash in between repeats all of it, and what is written twice is written the same.
pub async fn archive<W: World>(drill: &RestoreDrill<W>, record: &Record, troubles: &mut Troubles) -> Result<(), Fault> {
    let store = drill.world().store();
    let key = closed_key(&record.run, record.scheduled_for);
    // What is filed says that it was: nobody writes it again.
    let mut filed = record.clone();
    outcome(&mut filed, &Act::Archive.name(), Ok(()), drill.now());
    let body = serde_json::to_vec_pretty(&filed)
        .map_err(|error| Fault::new(Class::Permanent, "lifeboat:Archive", &record.run, "", &error.to_string()))?;
    store.put(&key, body, "application/json").await?;
    match index(drill).await {
        Ok(()) => {}
        Err(fault) if fault.class.passes_by_itself() => return Err(fault),
        // The evidence is safe; a page that may not be written is red, and keeps no record open.
        Err(fault) => {
            troubles.say(&record.run, format!("{} could not be brought up to date: {fault}", page::INDEX_KEY));
        }
    }
    store.remove(&open_key(&record.run)).await
}

async fn index<W: World>(drill: &RestoreDrill<W>) -> Result<(), Fault> {
    let store = drill.world().store();
    let mut summaries = Vec::new();
    // Recoveries and inspections lie beside them, in records of another shape.
    let recovered = [Purpose::Recovery, Purpose::Inspection].map(prefix_of);
    let is_drill = |run: &str| !recovered.iter().any(|prefix| run.starts_with(prefix));
    for key in closed_keys(store, drill.now(), MONTHS_BACK, MOST_LISTED, is_drill).await? {
        if let Some(record) = closed_record(store, &key).await? {
            summaries.push(Summary::of(&record));
        }
    }
    let html = page::index_page(&summaries, drill.now());
    store.put(page::INDEX_KEY, html.into_bytes(), HTML).await
}

/// Run id of the newest passed drill of a database; none where there is none, or where it could not be read.
pub async fn last_passed<W: World>(drill: &RestoreDrill<W>, database: &str, troubles: &mut Troubles) -> Option<String> {
    match newest_passed(drill, database).await {
        Ok(record) => record.map(|record| record.run),
        Err(fault) => {
            troubles.say(database, format!("the last passed drill could not be read: {fault}"));
            None
        }
    }
}

/// What the newest drill of a database that saw its source knew of it; none where there is none, or where it could not be
/// read.
pub async fn remembered<W: World>(
    drill: &RestoreDrill<W>,
    database: &str,
    identifier: &str,
    troubles: &mut Troubles,
) -> Option<SourceFacts> {
    // A source that was gone already, or that another drill remembered itself, is no witness.
    let saw = |record: &Record| {
        record.plan.identifier == identifier
            && record.source.as_ref().is_some_and(|source| !source.is_gone && source.window.latest.is_some())
    };
    match newest(drill, database, saw).await {
        Ok(record) => record.and_then(|record| record.source),
        Err(fault) => {
            troubles.say(database, format!("what earlier drills knew of it could not be read: {fault}"));
            None
        }
    }
}

async fn newest_passed<W: World>(drill: &RestoreDrill<W>, database: &str) -> Result<Option<Record>, Fault> {
    newest(drill, database, |record| record.verdict.as_ref().is_some_and(|verdict| verdict.word == VerdictWord::Passed))
        .await
}

/// The newest closed drill of a database that is as wanted
async fn newest<W: World>(
    drill: &RestoreDrill<W>,
    database: &str,
    wanted: impl Fn(&Record) -> bool,
) -> Result<Option<Record>, Fault> {
    let prefix = format!("drill-{}", database.chars().take(20).collect::<String>());
    let store = drill.world().store();
    let of_it = |run: &str| run.starts_with(&prefix);
    for key in closed_keys(store, drill.now(), MONTHS_BACK, MOST_LOOKED_BACK, of_it).await? {
        if let Some(record) = closed_record(store, &key).await?
            && record.plan.database == database
            && wanted(&record)
        {
            return Ok(Some(record));
        }
    }
    Ok(None)
}
