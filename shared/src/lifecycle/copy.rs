//! One copy: its name, the call that makes it, and whether it is there.

use jiff::tz::TimeZone;

use super::group::{COPY_PREFIX, is_our_copy, place};
use super::keep::{COPY, taken_at};
use super::tags::TAKEN_AT;
use crate::database::{Snapshot, Tags};
use crate::policy::CopyTo;
use crate::restore::{PURPOSE, RUN, SOURCE, fitted};

/// Most tags of one resource (RDS API, `Tag`)
const MOST_TAGS: usize = 50;

/// A copy to be made, by a call in the **destination** region
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopySnapshot {
    /// The database's name in the policy
    pub database: String,
    /// ARN of the snapshot
    pub source_arn: String,
    /// Whether it is a cluster's
    pub clustered: bool,
    /// Identifier of the copy
    pub target: String,
    /// Region that it goes to
    pub region: String,
    /// KMS key of that region; set exactly where the snapshot is encrypted
    pub kms_key: Option<String>,
    /// Option group that the copy has to name, as the snapshot's is not the default one; it has to exist there
    pub option_group: Option<String>,
    /// The snapshot's tags and ours
    pub tags: Tags,
}

/// The identifier of a snapshot's copy: of its name and the time it was taken, as a name may be used again
pub fn copy_id(snapshot: &Snapshot) -> Option<String> {
    let taken = taken_at(snapshot)?.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M%S").to_string();
    Some(fitted(COPY_PREFIX, &snapshot.identifier.to_lowercase(), &taken))
}

/// Whether a snapshot of the other region is one of this snapshot, by its name or by what AWS says
pub(super) fn is_copy_of(copy: &Snapshot, source: &Snapshot, target: &str) -> bool {
    let same_kind = place(&copy.arn).map(|at| at.clustered) == place(&source.arn).map(|at| at.clustered);
    same_kind && (copy.identifier == target || copy.details.copied_from.as_deref() == Some(source.arn.as_str()))
}

/// Whether a copy is complete; an error where its place is taken by something else, or it failed
pub(super) fn stands(copy: &Snapshot, source: &Snapshot, database: &str) -> Result<bool, String> {
    let from_it = copy.details.copied_from.as_deref() == Some(source.arn.as_str());
    if !from_it && !is_our_copy(copy, database) {
        return Err(format!("{} is there, but not as a copy of it: rename or delete that one", copy.identifier));
    }
    match copy.status.as_str() {
        "available" => Ok(true),
        "failed" => Err(format!("its copy {} failed: delete it there, and the next run begins again", copy.identifier)),
        _ => Ok(false),
    }
}

/// The command that deletes a copy of ours that failed, as its arguments; empty for anything else
pub(super) fn deletion(copy: &Snapshot, database: &str, region: &str) -> Vec<String> {
    if copy.status != "failed" || !is_our_copy(copy, database) {
        return Vec::new();
    }
    let (call, key) = match place(&copy.arn) {
        Some(at) if at.clustered => ("delete-db-cluster-snapshot", "--db-cluster-snapshot-identifier"),
        Some(_) => ("delete-db-snapshot", "--db-snapshot-identifier"),
        None => return Vec::new(),
    };
    ["aws", "rds", call, key, &copy.identifier, "--region", region].map(str::to_owned).to_vec()
}

/// The call that makes a copy; an error where it cannot be made, which says what to do
pub(super) fn act(
    database: &str,
    snapshot: &Snapshot,
    target: String,
    to: &CopyTo,
    identifier: &str,
) -> Result<CopySnapshot, String> {
    let clustered = place(&snapshot.arn).is_some_and(|at| at.clustered);
    match (&to.kms_key_id, snapshot.encrypted) {
        (None, true) => {
            return Err(format!("it is encrypted: name a KMS key of {} as kms_key_id in copy_to", to.region));
        }
        (Some(_), false) if clustered => {
            return Err("it is not encrypted, and AWS cannot encrypt it while copying: leave kms_key_id out".to_owned());
        }
        (Some(_), false) => {
            return Err("it is not encrypted, and a copy is not made into something else than its snapshot: leave \
                        kms_key_id out"
                .to_owned());
        }
        _ => {}
    }
    let option_group = snapshot.details.option_group.clone();
    Ok(CopySnapshot {
        database: database.to_owned(),
        source_arn: snapshot.arn.clone(),
        clustered,
        tags: tags(snapshot, &target, identifier),
        target,
        region: to.region.clone(),
        kms_key: to.kms_key_id.clone(),
        option_group: option_group.filter(|group| !clustered && !group.starts_with("default:")),
    })
}

/// The snapshot's own tags, as far as there is room and AWS takes them back, and ours over them
fn tags(snapshot: &Snapshot, target: &str, identifier: &str) -> Tags {
    let taken = taken_at(snapshot).map(|at| at.to_string()).unwrap_or_default();
    let ours = [(PURPOSE, COPY), (SOURCE, identifier), (RUN, target), (TAKEN_AT, taken.as_str())];
    let theirs =
        |key: &str| !key.starts_with("aws:") && !key.starts_with("rds:") && ours.iter().all(|(known, _)| *known != key);
    let kept = snapshot.tags.iter().filter(|(key, _)| theirs(key)).take(MOST_TAGS - ours.len());
    let kept = kept.map(|(key, value)| (key.clone(), value.clone()));
    kept.chain(ours.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))).collect()
}
