"""S3 and RDS over TLS on loopback: the calls of one tick and nothing else, each with its own port, as AWS has its own hosts.

A process of its own, so that its work is nobody else's. `python -m parts.fake_aws FOLDER` makes a CA and a certificate in FOLDER,
prints one line of JSON (ports, CA) and then answers each line on standard input with the counts since the last one. It ends with
its standard input.
"""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from .scene import BUCKET, Scene, etag

HOST = "localhost"
# A client that opens a connection and never speaks
IDLE_SECONDS = 120
LARGEST_REQUEST = 1 << 20


class Fake:
    def __init__(self, scene: Scene, tls: ssl.SSLContext) -> None:
        self.scene, self.tls = scene, tls
        self.objects = scene.objects()
        self.lock, self.counts = threading.Lock(), Counter()
        self.listings = {prefix: scene.listing(prefix) for prefix in ("runs/open/",)}
        self.cluster, self.no_instance = scene.cluster(), scene.no_instance()

    def count(self, what: str) -> None:
        with self.lock:
            self.counts[what] += 1

    def take_counts(self) -> dict[str, int]:
        with self.lock:
            counts, self.counts = self.counts, Counter()
        return dict(counts)

    def listen(self, service: str) -> int:
        """A free port for a service, on every address that `localhost` has"""
        addresses = {info[4][0]: info[0] for info in socket.getaddrinfo(HOST, None, type=socket.SOCK_STREAM)}
        port = 0
        for address, family in sorted(addresses.items()):
            listener = socket.create_server((address, port), family=family, backlog=64)
            port = listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(listener, service), daemon=True).start()
        return port

    def _accept(self, listener: socket.socket, service: str) -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self._serve, args=(connection, service), daemon=True).start()

    def _serve(self, raw: socket.socket, service: str) -> None:
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            raw.settimeout(IDLE_SECONDS)
            with self.tls.wrap_socket(raw, server_side=True) as connection:
                self.count("tls " + service)
                while request := read_request(connection):
                    connection.sendall(self._answer(service, *request))
        except (OSError, ValueError) as error:
            # Clients are killed between two events, so cut connections are the rule; anything else shows in the counts.
            if isinstance(error, ssl.SSLCertVerificationError | ValueError):
                self.count(f"broken {service}: {error}")

    def _answer(self, service: str, method: str, target: str, headers: dict[str, str], body: bytes) -> bytes:
        url = urlsplit(target)
        if "authorization" not in headers and "X-Amz-Signature" not in url.query:
            self.count("unsigned " + service)
            return response(403, error("AccessDenied", "the request is not signed"))
        return self._rds(body) if service == "rds" else self._s3(method, url.path, parse_qs(url.query, keep_blank_values=True))

    def _s3(self, method: str, path: str, query: dict[str, list[str]]) -> bytes:
        bucket, _, key = unquote(path).lstrip("/").partition("/")
        prefix = query.get("prefix", [""])[0]
        if bucket == BUCKET and method == "GET" and not key and "list-type" in query and prefix in self.listings:
            self.count("list " + prefix)
            return response(200, self.listings[prefix])
        if bucket == BUCKET and method == "GET" and key in self.objects:
            self.count("get policy" if key == "policy.json" else "get record")
            content = self.objects[key]
            more = f'ETag: "{etag(content)}"\r\nLast-Modified: Sun, 22 Nov 2026 18:00:00 GMT\r\n'
            return response(200, content, "application/json", more)
        self.count(f"unexpected s3 {method} {path}")
        return response(501, error("NotImplemented", "the bench does not know this call"))

    def _rds(self, body: bytes) -> bytes:
        form = parse_qs(body.decode())
        action = form.get("Action", [""])[0]
        if action == "DescribeDBClusters" and form.get("DBClusterIdentifier", [self.scene.run]) == [self.scene.run]:
            self.count("describe cluster")
            return response(200, self.cluster, "text/xml")
        if action == "DescribeDBInstances" and "DBInstanceIdentifier" in form:
            self.count("describe instance")
            return response(404, self.no_instance, "text/xml")
        self.count("unexpected rds " + action)
        return response(501, error("NotImplemented", "the bench does not know this call"))


def error(code: str, message: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>0</RequestId></Error>".encode()


def response(status: int, body: bytes, kind: str = "application/xml", more: str = "") -> bytes:
    reason = {200: "OK", 403: "Forbidden", 404: "Not Found", 501: "Not Implemented"}[status]
    head = f"HTTP/1.1 {status} {reason}\r\nx-amz-request-id: 0123456789ABCDEF\r\nx-amzn-requestid: 0123456789ABCDEF\r\n"
    head += f"Date: Sun, 22 Nov 2026 18:00:00 GMT\r\nServer: bench\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def read_request(connection: ssl.SSLSocket) -> tuple[str, str, dict[str, str], bytes] | None:
    """One request; `None` at the end of the connection"""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
        if len(data) > LARGEST_REQUEST:
            raise ValueError("the request is too long")
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    method, target, _ = first.split(" ", 2)
    length = int(headers.get("content-length", "0"))
    if "transfer-encoding" in headers or length > LARGEST_REQUEST:
        raise ValueError("a body of this kind is not expected")
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            return None
        body += part
    return method, target, headers, body


def make_certificates(folder: Path) -> tuple[Path, Path, Path]:
    """CA, certificate and key. RSA, as AWS's own endpoints have."""
    ca, ca_key, leaf, leaf_key = folder / "ca.pem", folder / "ca.key", folder / "leaf.pem", folder / "leaf.key"
    request, names = folder / "leaf.csr", folder / "leaf.ext"
    names.write_text(f"subjectAltName=DNS:{HOST},IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Lifeboat bench CA", "-keyout", ca_key, "-out", ca)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}", "-keyout", leaf_key, "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-days", "2", "-extfile", names, "-set_serial", "2", "-out", leaf)
    return ca, leaf, leaf_key


def openssl(*arguments: object) -> None:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=60, text=True)
    if done.returncode:
        raise SystemExit(f"openssl {arguments[0]} failed:\n{done.stderr}")


def main() -> None:
    ca, leaf, key = make_certificates(Path(sys.argv[1]))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(leaf, key)
    tls.set_alpn_protocols(["http/1.1"])
    scene = Scene()
    fake = Fake(scene, tls)
    ports = {service: fake.listen(service) for service in ("s3", "rds", "other")}
    facts = {"ca": str(ca), "ports": ports, "event": scene.event().decode(), "answer": scene.answer()}
    print(json.dumps(facts), flush=True)
    for _ in sys.stdin:
        print(json.dumps(fake.take_counts()), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
