//! Restore jobs of AWS Backup: what their words mean.

use super::status::{Health, health};
use crate::database::RestoreJob;
use crate::fault::{Class, classify};
use crate::verify::{Because, Verdict};

/// Whether it has done what it was asked for
pub(crate) fn is_complete(job: &RestoreJob) -> bool {
    job.status == "COMPLETED"
}

/// Whether it has ended without that
pub(crate) fn has_failed(job: &RestoreJob) -> bool {
    matches!(job.status.as_str(), "FAILED" | "ABORTED")
}

/// Whether it may still make something; so may one of a status that this version does not know
pub(super) fn is_under_way(job: &RestoreJob) -> bool {
    !is_complete(job) && !has_failed(job)
}

/// Whether it says that the name of its copy was taken
pub(super) fn says_taken(job: &RestoreJob) -> bool {
    let message = job.message.as_deref().unwrap_or_default();
    code_in(message).is_some_and(|code| classify(code) == Class::AlreadyExists)
        || message.to_lowercase().contains("already exists")
}

/// Words of messages that AWS Backup passes on without a code, in lower case. The first line that has one counts: what is
/// ours to mend stands before what is the backup's fault.
const WORDS: [(Because, &[&str]); 7] = [
    (Because::Interference, &["already exists"]),
    (
        Because::Permission,
        &[
            "not authorized",
            "access denied",
            "accessdenied",
            "insufficient privileges",
            "permission",
            "assume",
            "passrole",
        ],
    ),
    (Because::Quota, &["quota", "limit exceeded", "maximum number"]),
    (Because::Capacity, &["insufficient capacity", "not enough capacity", "insufficient db"]),
    (Because::Key, &["kms", "encryption key"]),
    (Because::Network, &["subnet", "security group", "vpc", "availability zone"]),
    (Because::Configuration, &["parameter group", "option group", "instance class", "invalid parameter", "metadata"]),
];

/// Words that say that the recovery point itself is of no use
const UNUSABLE: [&str; 6] = [
    "recovery point is expired",
    "recovery point has expired",
    "recovery point was not found",
    "recovery point does not exist",
    "snapshot is corrupt",
    "cannot be restored from this backup",
];

/// The verdict of a job that failed or was aborted. `came_up_as` is the status of what it made, where that is known.
///
/// A job fails for our settings as easily as for its backup. Only AWS's own word for an unusable backup makes the drill
/// fail: whatever else there is leaves the backup unjudged.
pub(super) fn verdict(job: &RestoreJob, came_up_as: Option<&str>) -> Verdict {
    let message = job.message.as_deref().unwrap_or("AWS Backup gave no reason");
    let said = format!("the restore job {} of AWS Backup is {}: {message}", job.id, job.status);
    let inconclusive = |because| Verdict::inconclusive(because, said.clone());
    let of_status = |because| match because {
        Because::BackupUnusable | Because::Key => Verdict::failed(because, said.clone()),
        other => inconclusive(other),
    };
    if job.status == "ABORTED" {
        return Verdict::inconclusive(Because::Other, format!("{said}; whether the backup is good was not learned"));
    }
    if let Some(Health::Broken(because)) = came_up_as.map(health) {
        return of_status(because);
    }
    if let Some(because) = code_in(message).and_then(because_of) {
        return of_status(because);
    }
    let low = message.to_lowercase();
    if let Some((because, _)) = WORDS.iter().find(|(_, words)| words.iter().any(|word| low.contains(word))) {
        return inconclusive(*because);
    }
    if UNUSABLE.iter().any(|words| low.contains(words)) || low.contains("incompatible-restore") {
        return Verdict::failed(Because::BackupUnusable, said);
    }
    Verdict::inconclusive(
        Because::Other,
        format!("{said}; this does not say that the backup is bad, only that it was not restored"),
    )
}

/// AWS's code in a message: `… (Service: AmazonRDS; Status Code: 403; Error Code: AccessDenied; Request ID: …)`
fn code_in(message: &str) -> Option<&str> {
    let low = message.to_ascii_lowercase();
    let at = low.find("error code: ")?.checked_add("error code: ".len())?;
    message.get(at..)?.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').next().filter(|code| !code.is_empty())
}

fn because_of(code: &str) -> Option<Because> {
    match classify(code) {
        Class::Backup => Some(Because::BackupUnusable),
        Class::Quota => Some(Because::Quota),
        Class::Capacity => Some(Because::Capacity),
        Class::Permission => Some(Because::Permission),
        Class::Network => Some(Because::Network),
        Class::Configuration => Some(Because::Configuration),
        Class::AlreadyExists => Some(Because::Interference),
        Class::Key
        | Class::Transient
        | Class::Unknown
        | Class::NotFound
        | Class::Conflict
        | Class::WrongState
        | Class::Permanent => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::VerdictWord;

    fn of(status: &str, message: &str, came_up_as: Option<&str>) -> (VerdictWord, Because) {
        let message = Some(message.to_owned()).filter(|message| !message.is_empty());
        let job = RestoreJob { id: "JOB-1".to_owned(), status: status.to_owned(), message, created_arn: None };
        let verdict = verdict(&job, came_up_as);
        assert!(verdict.reason.contains("JOB-1"), "{}", verdict.reason);
        (verdict.word, verdict.because)
    }

    #[test]
    fn only_aws_own_word_for_a_bad_backup_fails_the_drill() {
        use Because::*;
        let service =
            |code: &str| format!("No way (Service: AmazonRDS; Status Code: 400; Error Code: {code}; Request ID: 1)");
        let bad = [
            (service("InvalidRestoreFault"), None, BackupUnusable),
            (service("DBClusterSnapshotNotFoundFault"), None, BackupUnusable),
            ("the copy did not come up".to_owned(), Some("incompatible-restore"), BackupUnusable),
            ("The recovery point has expired.".to_owned(), None, BackupUnusable),
            ("copy".to_owned(), Some("inaccessible-encryption-credentials"), Key),
        ];
        for (message, status, because) in bad {
            assert_eq!(of("FAILED", &message, status), (VerdictWord::Failed, because), "{message}");
        }
        let ours = [
            (service("AccessDenied"), Permission),
            (service("DBClusterQuotaExceededFault"), Quota),
            (service("InsufficientDBClusterCapacityFault"), Capacity),
            (service("DBSubnetGroupNotFoundFault"), Network),
            (service("InvalidParameterCombination"), Configuration),
            (service("DBClusterAlreadyExistsFault"), Interference),
            (service("KMSKeyNotAccessibleFault") + " the KMS key", Key),
            ("The role cannot be assumed by AWS Backup".to_owned(), Permission),
            ("drill-orders-202611221800 already exists".to_owned(), Interference),
            ("Insufficient permissions to read the snapshot of an expired recovery point".to_owned(), Permission),
            ("Something else went wrong with the backup".to_owned(), Other),
            (String::new(), Other),
        ];
        for (message, because) in ours {
            assert_eq!(of("FAILED", &message, None), (VerdictWord::Inconclusive, because), "{message}");
        }
    }

    #[test]
    fn a_job_that_was_aborted_says_nothing_about_the_backup() {
        let message = "Error Code: InvalidRestoreFault";
        assert_eq!(of("ABORTED", message, None), (VerdictWord::Inconclusive, Because::Other));
    }
}
