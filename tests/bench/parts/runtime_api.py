"""Lambda's Runtime API for one process: next, response, error, init/error. Times are taken where they happen, on the sockets."""

import queue
import socket
import threading
import time
from dataclasses import dataclass

ARN = "arn:aws:lambda:ap-northeast-1:123456789012:function:bench"
DEADLINE_SECONDS = 600
LARGEST_REQUEST = 8 << 20
PREFIX = "/2018-06-01/runtime/"


@dataclass
class Arrival:
    """What a process said, and when"""

    what: str  # next, response, error, init/error
    at_ns: int
    body: bytes = b""


class RuntimeApi:
    def __init__(self) -> None:
        self.arrivals: queue.Queue[Arrival] = queue.Queue()
        self._events: queue.Queue[bytes | None] = queue.Queue()
        self._number, self.delivered_ns = 0, 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=8)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def deliver(self, event: bytes) -> None:
        self._events.put(event)

    def close(self) -> None:
        self._events.put(None)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while request := read_request(connection):
                    if not self._answer(connection, *request):
                        return
            except (OSError, ValueError):
                return  # the process was ended, or speaks no HTTP: whoever waits for it sees that nothing comes

    def _answer(self, connection: socket.socket, path: str, body: bytes) -> bool:
        at, path = time.monotonic_ns(), path.removeprefix(PREFIX)
        if path == "invocation/next":
            self.arrivals.put(Arrival("next", at))
            event = self._events.get()
            if event is None:
                return False
            self._number += 1
            deadline = int((time.time() + DEADLINE_SECONDS) * 1000)
            headers = f"Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-{self._number:012d}\r\n"
            headers += f"Lambda-Runtime-Deadline-Ms: {deadline}\r\nLambda-Runtime-Invoked-Function-Arn: {ARN}\r\n"
            headers += "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n"
            self.delivered_ns = time.monotonic_ns()
            send(connection, "200 OK", event, headers)
        else:
            self.arrivals.put(Arrival(path.rpartition("/")[2] if path.startswith("invocation/") else path, at, body))
            send(connection, "202 Accepted", b'{"status":"OK"}')
        return True


def send(connection: socket.socket, status: str, body: bytes, headers: str = "") -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)


def read_request(connection: socket.socket) -> tuple[str, bytes] | None:
    """Path and body of one request; `None` at the end of the connection"""
    stream = Stream(connection)
    head = stream.until(b"\r\n\r\n")
    if head is None:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("expect") == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    path = first.split(" ")[1]
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return path, stream.exactly(int(headers.get("content-length") or 0))
    body = b""
    while size := int((stream.until(b"\r\n") or b"0").split(b";")[0], 16):
        body += stream.exactly(size)
        stream.until(b"\r\n")
    stream.until(b"\r\n")
    return path, body


class Stream:
    """Reads of a connection, bounded. No client pipelines here, so nothing is left over between two requests."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection, self.data = connection, b""

    def _more(self) -> bool:
        part = self.connection.recv(65536)
        self.data += part
        if len(self.data) > LARGEST_REQUEST:
            raise ValueError("the request is too long")
        return bool(part)

    def until(self, mark: bytes) -> bytes | None:
        while mark not in self.data:
            if not self._more():
                return None
        found, _, self.data = self.data.partition(mark)
        return found

    def exactly(self, length: int) -> bytes:
        while len(self.data) < length:
            if not self._more():
                raise ValueError("the body ends early")
        found, self.data = self.data[:length], self.data[length:]
        return found
