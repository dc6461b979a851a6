"""Time as the RDS endpoint sees it: naive UTC, as moto's parser and serialiser want it, cut to milliseconds as AWS shows it."""

from datetime import UTC, datetime, timedelta


def exact() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def now() -> datetime:
    return floor(exact())


def floor(t: datetime) -> datetime:
    return t.replace(microsecond=t.microsecond // 1000 * 1000)


def ago(seconds: float) -> datetime:
    return now() - timedelta(seconds=seconds)


def text(t: datetime) -> str:
    return t.isoformat(timespec="milliseconds") + "Z"


def parse(s: str) -> datetime:
    t = datetime.fromisoformat(s.replace("Z", "+00:00"))
    return t.astimezone(UTC).replace(tzinfo=None) if t.tzinfo else t


def from_seconds(t: float) -> datetime:
    return datetime.fromtimestamp(t, UTC).replace(tzinfo=None)
