//! What AWS Backup says when a restore test is done: a request to look into what it restored.
//!
//! The event is best effort and comes late, twice or never. It says what there is to look at; whether it is true the run asks AWS
//! Backup before it does anything (`DescribeRestoreJob`). AWS may add to it: keys that are not needed are not read.

use jiff::Timestamp;
use serde_json::Value;

use crate::policy::{Mistakes, Policy, found};
use crate::restore::{Plan, SourceChoice};

/// A restore test that is done
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreTested {
    /// Id of the restore job
    pub job: String,
    /// ARN of the recovery point
    pub recovery_point: String,
    /// The vault that it is in, by name
    pub vault: String,
    /// `Aurora`, `RDS`, `DocumentDB`
    pub resource_type: String,
    /// Identifier of what the recovery point is of
    pub source: String,
    /// ARN of what was restored
    pub made: String,
    /// Its identifier
    pub identifier: String,
    /// Whether it is a cluster
    pub clustered: bool,
    /// When the restore began
    pub began_at: Timestamp,
    /// When it was done
    pub completed_at: Timestamp,
}

/// The kinds of resources that Lifeboat looks into
const KINDS: [&str; 3] = ["Aurora", "RDS", "DocumentDB"];
/// Characters of an id or an ARN at most
const LONGEST: usize = 2048;

/// The restore test that an event of AWS Backup is about; `None` for everything else that it says, which only wakes the function up:
/// other jobs, other states, other resources.
pub(super) fn restore_tested(event: &Value) -> Option<Result<RestoreTested, Mistakes>> {
    let detail = |key: &str| event.pointer(&format!("/detail/{key}"));
    let is = |key: &str, word: &str| detail(key).and_then(Value::as_str) == Some(word);
    let what = event.get("detail-type").and_then(Value::as_str);
    // A test of another service is none of ours; what it is of is written in every event.
    let ours = detail("resourceType").and_then(Value::as_str).is_none_or(|kind| KINDS.contains(&kind));
    let is_test = detail("restoreTestingPlanArn").is_some_and(|arn| !arn.is_null());
    let is_done = what == Some("Restore Job State Change") && is("status", "COMPLETED");
    (is_done && is_test && ours).then(|| read(event))
}

fn read(event: &Value) -> Result<RestoreTested, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut text = |key: &str, allowed: &str, fits: &dyn Fn(&str) -> bool| {
        let value = event.pointer(&format!("/detail/{key}"));
        let good = value.and_then(Value::as_str).filter(|text| text.len() <= LONGEST && fits(text)).map(str::to_owned);
        if good.is_none() {
            let was = value.map_or_else(|| "is missing".to_owned(), found);
            mistakes.add(&format!("detail.{key}"), was, allowed, None);
        }
        good
    };
    let job = text("restoreJobId", "the id of a restore job", &is_id);
    let plan = text("restoreTestingPlanArn", "the ARN of a restore-testing plan", &|arn| {
        arn.starts_with("arn:") && arn.contains(":restore-testing-plan:")
    });
    let kind = text("resourceType", "Aurora, RDS or DocumentDB", &|kind| KINDS.contains(&kind));
    let recovery_point = text("recoveryPointArn", "the ARN of a recovery point", &|arn| arn.starts_with("arn:"));
    let vault = text("backupVaultArn", "the ARN of a vault", &|arn| vault_of(arn).is_some());
    let source = text("sourceResourceArn", "the ARN of a cluster or an instance", &|arn| Arn::of(arn).is_some());
    let made = text("createdResourceArn", "the ARN of a cluster or an instance", &|arn| Arn::of(arn).is_some());
    let done = text("completionDate", "a time in RFC 3339", &|at| at.parse::<Timestamp>().is_ok());
    let began = event.pointer("/detail/creationDate").and_then(Value::as_str).and_then(|at| at.parse().ok());
    if let (Some(source), Some(made)) = (source.as_deref().and_then(Arn::of), made.as_deref().and_then(Arn::of))
        && source.without_name() != made.without_name()
    {
        let allowed = "of the kind, account and region of the source";
        mistakes.add("detail.createdResourceArn", format!("is {:?}", made.whole), allowed, None);
    }
    let all = || {
        let (made, source) = (made?, source?);
        let (of, from) = (Arn::of(&made)?, Arn::of(&source)?);
        let completed_at: Timestamp = done?.parse().ok()?;
        plan?;
        Some(RestoreTested {
            job: job?,
            recovery_point: recovery_point?,
            vault: vault_of(&vault?)?.to_owned(),
            resource_type: kind?,
            source: from.name.to_owned(),
            identifier: of.name.to_owned(),
            clustered: of.kind == "cluster",
            made: made.clone(),
            began_at: began.filter(|at| *at <= completed_at).unwrap_or(completed_at),
            completed_at,
        })
    };
    let tested = if mistakes.is_empty() { all() } else { None };
    mistakes.or(tested)
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// `arn:aws:backup:eu-west-1:123456789012:backup-vault:prod`
fn vault_of(arn: &str) -> Option<&str> {
    let (before, name) = arn.split_once(":backup-vault:")?;
    (before.starts_with("arn:") && !name.is_empty() && !name.contains(':')).then_some(name)
}

/// `arn:aws:rds:eu-west-1:123456789012:cluster:prod-orders`
struct Arn<'a> {
    whole: &'a str,
    kind: &'a str,
    name: &'a str,
}

impl<'a> Arn<'a> {
    fn of(whole: &'a str) -> Option<Self> {
        let parts: Vec<&str> = whole.split(':').collect();
        let [_, _, "rds", _, _, kind @ ("cluster" | "db"), name] = parts.as_slice() else { return None };
        (whole.starts_with("arn:") && !name.is_empty()).then_some(Self { whole, kind, name })
    }

    fn without_name(&self) -> &str {
        self.whole.strip_suffix(self.name).unwrap_or(self.whole)
    }
}

/// The plan of a validation, where a database of the policy was tested: that database's own sandbox and checks
pub fn plan_of_test(policy: &Policy, tested: &RestoreTested) -> Option<Plan> {
    let (name, database) = policy.databases.iter().find(|(_, database)| {
        database.identifier.eq_ignore_ascii_case(&tested.source) && database.kind.is_clustered() == tested.clustered
    })?;
    let source = SourceChoice::RecoveryPoint { vaults: vec![tested.vault.clone()] };
    Some(super::plans::plan_of(policy, (name, database), &database.sandbox, source))
}
