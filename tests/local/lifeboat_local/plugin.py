"""The RDS, DocumentDB and AWS Backup endpoint: moto's server with our operations, the call log, faults and the control API."""

import http.client
import io
import json
import socket
import sys
import threading
import traceback

import moto.rds.urls
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from . import backup, rds_base, wire
from .control import Control
from .faults import CutOff, Faults, Journal, strike
from .rds_other import RdsCalls
from .world import REGION, World

PREFIX = "/lifeboat-local"


def line(status: int) -> str:
    return f"{status} {http.client.responses.get(status, 'Unknown')}"


class Headers(dict):
    """The request's headers out of a WSGI environment."""

    def get(self, name, default=None):
        key = name.upper().replace("-", "_")
        return super().get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}", default)

    def __getitem__(self, name):
        return self.get(name)


class Endpoint:
    def __init__(self, world: World, faults: Faults, journal: Journal, control: Control) -> None:
        rds_base.WORLD = world
        moto.rds.urls.url_paths = {"{0}/$": RdsCalls.dispatch}
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.world, self.faults, self.journal, self.control = world, faults, journal, control

    def __call__(self, environ, start_response):
        length = environ.get("CONTENT_LENGTH")
        body = (
            environ["wsgi.input"].read(int(length))
            if length
            else (environ["wsgi.input"].read() if environ.get("wsgi.input_terminated") else b"")
        )
        path, query = environ.get("PATH_INFO", "/"), environ.get("QUERY_STRING", "")
        if path.startswith(PREFIX):
            status, answer = self.control.answer(environ["REQUEST_METHOD"], path.removeprefix(PREFIX), query, body)
            start_response(line(status), [("Content-Type", "application/json")])
            return [json.dumps(answer, default=str).encode() + b"\n"]
        call = wire.read(environ["REQUEST_METHOD"], path, query, Headers(environ), body)
        entry = self.journal.begin(call)
        if self.control.throttles.refuses(call):
            entry["outcome"] = {"status": 400, "code": "Throttling"}
            status, headers, content = wire.error(call, "Throttling" if call.form == "query" else "ThrottlingException", 400, "Rate exceeded")
            start_response(line(status), [*headers.items(), ("Content-Length", str(len(content)))])
            return [content]

        def act():
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            caught = {}
            try:
                if call.service == "Backup" and (done := backup.handle(self.world, call.region or REGION, environ["REQUEST_METHOD"], path, query, body)):
                    entry["outcome"] = (entry["outcome"] or {}) | {"status": done[0]}
                    return done
                parts = self.moto(environ, lambda status, headers, info=None: caught.update(status=status, headers=headers))
                answer = int(caught["status"].split()[0]), dict(caught["headers"]), b"".join(parts)
            except Exception as error:  # noqa: BLE001 - moto raises for what it does not know
                if not isinstance(error, NotImplementedError):
                    traceback.print_exc(file=sys.stderr)
                answer = wire.error(call, "InternalFailure", 500, f"{type(error).__name__}: {str(error)[:300]}")
            code = wire.error_code(*answer)
            entry["outcome"] = (entry["outcome"] or {}) | {"status": answer[0]} | ({"code": code} if code else {})
            return answer

        try:
            status, headers, content = strike(
                self.faults.take(call), entry, act, lambda code, http, text: wire.error(call, code, http, text)
            )
        except CutOff:
            if connection := environ.get("werkzeug.socket"):
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            raise ConnectionAbortedError("cut off by a fault") from None
        headers["Content-Length"] = str(len(content))
        start_response(line(status), list(headers.items()))
        return [content]


class QuietHandler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_):
        pass


def serve(endpoint: Endpoint, port: int = 0):
    """Starts the server in a thread and returns it; its port is `server.port`."""
    server = make_server("127.0.0.1", port, endpoint, threaded=True, request_handler=QuietHandler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True, name="rds-endpoint").start()
    return server
