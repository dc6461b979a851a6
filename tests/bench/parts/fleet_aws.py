"""A whole account over TLS on loopback: RDS, CloudWatch, S3, SNS, KMS, AWS Backup, STS behind one port.

A process of its own. `python -m parts.fleet_aws FOLDER` makes certificates in FOLDER, prints one line of JSON (port, CA) and then
takes a line of JSON at a time: `{"fleet": {…}, "throttle": {…}}` makes a new account, `{}` asks what has happened to it so far.

Every answer, a refusal too, leaves 30 ms after its request has come, however many are under way: nobody gains or loses by the
fake's own work as long as that takes less. Pages are made before the first call. Which service is meant is in the signature.
"""

import asyncio
import gzip
import json
import os
import re
import ssl
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from . import cbor, fleet_rest
from .bucket import throttle
from .fake_aws import HOST, make_certificates
from .fleet import Fleet
from .fleet_rds import Rds
from .fleet_rest import Answer

LATENCY_SECONDS = 0.030
LARGEST_REQUEST = 16 << 20
SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([a-z0-9-]+)/aws4_request")


class Account:
    """What there is and what has been done to it"""

    def __init__(self, fleet: Fleet, refuse: dict) -> None:
        self.fleet = fleet
        self.rds, self.rest = Rds(fleet), fleet_rest.Rest(fleet)
        self.bucket, self.refuse = throttle(refuse), refuse
        self.calls, self.throttled = Counter(), Counter()
        self.unknown: set[str] = set()
        self.latest = 0.0

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        scope = SCOPE.search(headers.get("authorization", ""))
        if not scope:
            self.calls["unsigned"] += 1
            return Answer(403, b"{}")
        service, url = scope[1], urlsplit(target)
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        name, protocol, given = self._understood(service, method, url.path, url.query, headers, body)
        self.calls[name] += 1
        if self._is_throttled(service):
            self.throttled[name] += 1
            return refusal(protocol)
        if service == "rds":
            found = self.rds.answer(name.partition(" ")[2], given)
        elif service == "s3":
            found = self.rest.s3(method, url.path, dict(parse_qsl(url.query, keep_blank_values=True)), headers, body)
        else:
            found = self.rest.answer(service, name.partition(" ")[2], protocol, given)
        if not found.known:
            self.unknown.add(name)
        return found

    def _understood(self, service: str, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> tuple[str, str, dict]:
        """The call's name, its protocol and what it was given"""
        if headers.get("smithy-protocol") == "rpc-v2-cbor":
            return f"{service} {path.rpartition('/')[2]}", "cbor", cbor.decode(body) if body else {}
        if target := headers.get("x-amz-target"):
            return f"{service} {target.rpartition('.')[2]}", "json", json.loads(body or b"{}")
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            return f"{service} {form.get('Action', '?')}", "query", form
        if service == "s3":
            return f"s3 {method} {unquote(path).strip('/').partition('/')[2] or 'bucket'}", "xml", {}
        return f"{service} {fleet_rest.operation(method, path)}", "rest", {"path": path, "query": query}

    def _is_throttled(self, service: str) -> bool:
        """A bucket is RDS's own; every so-many-th call is refused of whatever service, S3 apart, whose limits are far away"""
        counts = service == "rds" or (service != "s3" and "every" in self.refuse)
        return counts and not self.bucket.admits()

    def told(self) -> dict:
        gone, wanted = self.rds.deleted, self.fleet.to_go()
        return {
            "calls": dict(self.calls),
            "throttled": dict(self.throttled),
            "unknown": sorted(self.unknown),
            "deleted": len(gone),
            "left": len(wanted - gone),
            "wrongly_deleted": sorted(gone - wanted)[:5],
            "pages": {operation: sorted(pages) for operation, pages in self.rds.pages_read.items()},
            "queries": self.rest.queries,
            "written": {key: body.decode(errors="replace") for key, body in self.rest.written.items()},
            "slowest_ms": self.latest * 1000,
        }


def refusal(protocol: str) -> Answer:
    code, message = "Throttling", "Rate exceeded"
    if protocol == "query":
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        body = f"<ErrorResponse>{error}<RequestId>c18c5b1e-3d9a-4c4a-9b8e-5a7b1c2d3e4f</RequestId></ErrorResponse>".encode()
        return Answer(400, body, "text/xml")
    if protocol == "cbor":
        body = cbor.encode({"__type": "com.amazonaws.cloudwatch#ThrottlingException", "message": message})
        return Answer(400, body, "application/cbor", "smithy-protocol: rpc-v2-cbor\r\n")
    body = json.dumps({"__type": "ThrottlingException", "message": message}).encode()
    return Answer(400, body, "application/json", "x-amzn-errortype: ThrottlingException\r\n")


class Connection(asyncio.Protocol):
    """HTTP/1.1 without pipelining, which no SDK does"""

    def __init__(self, server: "Server") -> None:
        self.server, self.data, self.transport = server, bytearray(), None
        self.came = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.server.connections += 1

    def data_received(self, data: bytes) -> None:
        self.came = time.monotonic()
        self.data += data
        try:
            self._look()
        except (ValueError, KeyError, IndexError) as error:
            self.server.broken.append(f"{type(error).__name__}: {error}")
            self.transport.abort()

    def _look(self) -> None:
        end = self.data.find(b"\r\n\r\n")
        if len(self.data) > LARGEST_REQUEST:
            raise ValueError("the request is too long")
        if end < 0:
            return
        first, *lines = bytes(self.data[:end]).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if "chunked" in headers.get("transfer-encoding", ""):
            raise ValueError("a body of this kind is not expected")
        whole = end + 4 + int(headers.get("content-length", "0"))
        if len(self.data) < whole:
            if headers.get("expect") == "100-continue" and len(self.data) == end + 4:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return
        body, self.data = bytes(self.data[end + 4 : whole]), self.data[whole:]
        method, target, _ = first.split(" ", 2)
        self._answer(self.server.account.answer(method, target, headers, body))

    def _answer(self, answer: Answer) -> None:
        loop, account = self.server.loop, self.server.account
        whole = answer.head() + answer.body
        due = self.came + LATENCY_SECONDS

        def send() -> None:
            account.latest = max(account.latest, time.monotonic() - self.came)
            if not self.transport.is_closing():
                self.transport.write(whole)

        loop.call_at(due, send)


class Server:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop, self.account = loop, Account(Fleet.of(1, 0), {})
        self.connections, self.broken = 0, []

    def told(self, line: str) -> dict:
        wanted = json.loads(line or "{}")
        if "fleet" in wanted:
            self.account = Account(Fleet(**wanted["fleet"]), wanted.get("throttle") or {})
            self.connections, self.broken = 0, []
            return {"ready": True}
        cpu = time.process_time()
        return self.account.told() | {"connections": self.connections, "broken": self.broken[:5], "cpu": cpu}


async def serve(folder: Path) -> None:
    ca, leaf, key = make_certificates(folder)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(leaf, key)
    tls.set_alpn_protocols(["http/1.1"])
    loop = asyncio.get_running_loop()
    server = Server(loop)
    listening = await loop.create_server(lambda: Connection(server), "127.0.0.1", 0, ssl=tls, backlog=256)
    port = listening.sockets[0].getsockname()[1]
    # `localhost` may mean ::1 first
    try:
        await loop.create_server(lambda: Connection(server), "::1", port, ssl=tls, backlog=256)
    except OSError:
        pass
    say({"ca": str(ca), "port": port, "host": HOST})

    def listen() -> None:
        for line in sys.stdin:
            asyncio.run_coroutine_threadsafe(answer(line), loop).result()
        os._exit(0)

    async def answer(line: str) -> None:
        say(server.told(line.strip()))

    threading.Thread(target=listen, daemon=True).start()
    await asyncio.Event().wait()


def say(facts: dict) -> None:
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
