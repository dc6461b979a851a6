//! Errors at the AWS edge, typed and classified.
//!
//! AWS's codes are inconsistent: some carry the suffix `Fault` on the wire, some do not, quota errors come as HTTP 403. So
//! the class is taken from the code alone, with and without the suffix, and never from the HTTP status.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What an error means for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Too many calls, a 5xx, no connection: the act was not done; ask again later
    Transient,
    /// The reply was lost or could not be read: the act may have been done; look
    Unknown,
    /// It is not there
    NotFound,
    /// A resource of that name exists already
    AlreadyExists,
    /// A conditional write lost its race, or something else changed meanwhile
    Conflict,
    /// The resource is in a state that does not allow this yet
    WrongState,
    /// AWS has no capacity for this class or zone now
    Capacity,
    /// A limit of the account is reached
    Quota,
    /// Access was denied
    Permission,
    /// Subnets, VPC or security groups do not fit
    Network,
    /// A parameter or a group named in the policy does not fit
    Configuration,
    /// A KMS key cannot be used
    Key,
    /// The backup itself cannot be used
    Backup,
    /// An error that this version does not know
    Permanent,
}

impl Class {
    /// Whether waiting may help
    pub fn passes_by_itself(self) -> bool {
        matches!(self, Self::Transient | Self::Unknown | Self::WrongState | Self::Conflict)
    }

    /// The class in words, for mails and answers
    pub fn words(self) -> &'static str {
        match self {
            Self::Transient => "a passing fault of AWS or the network",
            Self::Unknown => "a lost reply",
            Self::NotFound => "not found",
            Self::AlreadyExists => "the name is taken",
            Self::Conflict => "changed by somebody else meanwhile",
            Self::WrongState => "not in a state that allows it",
            Self::Capacity => "no capacity at AWS",
            Self::Quota => "a quota of the account",
            Self::Permission => "a missing permission",
            Self::Network => "the network settings",
            Self::Configuration => "the settings asked for",
            Self::Key => "a KMS key that cannot be used",
            Self::Backup => "the backup itself",
            Self::Permanent => "an error that does not pass by itself",
        }
    }
}

/// Codes by what they mean, without the suffix `Fault`.
///
/// Source: the error tables of the RDS, DocumentDB, AWS Backup, KMS, Glue and S3 API models.
const CODES: [(Class, &[&str]); 12] = [
    (
        Class::Transient,
        &[
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "Throttled",
            "RequestLimitExceeded",
            "TooManyRequestsException",
            "SlowDown",
            "ServiceUnavailable",
            "ServiceUnavailableException",
            "InternalFailure",
            "InternalError",
            "InternalServerError",
            "InternalServiceError",
            "ServiceException",
            "RequestTimeout",
            "RequestTimeoutException",
            "PriorRequestNotComplete",
            "BandwidthLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "KMSThrottling",
            "KMSInternalException",
            "DependencyTimeoutException",
            "InternalServiceException",
            "OperationTimeoutException",
        ],
    ),
    // AWS Backup's, where a service behind it failed
    (Class::Unknown, &["DependencyFailureException"]),
    (Class::Conflict, &["PreconditionFailed", "ConditionalRequestConflict", "OperationAborted"]),
    (Class::AlreadyExists, &["DBProxyTargetAlreadyRegistered"]),
    (
        Class::Capacity,
        &["InsufficientDBInstanceCapacity", "InsufficientDBClusterCapacity", "InsufficientStorageClusterCapacity"],
    ),
    (
        Class::Permission,
        &[
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedOperation",
            "AuthorizationError",
            "AuthorizationErrorException",
            "NotAuthorized",
            "AuthFailure",
            "InvalidClientTokenId",
            "ExpiredToken",
            "ExpiredTokenException",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
            "OptInRequired",
            "IamRoleMissingPermissions",
        ],
    ),
    (
        Class::Network,
        &[
            "InvalidSubnet",
            "DBSubnetGroupNotFound",
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "InvalidVPCNetworkState",
            "VpcEncryptionControlViolationException",
            "NetworkTypeNotSupported",
            "InsufficientAvailableIPsInSubnet",
        ],
    ),
    (Class::Key, &["KMSKeyNotAccessible", "KMSAccessDenied", "KMSDisabled", "KMSInvalidState", "KMSNotFound"]),
    (
        Class::Backup,
        &[
            "InvalidRestore",
            "PointInTimeRestoreNotEnabled",
            "DBClusterAutomatedBackupNotFound",
            "DBInstanceAutomatedBackupNotFound",
            "DBSnapshotNotFound",
            "DBClusterSnapshotNotFound",
        ],
    ),
    (
        Class::Configuration,
        &[
            "InvalidParameterValue",
            "InvalidParameterCombination",
            "ValidationError",
            "StorageTypeNotSupported",
            "StorageTypeNotAvailable",
            "CertificateNotFound",
            "BackupPolicyNotFound",
            "DBParameterGroupNotFound",
            "DBClusterParameterGroupNotFound",
            "OptionGroupNotFound",
            "InvalidDBSubnetGroupState",
            "ProvisionedIopsNotAvailableInAZ",
            "DomainNotFound",
            "InvalidParameter",
            "InvalidParameterException",
            "InvalidParameterValueException",
            "InvalidRequestException",
            "MissingParameter",
            "MissingParameterValueException",
            "InvalidArnException",
            "InvalidExportOnly",
            "IamRoleNotFound",
            "InvalidInputException",
        ],
    ),
    (Class::NotFound, &["NoSuchKey", "NoSuchBucket"]),
    (
        Class::WrongState,
        &["InvalidDBInstanceStateException", "InvalidResourceStateException", "ResourceConflictException"],
    ),
];

/// The class of an AWS error code, whichever service it comes from, with or without the suffix `Fault`.
pub fn classify(code: &str) -> Class {
    let bare = code.strip_suffix("Fault").unwrap_or(code);
    if let Some((class, _)) = CODES.iter().find(|(_, codes)| codes.contains(&bare)) {
        return *class;
    }
    match bare {
        _ if bare.contains("QuotaExceeded") || bare.contains("LimitExceeded") => Class::Quota,
        _ if bare.contains("AlreadyExists") => Class::AlreadyExists,
        _ if bare.contains("NotFound") => Class::NotFound,
        _ if bare.starts_with("Invalid") && bare.ends_with("State") => Class::WrongState,
        _ => Class::Permanent,
    }
}

/// Codes of a call that AWS turned away at the door, as there were too many. A part of the transient ones.
const THROTTLED: [&str; 10] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "Throttled",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
    "BandwidthLimitExceeded",
];

/// A failed call to AWS: what was asked, of what, and what came back.
pub struct Fault {
    /// What it means
    pub class: Class,
    /// The operation, `rds:CreateDBInstance`
    pub operation: &'static str,
    /// What it was asked for: an identifier, a key, an ARN
    pub resource: String,
    /// AWS's code; empty when none came
    pub code: String,
    /// AWS's message, or the transport's
    pub message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A fault of a known class
    pub fn new(class: Class, operation: &'static str, resource: &str, code: &str, message: &str) -> Self {
        Self {
            class,
            operation,
            resource: resource.to_owned(),
            code: code.to_owned(),
            message: message.to_owned(),
            source: None,
        }
    }

    /// Whether it was one call too many: nothing was done, and the same call at a slower pace is taken
    pub fn is_throttled(&self) -> bool {
        THROTTLED.contains(&self.code.as_str())
    }

    /// The same, with the error it came from
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}: ", self.operation, self.resource)?;
        match (self.code.is_empty(), self.message.is_empty()) {
            (false, false) => write!(f, "{}: {}", self.code, self.message),
            (false, true) => f.write_str(&self.code),
            (true, false) => f.write_str(&self.message),
            (true, true) => f.write_str(self.class.words()),
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({:?})", self.class)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_the_same_with_and_without_the_suffix() {
        let table = [
            ("DBClusterNotFound", Class::NotFound),
            ("DBInstanceNotFound", Class::NotFound),
            ("DBClusterAlreadyExists", Class::AlreadyExists),
            ("DBClusterQuotaExceeded", Class::Quota),
            ("InstanceQuotaExceeded", Class::Quota),
            ("SnapshotQuotaExceeded", Class::Quota),
            ("InvalidDBClusterState", Class::WrongState),
            ("InvalidDBInstanceState", Class::WrongState),
            ("InvalidDBSnapshotState", Class::WrongState),
            ("InsufficientDBInstanceCapacity", Class::Capacity),
            ("InsufficientDBClusterCapacity", Class::Capacity),
            ("KMSKeyNotAccessible", Class::Key),
            ("InvalidRestore", Class::Backup),
            ("PointInTimeRestoreNotEnabled", Class::Backup),
            ("DBSnapshotNotFound", Class::Backup),
            ("DBClusterSnapshotNotFound", Class::Backup),
            ("DBSubnetGroupNotFound", Class::Network),
            ("InvalidVPCNetworkState", Class::Network),
            ("InvalidSubnet", Class::Network),
            ("DBClusterParameterGroupNotFound", Class::Configuration),
            ("InvalidParameterCombination", Class::Configuration),
            ("AccessDenied", Class::Permission),
            ("Throttling", Class::Transient),
            ("RequestLimitExceeded", Class::Transient),
            ("PreconditionFailed", Class::Conflict),
            ("ResourceNotFoundException", Class::NotFound),
            ("AlreadyExistsException", Class::AlreadyExists),
            ("InvalidResourceStateException", Class::WrongState),
            ("InvalidRequestException", Class::Configuration),
            ("MissingParameterValueException", Class::Configuration),
            ("DependencyFailureException", Class::Unknown),
            ("LimitExceededException", Class::Quota),
            ("DBClusterSnapshotAlreadyExists", Class::AlreadyExists),
            ("DBSnapshotAlreadyExists", Class::AlreadyExists),
            ("InvalidDBClusterSnapshotState", Class::WrongState),
            ("InvalidDBClusterAutomatedBackupState", Class::WrongState),
            ("ExportTaskAlreadyExists", Class::AlreadyExists),
            ("ExportTaskNotFound", Class::NotFound),
            ("InvalidExportSourceState", Class::WrongState),
            ("InvalidExportOnly", Class::Configuration),
            ("IamRoleNotFound", Class::Configuration),
            ("IamRoleMissingPermissions", Class::Permission),
            ("NotFoundException", Class::NotFound),
            ("InvalidArnException", Class::Configuration),
            ("KMSInternalException", Class::Transient),
            ("DBClusterRoleAlreadyExists", Class::AlreadyExists),
            ("DBInstanceRoleAlreadyExists", Class::AlreadyExists),
            ("DBClusterRoleQuotaExceeded", Class::Quota),
            ("DBInstanceRoleQuotaExceeded", Class::Quota),
            ("ResourceNotFound", Class::NotFound),
            ("InvalidResourceState", Class::WrongState),
            ("DBProxyNotFound", Class::NotFound),
            ("DBProxyTargetGroupNotFound", Class::NotFound),
            ("DBProxyTargetNotFound", Class::NotFound),
            ("DBProxyTargetAlreadyRegistered", Class::AlreadyExists),
            ("InvalidDBProxyState", Class::WrongState),
            ("InsufficientAvailableIPsInSubnet", Class::Network),
            ("CertificateNotFound", Class::Configuration),
            ("BackupPolicyNotFound", Class::Configuration),
            ("StorageTypeNotAvailable", Class::Configuration),
            ("EntityNotFoundException", Class::NotFound),
            ("InvalidInputException", Class::Configuration),
            ("InternalServiceException", Class::Transient),
            ("OperationTimeoutException", Class::Transient),
            ("NeverHeardOfIt", Class::Permanent),
        ];
        for (code, class) in table {
            assert_eq!(classify(code), class, "{code}");
            assert_eq!(classify(&format!("{code}Fault")), class, "{code}Fault");
        }
    }

    #[test]
    fn what_is_throttled_is_transient_and_not_everything_transient_is_throttled() {
        let throttled = |code| Fault::new(classify(code), "rds:DeleteDBSnapshot", "one", code, "").is_throttled();
        for code in THROTTLED {
            assert!(throttled(code) && classify(code) == Class::Transient, "{code}");
        }
        for code in ["InternalFailure", "ServiceUnavailable", "SnapshotQuotaExceeded", "LimitExceededException", ""] {
            assert!(!throttled(code), "{code}");
        }
    }

    #[test]
    fn a_quota_is_no_missing_permission_though_both_come_as_403() {
        assert_eq!(classify("DBClusterQuotaExceededFault"), Class::Quota);
        assert_eq!(classify("AccessDenied"), Class::Permission);
    }
}
