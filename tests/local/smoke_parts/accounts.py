"""What a check of a whole account asks: quotas, certificates, support of engines, upkeep, metrics, keys."""

import datetime
import json
import urllib.request

import cbor2

from .harness import PASSWORD, UTC, Stack, gone, refused, say, until

REGION = "eu-accounts-1"
DAY = datetime.timedelta(days=1)


def accounts(s: Stack) -> None:
    rds = s.client("rds", region=REGION)
    rds.create_db_cluster(DBClusterIdentifier="orders", Engine="aurora-mysql", MasterUsername="app", MasterUserPassword=PASSWORD, StorageEncrypted=True)
    rds.create_db_instance(DBInstanceIdentifier="gym", Engine="mysql", DBInstanceClass="db.t4g.small", AllocatedStorage=20, MasterUsername="app",
                           MasterUserPassword=PASSWORD, BackupRetentionPeriod=7)  # fmt: skip
    until(lambda: cluster(rds)["Status"] == "available" and instance(rds)["DBInstanceStatus"] == "available")
    lists(s, rds)
    upkeep(s, rds)
    metrics(s)
    keys(s, rds)


def cluster(rds) -> dict:
    return rds.describe_db_clusters(DBClusterIdentifier="orders")["DBClusters"][0]


def instance(rds) -> dict:
    return rds.describe_db_instances(DBInstanceIdentifier="gym")["DBInstances"][0]


def lists(s: Stack, rds) -> None:
    s.control("POST", "/quota", {"region": REGION, "name": "ManualClusterSnapshots", "most": 120})
    s.control("POST", "/snapshots", {"region": REGION, "id": "n-{n}", "source": "orders", "count": 110})
    told = {q["AccountQuotaName"]: (q["Used"], q["Max"]) for q in rds.describe_account_attributes()["AccountQuotas"]}
    assert told["ManualClusterSnapshots"] == (110, 120) and told["ManualSnapshots"] == (0, 100), told
    assert told["DBClusters"] == (1, 40) and told["DBInstances"] == (1, 40) and told["AllocatedStorage"][0] == 20
    s.control("POST", "/certificates", {"region": REGION, "id": "rds-ca-rsa2048-g1", "until": "2027-01-01T00:00:00Z"})
    authorities = rds.describe_certificates()
    until_when = {c["CertificateIdentifier"]: c["ValidTill"].year for c in authorities["Certificates"]}
    assert (until_when["rds-ca-rsa2048-g1"], until_when["rds-ca-rsa4096-g1"], until_when["rds-ca-2019"]) == (2027, 2121, 2024), until_when
    assert s.rds.describe_certificates(CertificateIdentifier="rds-ca-rsa2048-g1")["Certificates"][0]["ValidTill"].year == 2061
    refused("CertificateNotFound", rds.describe_certificates, CertificateIdentifier="nothing")
    s.control("POST", "/support", {"engine": "postgres", "major": "12", "standard_until": "2025-02-28", "extended_until": "2028-02-29"})
    versions = {(v["Engine"], v["MajorEngineVersion"]): v for v in rds.describe_db_major_engine_versions()["DBMajorEngineVersions"]}
    lives = {e["LifecycleSupportName"]: e["LifecycleSupportEndDate"].date().isoformat() for e in versions["postgres", "12"]["SupportedEngineLifecycles"]}
    assert lives == {"open-source-rds-standard-support": "2025-02-28", "open-source-rds-extended-support": "2028-02-29"}, lives
    assert len(rds.describe_db_major_engine_versions(Engine="postgres", MajorEngineVersion="13")["DBMajorEngineVersions"]) == 1
    windows = {b["DBInstanceIdentifier"]: b["RestoreWindow"] for b in rds.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]}
    assert windows["gym"]["LatestTime"] - windows["gym"]["EarliestTime"] == 7 * DAY
    say("quotas with what is used of them, certificate authorities, support of engines, restorable windows of instances that exist")


def upkeep(s: Stack, rds) -> None:
    shown = instance(rds)
    assert shown["CertificateDetails"]["CAIdentifier"] == shown["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"
    assert shown["CertificateDetails"]["ValidTill"] - datetime.datetime.now(UTC) > 300 * DAY and shown["PreferredMaintenanceWindow"]
    rds.modify_db_cluster(DBClusterIdentifier="orders", BackupRetentionPeriod=14, DeletionProtection=True, PreferredBackupWindow="01:00-01:30")
    rds.modify_db_instance(DBInstanceIdentifier="gym", BackupRetentionPeriod=14, DeletionProtection=True, ApplyImmediately=True)
    until(lambda: cluster(rds)["Status"] == "available" and instance(rds)["DBInstanceStatus"] == "available")
    shown = cluster(rds)
    assert (shown["BackupRetentionPeriod"], shown["DeletionProtection"], shown["PreferredBackupWindow"]) == (14, True, "01:00-01:30")
    assert (instance(rds)["BackupRetentionPeriod"], instance(rds)["DeletionProtection"]) == (14, True)
    rds.create_db_instance(DBInstanceIdentifier="orders-1", DBClusterIdentifier="orders", Engine="aurora-mysql", DBInstanceClass="db.r6g.large")
    until(lambda: rds.describe_db_instances(DBInstanceIdentifier="orders-1")["DBInstances"][0]["DBInstanceStatus"] == "available")
    for setting in ({"BackupRetentionPeriod": 20}, {"DeletionProtection": True}):
        refused("InvalidParameterCombination", rds.modify_db_instance, DBInstanceIdentifier="orders-1", **setting)
    point = "arn:aws:backup:eu-accounts-1:123456789012:recovery-point:continuous:1"
    s.control("POST", "/upkeep", {"kind": "cluster", "id": "orders", "api": {"AwsBackupRecoveryPointArn": point, "EngineLifecycleSupport": "open-source-rds-extended-support-disabled"}})
    details = {"CAIdentifier": "rds-ca-2019", "ValidTill": "2026-12-01T00:00:00Z"}
    s.control("POST", "/upkeep", {"kind": "instance", "id": "gy*", "api": {"CertificateDetails": details, "ReadReplicaSourceDBInstanceIdentifier": "far"}})
    shown = cluster(rds)
    assert (shown["AwsBackupRecoveryPointArn"], shown["EngineLifecycleSupport"]) == (point, "open-source-rds-extended-support-disabled")
    shown = instance(rds)
    assert shown["CertificateDetails"]["ValidTill"].year == 2026 and shown["ReadReplicaSourceDBInstanceIdentifier"] == "far"
    say("how databases are kept: windows, certificates, who owns the backups; set by Modify and by a test; members leave it to their cluster")


def metrics(s: Stack) -> None:
    region = {"region": REGION}
    for n in range(3):
        s.control("POST", "/metric", {**region, "cluster": "orders", "value": 1000 + n})
    s.control("POST", "/metric", {**region, "cluster": "docs", "namespace": "AWS/DocDB", "values": [5, None, 7], "days_ago": 40})
    cloudwatch = s.client("cloudwatch", region=REGION)
    today = datetime.datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    def query(id: str, cluster: str, namespace: str = "AWS/RDS") -> dict:
        metric = {"Namespace": namespace, "MetricName": "TotalBackupStorageBilled", "Dimensions": [{"Name": "DBClusterIdentifier", "Value": cluster}]}
        return {"Id": id, "MetricStat": {"Metric": metric, "Period": 86400, "Stat": "Sum"}}

    asked = {"StartTime": today - 60 * DAY, "EndTime": today + DAY}
    queries = [query("a", "orders"), query("b", "docs", "AWS/DocDB"), query("c", "nobody")]
    told = {r["Id"]: r for r in cloudwatch.get_metric_data(MetricDataQueries=queries, **asked)["MetricDataResults"]}
    assert told["a"]["Values"] == [3003.0] and told["a"]["Timestamps"] == [today - DAY], told["a"]
    assert told["b"]["Values"] == [7.0, 5.0] and told["b"]["Timestamps"][1] == today - 42 * DAY, told["b"]
    assert told["c"]["Values"] == [] and told["c"]["StatusCode"] == "Complete"
    # the Rust SDK asks in CBOR
    shown = in_cbor(s, {"MetricDataQueries": queries, **asked})["MetricDataResults"]
    assert [r["Values"] for r in shown] == [[3003.0], [7.0, 5.0], []] and shown[0]["Timestamps"] == [today - DAY], shown
    s.control("POST", "/metric", {**region, "cluster": "long", "values": list(range(30))})
    many = [query("l", "long"), *(query(f"n{n}", "nobody") for n in range(498)), query("z", "orders")]
    s.control("POST", "/metric-page", {"values": 20})
    pages = list(cloudwatch.get_paginator("get_metric_data").paginate(MetricDataQueries=many, **asked))
    s.control("POST", "/metric-page", {"values": 0})
    parts = [r for page in pages for r in page["MetricDataResults"] if r["Id"] == "l"]
    assert len(pages) == 2 and [p["StatusCode"] for p in parts] == ["PartialData", "Complete"], [len(p["MetricDataResults"]) for p in pages]
    assert [v for p in parts for v in p["Values"]] == [float(n) for n in reversed(range(30))]
    refused("ValidationError", cloudwatch.get_metric_data, MetricDataQueries=[*many, query("o", "orders")], **asked)
    cloudwatch.put_metric_data(Namespace="Lifeboat", MetricData=[{"MetricName": "Passed", "Value": 1}])
    say("daily sums of what AWS measures: several values of a day add up, a day or a cluster without one has none, older than two weeks; pages; 500 queries and no more")


def in_cbor(s: Stack, asked: dict) -> dict:
    headers = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor", "Accept": "application/cbor",
               "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/monitoring/aws4_request, SignedHeaders=host, Signature=local"}  # fmt: skip
    body = cbor2.dumps(asked, datetime_as_timestamp=True)
    url = f"{s.facts['endpoint']}/service/GraniteServiceVersion20100801/operation/GetMetricData"
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
        return cbor2.loads(answer.read())


def keys(s: Stack, rds) -> None:
    kms, named = s.client("kms", region=REGION), cluster(rds)["KmsKeyId"]
    told = kms.describe_key(KeyId=named)["KeyMetadata"]
    assert (told["Arn"], told["KeyState"], told["Enabled"], told["KeyManager"]) == (named, "Enabled", True, "AWS"), told
    own = f"arn:aws:kms:{REGION}:123456789012:key/55555555-5555-4555-8555-555555555555"
    assert gone("NotFoundException", kms.describe_key, KeyId=own)
    s.control("POST", "/snapshots", {"region": REGION, "id": "with-a-key", "source": "orders", "kms_key": own})
    assert kms.describe_key(KeyId=own)["KeyMetadata"]["KeyManager"] == "CUSTOMER"
    s.control("POST", "/key", {"arn": own, "state": "Disabled"})
    assert kms.describe_key(KeyId=own)["KeyMetadata"]["KeyState"] == "Disabled"
    s.control("POST", "/key", {"arn": own, "state": "PendingDeletion", "deleted_in_days": 12})
    told = kms.describe_key(KeyId=own)["KeyMetadata"]
    assert told["KeyState"] == "PendingDeletion" and 11 * DAY < told["DeletionDate"] - datetime.datetime.now(UTC) < 13 * DAY and not told["Enabled"]
    s.control("POST", "/key", {"arn": own, "state": "missing"})
    refused("NotFoundException", kms.describe_key, KeyId=own)
    made = kms.create_key()["KeyMetadata"]["Arn"]
    assert kms.describe_key(KeyId=made)["KeyMetadata"]["KeyState"] == "Enabled"
    assert json.dumps(s.control("GET", "/key")).count(own) == 1
    say("keys that RDS names are there; disabled, to be deleted, or gone, as told; keys that are made are ministack's own")
