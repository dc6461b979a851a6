//! Requests to bring a database back: a record is born, and the run goes as far as it can at once.

use jiff::{SignedDuration, Timestamp};
use lifeboat::fault::{Class, Fault};
use lifeboat::moment;
use lifeboat::ports::Store;
use lifeboat::recover::{Copy, Entered, From, Phase, Record, VERSION, recovery_id};
use lifeboat::request::{StartRecovery, Wanted, With};
use lifeboat::restore::{Purpose, open_key};
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::plan::{self, Planned};
use crate::records::{self, Found, MOST_OPEN, OPEN, run_of};
use crate::run::{Progress, advance};
use crate::settle::{self, Settled};
use crate::{EmergencyRestore, Visit, World, status, tick, windows, words};

/// How a note begins that repeats what a request said of the database
const SAID: &str = "said with the request: ";

/// Brings a database back, or says what would be done.
pub async fn restore<W: World>(
    function: &EmergencyRestore<W>,
    request: &StartRecovery,
    until: Timestamp,
) -> Result<Value, RunError> {
    let visit = Visit::begin(function);
    let policy = function.policy().await?;
    let name = windows::known(&policy, &request.database)?;
    let Some(database) = policy.database(name) else {
        return Err(RunError::bad_request(format!("{name} is not in the policy")));
    };
    let now = function.now();
    let purpose = if request.inspect_for.is_some() { Purpose::Inspection } else { Purpose::Recovery };
    let run = recovery_id(purpose, name, request.scheduled_time.unwrap_or(now));
    // The same request again: what it meant the first time counts, whatever "1 hour ago" means by now.
    if !request.dry_run
        && let Some(found) = records::find(function, &run, &visit).await.map_err(|error| unkept(function, error))?
    {
        return again(function, request, found, until, &visit).await;
    }
    let Settled { resolved, blueprint, notes } =
        Box::pin(settle::settle(function, &policy, (name, database), request, &visit)).await?;
    if request.dry_run {
        let plan = Planned { run: &run, database: name, purpose, expires_at: ends(request, now) };
        let settled = Settled { resolved, blueprint, notes };
        return Box::pin(plan::plan(function, &plan, &settled, request, &policy.timezone, &visit)).await;
    }
    let record = Record {
        version: VERSION,
        run: run.clone(),
        purpose,
        database: name.to_owned(),
        region: function.world().region(),
        requested_at: now,
        asked_for: asked_for(request),
        restore_job: None,
        questions: settle::questions(database, &blueprint, purpose),
        blueprint,
        point: resolved.point,
        from: resolved.from,
        timezone: policy.timezone.clone(),
        phase: Phase::Restoring,
        phases: vec![Entered { phase: Phase::Restoring, at: now }],
        acts: std::collections::BTreeMap::default(),
        given_up: Vec::new(),
        copy: Copy::default(),
        answers: None,
        verdict: None,
        differences: None,
        expires_at: ends(request, now),
        cut_over: None,
        cut_overs: 0,
        told: Vec::new(),
        notes,
    };
    let others = others(function, name, &run, &visit).await.unwrap_or_else(|fault| {
        tracing::warn!(error = %fault, "other runs could not be listed");
        Vec::new()
    });
    if let Some(found) = born(function, &record, &visit).await? {
        return again(function, request, found, until, &visit).await;
    }
    let progress = Box::pin(advance(function, &run, until, &visit)).await;
    Ok(answer(function, &record, &progress, &resolved.told, &others, &visit))
}

fn answer<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    progress: &Progress,
    told: &str,
    others: &[String],
    visit: &Visit,
) -> Value {
    let now = function.now();
    let stands = match progress {
        Progress::Waits { record, .. } | Progress::Filed { record } => record,
        Progress::Skipped => record,
    };
    let mut answer = tick::answer(function, &record.run, progress);
    // A trouble of the first step is the run's own: it is in its record, and the next tick goes on. An error here would
    // only hide the run's id from whoever waits for it.
    let troubles = visit.end().err().map(|error| error.message);
    if let Value::Object(fields) = &mut answer {
        fields.insert("message".to_owned(), json!(words::begun(stands, told, others, troubles.as_deref(), now)));
        fields.insert("told".to_owned(), json!(told));
        fields.insert("others_under_way".to_owned(), json!(others));
        fields.insert("trouble".to_owned(), json!(troubles));
        fields.insert("time".to_owned(), visit.took(function));
    }
    answer
}

/// The request came before: the run goes on, and its answer says where it stands
async fn again<W: World>(
    function: &EmergencyRestore<W>,
    request: &StartRecovery,
    found: Found,
    until: Timestamp,
    visit: &Visit,
) -> Result<Value, RunError> {
    let Found { record, etag } = found;
    let run = &record.run;
    if let Some(difference) = differs(request, &record) {
        let run_again = "Ask again with another scheduled_time, or without one";
        return Err(RunError::bad_request(format!(
            "{run} was begun already, and {difference}. Nothing was done for this request. {run_again}"
        )));
    }
    if etag.is_some() {
        advance(function, run, until, visit).await;
    }
    visit.end()?;
    let mut answer = status::status(function, run).await?;
    if let Value::Object(fields) = &mut answer {
        fields.insert("was_begun_before".to_owned(), json!(true));
    }
    Ok(answer)
}

/// How a request differs from the one that a record was born of
fn differs(request: &StartRecovery, record: &Record) -> Option<String> {
    let wanted = asked_for(request);
    if record.asked_for != wanted {
        return Some(format!("it restores {}, not {wanted}", record.asked_for));
    }
    let said = said(&request.with);
    let was = record.notes.iter().find(|note| note.starts_with(SAID));
    (was != said.as_ref()).then(|| "something else was said in \"with\" then".to_owned())
}

/// The backup as it was asked for
fn asked_for(request: &StartRecovery) -> String {
    match &request.from {
        Wanted::Time(text) => text.clone(),
        Wanted::Snapshot(name) => format!("snapshot {name}"),
        Wanted::RecoveryPoint(name) => format!("recovery point {name}"),
    }
}

pub(crate) fn said(with: &With) -> Option<String> {
    let mut parts = Vec::new();
    let mut part = |key: &str, value: Option<String>| parts.extend(value.map(|value| format!("{key} {value}")));
    part("subnet_group", with.subnet_group.clone());
    part("security_groups", with.security_groups.as_ref().map(|groups| groups.join(" ")));
    part("parameter_group", with.parameter_group.clone());
    part("instance_class", with.instance_class.clone());
    part("readers", with.readers.map(|readers| readers.to_string()));
    (!parts.is_empty()).then(|| format!("{SAID}{}", parts.join(", ")))
}

fn ends(request: &StartRecovery, now: Timestamp) -> Option<Timestamp> {
    let span: SignedDuration = request.inspect_for?;
    let end = now.saturating_add(span).unwrap_or(now);
    Some(end.round(jiff::Unit::Second).unwrap_or(end))
}

/// Writes the first record. What is there already is answered instead: the same request came twice at once.
async fn born<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    visit: &Visit,
) -> Result<Option<Found>, RunError> {
    let run = &record.run;
    let refused = |fault: Fault| {
        let words = format!("{run} was not begun, and nothing was made: {fault}. Ask again");
        unkept(function, RunError::unavailable(words))
    };
    let body = records::body(record).map_err(refused)?;
    let (key, store) = (open_key(run), function.world().store());
    match visit.call(function, "s3:PutObject", &key, store.create(&key, body.clone())).await {
        Ok(_) => {
            tracing::info!(run, "a recovery begins");
            Ok(None)
        }
        Err(fault) if matches!(fault.class, Class::Conflict | Class::Unknown) => {
            // Somebody else's, or our own whose reply was lost: what lies there tells.
            match visit.call(function, "s3:GetObject", &key, store.read(&key)).await.map_err(refused)? {
                Some(stored) if stored.body == body => Ok(None),
                _ => records::find(function, run, visit).await?.map(Some).ok_or_else(|| refused(fault)),
            }
        }
        Err(fault) => Err(refused(fault)),
    }
}

/// Without its record no run is begun. Where the bucket is lost with its region, another one does.
fn unkept<W: World>(function: &EmergencyRestore<W>, error: RunError) -> RunError {
    if error.kind != RunError::unavailable("").kind {
        return error;
    }
    let bucket = function.bucket();
    RunError::unavailable(format!(
        "{}. The record of a run is kept in the bucket {bucket}, and without it nothing is begun. If that bucket is lost, name one of \
         this region in LIFEBOAT_BUCKET, and a copy of the policy in LIFEBOAT_POLICY (file:…); what can be restored, and a \
         dry run, need no bucket then",
        error.message
    ))
}

/// Other recoveries of this database that are under way: two people at three in the morning should know of each other
pub(crate) async fn others<W: World>(
    function: &EmergencyRestore<W>,
    name: &str,
    run: &str,
    visit: &Visit,
) -> Result<Vec<String>, Fault> {
    let listed = visit.call(function, "s3:ListObjects", OPEN, function.world().store().list(OPEN, MOST_OPEN)).await;
    let keys = listed?;
    let prefix = recovery_id(Purpose::Recovery, name, Timestamp::UNIX_EPOCH);
    let prefix = prefix.trim_end_matches(|c: char| c.is_ascii_digit());
    let runs = keys.iter().filter_map(|key| run_of(key)).filter(|other| *other != run);
    let of_it = runs.filter(|other| other.strip_prefix(prefix).is_some_and(|rest| rest.len() == 14));
    Ok(of_it.map(str::to_owned).collect())
}

/// Where the copy comes from, for the log of whoever reads an answer
pub(crate) fn source_of(record: &Record) -> String {
    match &record.from {
        From::Source(identifier) => identifier.clone(),
        From::Vault { .. } => record.blueprint.identifier.clone(),
        From::Retained(id) => format!("what RDS retains of {id}"),
    }
}

/// An instant of a record in words
pub(crate) fn at(at: Timestamp, record: &Record) -> String {
    moment::both(at, &moment::zone(&record.timezone).unwrap_or(jiff::tz::TimeZone::UTC))
}
