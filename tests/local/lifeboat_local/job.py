"""A job that ruins a database, as a nightly ETL does it: through the front door, with a login of its own, in one transaction.

    PGPASSWORD=... python -m lifeboat_local.job wipe --state FILE --kind cluster --id prod-orders --tables orders,order_lines
                   [--how delete | truncate | null:COLUMN] [--user app] [--database app] [--glue-job nightly-etl] [--region ...]

Prints, as JSON, when it began and ended, and how many rows (`null:COLUMN`: how many values) there were before and after. With
`--glue-job` Glue has a run that began then and failed, and EventBridge is told. A restore to before it began brings the rows back.
"""

import argparse
import json
import os
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql


def wipe(door: str, tables: list[str], how: str = "delete") -> dict:
    """`door` is what PostgreSQL's clients take as a connection string; all tables change, or none."""
    word, _, column = how.partition(":")
    if word not in ("delete", "truncate", "null") or (word == "null") != bool(column) or not tables:
        raise ValueError(f"want tables, and how: delete, truncate or null:COLUMN; got {tables}, {how!r}")
    names = [sql.SQL(".").join(map(sql.Identifier, name.split("."))) for name in tables]
    counted = sql.Identifier(column) if column else sql.SQL("*")
    change = {
        "delete": lambda name: sql.SQL("DELETE FROM {}").format(name),
        "truncate": lambda _: sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)),  # at once: they may refer to each other
        "null": lambda name: sql.SQL("UPDATE {} SET {} = NULL").format(name, sql.Identifier(column)),
    }[word]
    told = {"began": now()}
    with psycopg.connect(door, connect_timeout=10) as c:
        told["before"] = counts(c, tables, names, counted)
        for name in names[:1] if word == "truncate" else names:
            c.execute(change(name))
        told["after"] = counts(c, tables, names, counted)
    return told | {"ended": now()}


def counts(c: psycopg.Connection, tables: list[str], names: list, counted) -> dict[str, int]:
    query = sql.SQL("SELECT count({}) FROM {}")
    return {table: c.execute(query.format(counted, name)).fetchone()[0] for table, name in zip(tables, names, strict=True)}


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ask(facts: dict, method: str, path: str, body: dict | None = None):
    request = urllib.request.Request(facts["control"] + path, json.dumps(body).encode() if body else None, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def door(facts: dict, region: str, kind: str, id: str, user: str, database: str) -> str:
    """Of a cluster or an instance; the password is libpq's to find, in PGPASSWORD."""
    there = ask(facts, "GET", "/state").get(region, {}).get(kind, {})
    if id not in there:
        raise SystemExit(f"no {kind} {id} in {region}; there are: {', '.join(sorted(there)) or 'none'}")
    return f"host={there[id]['host']} port={there[id]['port']} user={user} dbname={database} sslmode=verify-full sslrootcert={facts['ca_file']}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="lifeboat_local.job", description="Ruins a database of a local stack.")
    command = parser.add_subparsers(dest="command", required=True).add_parser("wipe", help="wipe tables, or a column of them")
    command.add_argument("--state", required=True, type=Path, help="the file that the stack wrote")
    command.add_argument("--region", help="default: the stack's")
    command.add_argument("--kind", choices=("cluster", "instance"), default="cluster")
    command.add_argument("--id", required=True)
    command.add_argument("--tables", required=True, help="comma-separated; a table that refers to another one comes first")
    command.add_argument("--how", default="delete", help="delete, truncate or null:COLUMN")
    command.add_argument("--user", default="app")
    command.add_argument("--database", default="app")
    command.add_argument("--glue-job", help="the job that did it, and failed over it")
    a = parser.parse_args()
    if "PGPASSWORD" not in os.environ:
        parser.error("PGPASSWORD: want the password of --user")
    facts = json.loads(a.state.read_text())
    region = a.region or facts["region"]
    told = wipe(door(facts, region, a.kind, a.id, a.user, a.database), a.tables.split(","), a.how)
    if a.glue_job:
        run = {"state": "FAILED", "started": told["began"], "seconds": 1, "error": "The load after the cleaning failed."}
        told["glue_run"] = ask(facts, "POST", "/glue-runs", {"job": a.glue_job, "region": region, "runs": [run]})["ids"][0]
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
