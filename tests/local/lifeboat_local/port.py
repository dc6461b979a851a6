"""Ports on loopback, held while nobody listens on them."""

import socket

from .tls import HOSTS


def is_free(host: str, port: int) -> bool:
    """Without SO_REUSEADDR, so that a port that is held and not listened on counts as taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        try:
            s.bind((host, port))
            return True
        except OSError:
            return False


class Port:
    """A loopback port that refuses connections until somebody else listens on it."""

    def __init__(self, wanted: int | None = None) -> None:
        """`wanted` is what the caller asked AWS for. Every address has it once, so a copy gets its source's port on the next
        loopback address; where all have it, any free one has to do."""
        self.number, self.socket, self.host = 0, None, HOSTS[0]
        for host in HOSTS if wanted else ():
            if is_free(host, wanted):
                self.number, self.host = wanted, host
                break
        try:
            self.hold()
        except OSError:
            self.number, self.host = 0, HOSTS[0]
            self.hold()

    @property
    def name(self) -> str:
        """What a client calls its address."""
        return "localhost" if self.host == HOSTS[0] else self.host

    def hold(self) -> None:
        if self.socket is None:
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((self.host, self.number))
            except OSError:
                s.close()
                raise
            self.number, self.socket = s.getsockname()[1], s

    def release(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


class NoServer:
    """Engines that have no real server here: a port where nobody listens, and nothing to back up."""

    real = False

    def __init__(self, port: Port) -> None:
        self.port = port

    def close(self) -> None:
        self.port.release()
