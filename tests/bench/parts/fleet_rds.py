"""RDS of a large account: lists of a hundred a page, made beforehand; one snapshot, some of them by filter, its sharing, its deletion."""

import re
from collections import defaultdict
from datetime import timedelta

from .fleet import PAGE, Fleet
from .fleet_rest import Answer
from .scene import REGION, iso

FILTER = re.compile(r"Filters\.(?:Filter|member)\.(\d+)\.(?:Name|Values\.(?:Value|member)\.\d+)$")
# List operations that have the same form: name, list, element
EMPTY_LISTS = {
    "DescribeDBSnapshots": "DBSnapshots",
    "DescribeExportTasks": "ExportTasks",
    "DescribeDBClusterAutomatedBackups": "DBClusterAutomatedBackups",
    "DescribeDBInstanceAutomatedBackups": "DBInstanceAutomatedBackups",
    "DescribeEvents": "Events",
}
NOT_FOUND = {
    "DescribeDBClusters": "DBClusterNotFoundFault",
    "DescribeDBInstances": "DBInstanceNotFound",
    "DescribeDBClusterSnapshots": "DBClusterSnapshotNotFoundFault",
    "DescribeDBSnapshots": "DBSnapshotNotFound",
}


def envelope(action: str, inside: str) -> bytes:
    meta = "<ResponseMetadata><RequestId>c18c5b1e-3d9a-4c4a-9b8e-5a7b1c2d3e4f</RequestId></ResponseMetadata>"
    result = f"<{action}Result>{inside}</{action}Result>"
    return f'<{action}Response xmlns="http://rds.amazonaws.com/doc/2014-10-31/">{result}{meta}</{action}Response>'.encode()


def error(code: str, message: str, status: int = 404) -> Answer:
    said = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    request = "<RequestId>c18c5b1e-3d9a-4c4a-9b8e-5a7b1c2d3e4f</RequestId>"
    return Answer(status, f"<ErrorResponse>{said}{request}</ErrorResponse>".encode(), "text/xml")


class Listing:
    """Things in their order, by name"""

    def __init__(self, action: str, of: str, names: list[str], make) -> None:
        self.action, self.of, self.names, self.make = action, of, names, make
        self.places = {name: place for place, name in enumerate(names)}
        self.gone: set[str] = set()
        self.made: dict[int, bytes] = {}
        for start in range(0, len(names), PAGE):
            self.page(start, PAGE)

    def page(self, start: int, size: int) -> bytes:
        """Markers are places, so that a deletion moves nothing from one page to another"""
        end = min(start + size, len(self.names))
        touched = bool(self.gone) and not self.gone.isdisjoint(self.names[start:end])
        if size == PAGE and not touched and start in self.made:
            return self.made[start]
        inside = self.some(range(start, end)) + (f"<Marker>{end}</Marker>" if end < len(self.names) else "")
        body = envelope(self.action, inside)
        if size == PAGE and not touched:
            self.made[start] = body
        return body

    def some(self, places) -> str:
        found = [self.make(place) for place in places if self.names[place] not in self.gone]
        return f"<{self.of}>{''.join(found)}</{self.of}>"

    def there(self, name: str) -> int | None:
        name = name.lower().rpartition(":")[2]
        return None if name in self.gone else self.places.get(name)


class Rds:
    def __init__(self, fleet: Fleet) -> None:
        clusters, snapshots = range(fleet.clusters), range(fleet.snapshots)
        self.fleet, self.deleted = fleet, set()
        self.pages_read: dict[str, set[int]] = defaultdict(set)
        self.lists = {
            "DescribeDBClusters": Listing("DescribeDBClusters", "DBClusters", [fleet.cluster(n) for n in clusters], fleet.cluster_xml),
            "DescribeDBInstances": Listing(
                "DescribeDBInstances", "DBInstances", [f"{fleet.cluster(n)}-1" for n in clusters], fleet.instance_xml
            ),
            "DescribeDBClusterSnapshots": Listing(
                "DescribeDBClusterSnapshots", "DBClusterSnapshots", [fleet.snapshot(n) for n in snapshots], fleet.snapshot_xml
            ),
        }
        self.snapshots = self.lists["DescribeDBClusterSnapshots"]
        self.filters = {
            "db-cluster-id": fleet.cluster,
            "db-instance-id": lambda number: f"{fleet.cluster(number)}-1",
            "db-cluster-snapshot-id": fleet.snapshot,
            "snapshot-type": lambda _number: "manual",
            "engine": lambda _number: "aurora-postgresql",
        }

    def answer(self, action: str, given: dict[str, str]) -> Answer:
        if action in self.lists:
            return self._list(action, given)
        if action == "DeleteDBClusterSnapshot":
            return self._delete(given.get("DBClusterSnapshotIdentifier", ""))
        if action == "DescribeDBClusterSnapshotAttributes":
            return self._sharing(given.get("DBClusterSnapshotIdentifier", ""))
        if action == "DescribeAccountAttributes":
            return self._answer(action, quotas(self.fleet))
        if action == "DescribeCertificates":
            return self._answer(action, CERTIFICATES)
        if action == "DescribeDBMajorEngineVersions":
            return self._answer(action, versions(self.fleet))
        if action in NOT_FOUND and any(name.endswith("Identifier") for name in given):
            return error(NOT_FOUND[action], "there is none of that name")
        if action in EMPTY_LISTS:
            return self._answer(action, f"<{EMPTY_LISTS[action]}/>")
        if action.startswith("Describe"):
            return Answer(200, envelope(action, ""), "text/xml", known=False)
        found = error("InvalidAction", f"the bench does not play {action}", 400)
        found.known = False
        return found

    def _answer(self, action: str, inside: str) -> Answer:
        return Answer(200, envelope(action, inside), "text/xml")

    def _list(self, action: str, given: dict[str, str]) -> Answer:
        listing = self.lists[action]
        own = {"DescribeDBClusters": "DBClusterIdentifier", "DescribeDBInstances": "DBInstanceIdentifier"}
        own_name = given.get(own.get(action, "DBClusterSnapshotIdentifier"))
        if own_name:
            place = listing.there(own_name)
            if place is None:
                return error(NOT_FOUND[action], f"{own_name} is not there")
            return self._answer(action, listing.some([place]))
        filters = read_filters(given)
        if action == "DescribeDBClusterSnapshots":
            if given.get("SnapshotType", "manual") != "manual":
                return self._answer(action, listing.some([]))
            if cluster := given.get("DBClusterIdentifier"):
                filters["db-cluster-id"] = {cluster}
        start, size = int(given.get("Marker") or 0), int(given.get("MaxRecords") or PAGE)
        if not 20 <= size <= PAGE:
            return error("InvalidParameterValue", "MaxRecords is 20 to 100", 400)
        if not filters:
            self.pages_read[action].add(start)
            return Answer(200, listing.page(start, size), "text/xml")
        if unknown := set(filters) - set(self.filters):
            return error("InvalidParameterValue", f"Unrecognized filter name: {', '.join(unknown)}", 400)
        places = self._filtered(action, listing, filters)
        more = f"<Marker>{start + size}</Marker>" if start + size < len(places) else ""
        return self._answer(action, listing.some(places[start : start + size]) + more)

    def _filtered(self, action: str, listing: Listing, filters: dict[str, set[str]]) -> list[int]:
        """Names of the list's own things are looked up: a filter of a hundred of ten thousand is no reason to walk over all"""
        own = {"DescribeDBClusters": "db-cluster-id", "DescribeDBInstances": "db-instance-id"}.get(action, "db-cluster-snapshot-id")
        names = filters.get(own)
        places = range(len(listing.names)) if names is None else sorted(p for p in map(listing.there, names) if p is not None)
        rest = {name: values for name, values in filters.items() if name != own}

        def fits(place: int) -> bool:
            number = place % self.fleet.clusters if action == "DescribeDBClusterSnapshots" else place
            return all(
                self.filters[name](number if name == "db-cluster-id" else place) in {value.rpartition(":")[2] for value in values}
                for name, values in rest.items()
            )

        return [place for place in places if listing.names[place] not in listing.gone and fits(place)]

    def _delete(self, name: str) -> Answer:
        place = self.snapshots.there(name)
        if place is None:
            return error("DBClusterSnapshotNotFoundFault", f"DBClusterSnapshot {name} not found")
        inside = self.snapshots.make(place)
        self.snapshots.gone.add(self.snapshots.names[place])
        self.deleted.add(self.snapshots.names[place])
        return self._answer("DeleteDBClusterSnapshot", inside.replace("<Status>available", "<Status>deleted"))

    def _sharing(self, name: str) -> Answer:
        place = self.snapshots.there(name)
        if place is None:
            return error("DBClusterSnapshotNotFoundFault", f"DBClusterSnapshot {name} not found")
        attribute = "<AttributeName>restore</AttributeName><AttributeValues/>"
        inside = f"<DBClusterSnapshotIdentifier>{self.snapshots.names[place]}</DBClusterSnapshotIdentifier><DBClusterSnapshotAttributes>"
        inside += f"<DBClusterSnapshotAttribute>{attribute}</DBClusterSnapshotAttribute></DBClusterSnapshotAttributes>"
        of = "DBClusterSnapshotAttributesResult"
        return self._answer("DescribeDBClusterSnapshotAttributes", f"<{of}>{inside}</{of}>")


def read_filters(given: dict[str, str]) -> dict[str, set[str]]:
    names, values = {}, defaultdict(set)
    for key, value in given.items():
        if found := FILTER.match(key):
            if key.endswith(".Name"):
                names[found[1]] = value
            else:
                values[found[1]].add(value)
    return {name: values[number] for number, name in names.items()}


def quotas(fleet: Fleet) -> str:
    used = {"DBClusters": fleet.clusters, "ManualClusterSnapshots": fleet.snapshots, "DBInstances": fleet.clusters}
    quota = "".join(
        f"<AccountQuota><AccountQuotaName>{name}</AccountQuotaName><Used>{number}</Used><Max>20000</Max></AccountQuota>"
        for name, number in used.items()
    )
    return f"<AccountQuotas>{quota}</AccountQuotas>"


def versions(fleet: Fleet) -> str:
    def lifecycle(name: str, years: int) -> str:
        until = iso(fleet.now() + timedelta(days=365 * years))
        inside = f"<LifecycleSupportName>{name}</LifecycleSupportName><LifecycleSupportEndDate>{until}</LifecycleSupportEndDate>"
        return f"<SupportedEngineLifecycle>{inside}</SupportedEngineLifecycle>"

    lifecycles = lifecycle("open-source-rds-standard-support", 2) + lifecycle("open-source-rds-extended-support", 5)
    version = "<Engine>aurora-postgresql</Engine><MajorEngineVersion>16</MajorEngineVersion>"
    version += f"<SupportedEngineLifecycles>{lifecycles}</SupportedEngineLifecycles>"
    return f"<DBMajorEngineVersions><DBMajorEngineVersion>{version}</DBMajorEngineVersion></DBMajorEngineVersions>"


CERTIFICATES = f"""<Certificates><Certificate><CertificateIdentifier>rds-ca-rsa2048-g1</CertificateIdentifier>
<CertificateType>CA</CertificateType><Thumbprint>2fa77ef894d983ba9d37ad699f64fd7a0a1c4d9c</Thumbprint>
<ValidFrom>2021-05-25T22:34:57Z</ValidFrom><ValidTill>2061-05-25T23:34:57Z</ValidTill>
<CertificateArn>arn:aws:rds:{REGION}::cert:rds-ca-rsa2048-g1</CertificateArn>
</Certificate></Certificates>"""
