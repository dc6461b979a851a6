//! Requests to bring a database back: a record is born, and the run goes as far as it can at once.

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{Kind, Seen};
use lifeboat::fault::Class;
use lifeboat::mail::plan_of_recovery_message;
use lifeboat::moment;
use lifeboat::policy::{Database, Method, Policy};
use lifeboat::ports::{Blueprints, Store};
use lifeboat::recover::{
    Blueprint, Copy, Entered, Facts, From, Phase, Questions, Record, Resolved, VERSION, Wish, ask_for, dry_run, job_of,
    recovery_id, resolve,
};
use lifeboat::request::{StartRecovery, Wanted, With};
use lifeboat::restore::{Point, Purpose, open_key};
use lifeboat::run::RunError;
use lifeboat::verify::{Login, with_defaults};
use serde_json::{Value, json};

use crate::records::{self, Found, MOST_OPEN, OPEN, run_of};
use crate::run::{Progress, advance};
use crate::{EmergencyRestore, Visit, World, look, remember, status, tick, windows, words};

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
        && let Some(found) = records::find(function, &run, &visit).await?
    {
        return again(function, request, found, until, &visit).await;
    }
    let (facts, resolved) = resolved(function, &policy, name, request, &visit).await?;
    let (blueprint, notes) = blueprint(function, (name, database), (&facts, &resolved), request, &visit).await?;
    if request.dry_run {
        let wish = Wish {
            run: &run,
            database: name,
            purpose,
            blueprint: &blueprint,
            resolved: &resolved,
            expires_at: ends(request, now),
            quotas: &Seen::Absent,
            denied: &[],
        };
        let plan = dry_run(&wish);
        let message = plan_of_recovery_message(&plan, &resolved.point, request, &policy.timezone);
        visit.end()?;
        return Ok(json!({"message": message, "dry_run": true, "plan": plan, "notes": notes,
                         "time": visit.took(function)}));
    }
    let record = Record {
        version: VERSION,
        run: run.clone(),
        purpose,
        database: name.to_owned(),
        region: None,
        requested_at: now,
        asked_for: asked_for(request),
        questions: questions(database, &blueprint, purpose),
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
    let others = others(function, name, &run, &visit).await;
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

fn said(with: &With) -> Option<String> {
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

/// What was seen, and what the request comes to
async fn resolved<W: World>(
    function: &EmergencyRestore<W>,
    policy: &Policy,
    name: &str,
    request: &StartRecovery,
    visit: &Visit,
) -> Result<(Facts, Resolved), RunError> {
    let (zone, wanted) = (policy.zone(), [name]);
    let job = async {
        match job_of(request) {
            Some(job) => look::failed_run(function, &job, visit).await,
            None => Seen::Absent,
        }
    };
    let (mut facts, job) = tokio::join!(look::facts(function, policy, &wanted, visit), job);
    let Some(facts) = facts.pop() else {
        return Err(RunError::bad_request(format!("{name} is not in the policy")));
    };
    let resolved = resolve(request, function.now(), &zone, &facts, &job)
        .map_err(|mistakes| RunError::bad_request(mistakes.to_string()))?;
    if let Point::RecoveryPoint { .. } = &resolved.point {
        return Err(RunError::bad_request(words::not_from_a_vault(&resolved, &facts)));
    }
    Ok((facts, resolved))
}

/// What is mirrored: the database as it is, or as it is remembered; with what the request says, and small for an inspection
async fn blueprint<W: World>(
    function: &EmergencyRestore<W>,
    (name, database): (&str, &Database),
    (facts, resolved): (&Facts, &Resolved),
    request: &StartRecovery,
    visit: &Visit,
) -> Result<(Blueprint, Vec<String>), RunError> {
    let (identifier, clustered) = (database.identifier.as_str(), database.kind.is_clustered());
    let read = match facts.living {
        Seen::Absent => Ok(None),
        // Of something that was deleted and made anew under its name, the new one is what people had last.
        Seen::Present(_) | Seen::Unknown(_) => {
            let read = function.world().databases().blueprint(identifier, clustered);
            visit.call(function, "rds:Describe (blueprint)", identifier, read).await
        }
    };
    let read = read.map_err(|fault| {
        let what = format!("{identifier} could not be read, so its copy would not be the same: {fault}");
        RunError::unavailable(format!("{what}. Nothing was made; ask again"))
    })?;
    let mut notes: Vec<String> = said(&request.with).into_iter().collect();
    let blueprint = if let Some(blueprint) = read {
        blueprint
    } else {
        let known = remember::remembered(function, (name, database), facts, resolved, visit).await;
        let Some((blueprint, said)) = known else {
            let why = "nobody knows how it was set up: no record saw it, and RDS retains nothing of it";
            return Err(RunError::bad_request(format!("{identifier} is gone, and {why}")));
        };
        notes.push(format!("{identifier} is gone: {said}"));
        blueprint
    };
    let blueprint = blueprint.with(&request.with);
    if request.inspect_for.is_none() {
        ask_for(&blueprint).map_err(|mistakes| RunError::bad_request(mistakes.to_string()))?;
        return Ok((blueprint, notes));
    }
    let mut small = blueprint.for_inspection(&database.sandbox.for_restore());
    let is_let_in_by_secret =
        database.sandbox.login.as_ref().is_some_and(|login| login.method == Method::ManagedSecret);
    // It is nobody's but the asker's: a new master password harms no application.
    small.settings.managed_secret |= is_let_in_by_secret;
    ask_for(&small).map_err(|mistakes| RunError::bad_request(mistakes.to_string()))?;
    Ok((small, notes))
}

/// Whether and how the copy's data is questioned. A recovery's master password is the application's: RDS manages it only
/// where it managed the source's, as anything else would change the database's own login.
fn questions(database: &Database, blueprint: &Blueprint, purpose: Purpose) -> Questions {
    let cannot = |why: &str| Questions::Cannot { why: why.to_owned() };
    let Some(login) = &database.sandbox.login else {
        return cannot("the policy names no login for its copies (sandbox.login); look at the data by hand");
    };
    let way_in = match &login.method {
        Method::Iam { .. } if !blueprint.settings.iam_auth && database.kind != Kind::Documentdb => {
            return cannot(
                "the source does not let anybody in by IAM, so neither does its copy; look at the data by hand",
            );
        }
        Method::Iam { user } => Login::Iam { user: user.clone() },
        Method::ManagedSecret if purpose == Purpose::Recovery && !blueprint.settings.managed_secret => {
            return cannot(
                "the policy's login is a managed secret, and the source's master password is not managed by RDS: letting \
                 RDS manage the copy's would change the password that applications may use; look at the data by hand, or \
                 ask for an inspection",
            );
        }
        Method::ManagedSecret => Login::ManagedSecret { secret_arn: None },
    };
    let named = &database.checks;
    Questions::Ask { checks: with_defaults(named), login: way_in, database: login.database.clone() }
}

/// Writes the first record. What is there already is answered instead: the same request came twice at once.
async fn born<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    visit: &Visit,
) -> Result<Option<Found>, RunError> {
    let run = &record.run;
    let refused = |fault: lifeboat::fault::Fault| {
        RunError::unavailable(format!("{run} was not begun, and nothing was made: {fault}. Ask again"))
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

/// Other recoveries of this database that are under way: two people at three in the morning should know of each other
async fn others<W: World>(function: &EmergencyRestore<W>, name: &str, run: &str, visit: &Visit) -> Vec<String> {
    let listed = visit.call(function, "s3:ListObjects", OPEN, function.world().store().list(OPEN, MOST_OPEN)).await;
    let keys = match listed {
        Ok(keys) => keys,
        Err(fault) => {
            tracing::warn!(error = %fault, "other runs could not be listed");
            return Vec::new();
        }
    };
    let prefix = recovery_id(Purpose::Recovery, name, Timestamp::UNIX_EPOCH);
    let prefix = prefix.trim_end_matches(|c: char| c.is_ascii_digit());
    let runs = keys.iter().filter_map(|key| run_of(key)).filter(|other| *other != run);
    runs.filter(|other| other.strip_prefix(prefix).is_some_and(|rest| rest.len() == 14)).map(str::to_owned).collect()
}

/// Where the copy comes from, for the log of whoever reads an answer
pub(crate) fn source_of(from: &From) -> String {
    match from {
        From::Source(identifier) => identifier.clone(),
        From::Retained(id) => format!("what RDS retains of {id}"),
    }
}

/// An instant of a record in words
pub(crate) fn at(at: Timestamp, record: &Record) -> String {
    moment::both(at, &moment::zone(&record.timezone).unwrap_or(jiff::tz::TimeZone::UTC))
}
