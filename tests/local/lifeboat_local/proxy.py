"""The fault layer in front of ministack: a pass-through that logs calls and can make them fail.

Method, path, query, headers (If-Match, If-None-Match, Host, all of them) and body go through unchanged, so that conditional
writes and signatures mean what they say. Only the connection's own headers are ours.
"""

import http.client
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import wire
from .faults import CutOff, Faults, Journal, strike

HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection", "expect"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    target: int
    faults: Faults
    journal: Journal
    local: staticmethod
    upstream: http.client.HTTPConnection | None = None

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def finish(self) -> None:
        if self.upstream:
            self.upstream.close()
        try:
            super().finish()
        except OSError:
            pass

    def handle_any(self) -> None:
        try:
            body = self.read_body()
            path, _, query = self.path.partition("?")
            call = wire.read(self.command, path, query, self.headers, body)
            entry = self.journal.begin(call)

            def act():
                answer = self.local(call) or self.forward(body)
                code = wire.error_code(*answer)
                entry["outcome"] = (entry["outcome"] or {}) | {"status": answer[0]} | ({"code": code} if code else {})
                return answer

            self.reply(*strike(self.faults.take(call), entry, act, lambda code, status, text: wire.error(call, code, status, text)))
        except (CutOff, ConnectionError):
            self.close_connection = True
            try:
                self.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = handle_any  # noqa: N815

    def read_body(self) -> bytes:
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        for attempt in (1, 2):
            reused = self.upstream is not None
            if not reused:
                self.upstream = http.client.HTTPConnection("127.0.0.1", self.target, timeout=960)
            try:
                self.upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in HOP and name.lower() != "content-length":
                        self.upstream.putheader(name, value)
                if body or self.command in ("POST", "PUT", "PATCH"):
                    self.upstream.putheader("Content-Length", str(len(body)))
                # What comes over TLS on AWS does so here for the policies that ask
                self.upstream.putheader("X-Forwarded-Proto", "https")
                self.upstream.endheaders(body or None)
                answer = self.upstream.getresponse()
                content = answer.read()
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.upstream.close()
                self.upstream = None
                # only an idle connection that was closed meanwhile may be tried again; anything else could act twice
                if not reused or attempt == 2:
                    raise ConnectionAbortedError("ministack closed the connection") from None
        self.reason, self.pairs = answer.reason, answer.getheaders()
        return answer.status, dict(self.pairs), content

    def reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
        pairs = getattr(self, "pairs", None)
        pairs = pairs if pairs and dict(pairs) == headers else list(headers.items())
        self.send_response_only(status)
        lengths = [value for name, value in pairs if name.lower() == "content-length"]
        for name, value in pairs:
            if name.lower() not in HOP and name.lower() != "content-length":
                self.send_header(name, value)
        if self.command == "HEAD":
            if lengths:
                self.send_header("Content-Length", lengths[0])
        elif status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(content)
        self.pairs = None

    def log_message(self, *_) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address) -> None:
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def serve(target: int, faults: Faults, journal: Journal, local) -> Server:
    """`local` answers a call itself, or says None for what ministack has to answer."""
    words = {"target": target, "faults": faults, "journal": journal, "local": staticmethod(local)}
    handler = type("BoundHandler", (Handler,), words)
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True, name="proxy").start()
    return server
