"""What is different about DocumentDB: the same API, without some of its parameters, and copies that are protected."""

from .world import refuse

# What RDS's request has and DocumentDB's has not, of the parameters that a restore of a cluster could send.
UNKNOWN = """AssociatedRoles BacktrackWindow BackupRetentionPeriod DBClusterInstanceClass Domain DomainIAMRoleName
    EnableIAMDatabaseAuthentication EnablePerformanceInsights EngineLifecycleSupport EngineMode Iops MonitoringInterval MonitoringRoleArn
    OptionGroupName PerformanceInsightsKMSKeyId PerformanceInsightsRetentionPeriod PreferredBackupWindow PubliclyAccessible
    ScalingConfiguration TagSpecifications""".split()
UNKNOWN_TO_A_TIME = (*UNKNOWN, "DBClusterParameterGroupName", "SourceDbClusterResourceId")
UNKNOWN_FROM_A_SNAPSHOT = (*UNKNOWN, "DatabaseName")


def check(p: dict, unknown: tuple[str, ...]) -> None:
    for name in unknown:
        if p.get(name) is not None:
            raise refuse("InvalidParameterCombination", f"{name} is not supported for engine docdb.")


def protected(p: dict) -> bool:
    """A restored cluster is protected from deletion unless somebody says otherwise."""
    return p.get("DeletionProtection") is not False
