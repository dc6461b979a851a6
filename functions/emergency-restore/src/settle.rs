//! What a request to bring a database back comes to: the backup, and the database that its copy is to mirror.

use lifeboat::database::{Kind, RestoreMetadata, Seen};
use lifeboat::fault::{Class, Fault};
use lifeboat::policy::{Database, Method, Policy};
use lifeboat::ports::{Blueprints, NamedSnapshots, Vaults};
use lifeboat::recover::{Blueprint, Facts, Questions, Resolved, ask_for, backup_arn, job_of, resolve};
use lifeboat::request::{StartRecovery, Wanted};
use lifeboat::restore::{Point, Purpose};
use lifeboat::run::RunError;
use lifeboat::verify::{Login, with_defaults};

use crate::{EmergencyRestore, Visit, World, begin, look, remember};

/// What a request comes to
#[derive(Debug)]
pub struct Settled {
    /// The backup
    pub resolved: Resolved,
    /// What is mirrored
    pub blueprint: Blueprint,
    /// What is worth knowing of it
    pub notes: Vec<String>,
}

/// Works it out.
pub async fn settle<W: World>(
    function: &EmergencyRestore<W>,
    policy: &Policy,
    (name, database): (&str, &Database),
    request: &StartRecovery,
    visit: &Visit,
) -> Result<Settled, RunError> {
    let (facts, resolved) = resolved(function, policy, name, request, visit).await?;
    let resolved = from_vault(function, database, request, resolved, visit).await?;
    let (blueprint, notes) = blueprint(function, (name, database), (&facts, &resolved), request, visit).await?;
    Ok(Settled { resolved, blueprint, notes })
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
    let Some(mut facts) = facts.pop() else {
        return Err(RunError::bad_request(format!("{name} is not in the policy")));
    };
    if let Wanted::Snapshot(named) = &request.from {
        look_for(function, &mut facts, named, visit).await?;
    }
    let resolved = resolve(request, function.now(), &zone, &facts, &job)
        .map_err(|mistakes| RunError::bad_request(mistakes.to_string()))?;
    Ok((facts, resolved))
}

/// A snapshot that is none of the database's own: of another one, or of another account that shares it
async fn look_for<W: World>(
    function: &EmergencyRestore<W>,
    facts: &mut Facts,
    named: &str,
    visit: &Visit,
) -> Result<(), RunError> {
    let Seen::Present(all) = &mut facts.snapshots else { return Ok(()) };
    if named == "latest" || all.iter().any(|one| one.identifier == named || one.arn == named) {
        return Ok(());
    }
    let read = function.world().databases().named_snapshot(named, facts.kind.is_clustered());
    match visit.call(function, "rds:DescribeSnapshots (named)", named, read).await {
        Ok(found) => all.extend(found),
        // AWS refuses a name of another region, or of no form of its own: such a one is not here.
        Err(fault) if fault.class == Class::Configuration => {}
        Err(fault) => {
            let words = format!("the snapshot {named} could not be looked up: {fault}. Nothing was made");
            return Err(as_it_passes(&fault, words));
        }
    }
    look::keys_of(function, std::slice::from_mut(facts), visit).await;
    Ok(())
}

/// What AWS Backup says that the restore of a recovery point needs
async fn from_vault<W: World>(
    function: &EmergencyRestore<W>,
    database: &Database,
    request: &StartRecovery,
    resolved: Resolved,
    visit: &Visit,
) -> Result<Resolved, RunError> {
    let Point::RecoveryPoint { arn, vault, .. } = &resolved.point else { return Ok(resolved) };
    let read = function.world().vaults().restore_metadata(vault, arn);
    let returned = match visit.call(function, "backup:GetRecoveryPointRestoreMetadata", arn, read).await {
        Ok(returned) => returned,
        // A dry run lists what it is not allowed, and goes on.
        Err(fault) if request.dry_run && fault.class == Class::Permission => RestoreMetadata::new(),
        Err(fault) => {
            let words =
                format!("{arn} was not restored, as nothing tells what its restore needs: {fault}. Nothing was made");
            return Err(as_it_passes(&fault, words));
        }
    };
    let role = database.sandbox.restore_role.as_deref();
    resolved.of_vault(returned, role).map_err(|mistakes| RunError::bad_request(mistakes.to_string()))
}

fn as_it_passes(fault: &Fault, words: String) -> RunError {
    if fault.class.passes_by_itself() { RunError::unavailable(words) } else { RunError::bad_request(words) }
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
    let mut notes: Vec<String> = begin::said(&request.with).into_iter().collect();
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
    // What lies in another region is restored there, where networks, zones and keys are others.
    let (blueprint, abroad) = match backup_arn(facts, &resolved.point) {
        Some(arn) => blueprint.abroad(arn),
        None => (blueprint, Vec::new()),
    };
    notes.extend(abroad);
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
pub(crate) fn questions(database: &Database, blueprint: &Blueprint, purpose: Purpose) -> Questions {
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
