"""A door before S3 that lets everything through, and notes when the first byte of a document passes."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

MOST = 65536  # bytes a read
FETCH = (b"GET /documents/", b"versionId=")  # a listing asks for `versions`, metadata with HEAD


class Front:
    """One connection to S3 for each that comes in."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.first_byte: float | None = None  # time.monotonic()

    def forget(self) -> None:
        """Look for a first byte anew."""
        self.first_byte = None

    @classmethod
    @contextmanager
    def serving(cls, upstream: int) -> Iterator["Front"]:
        """Serve on a free port until the body is left."""
        front = cls(upstream)
        threading.Thread(target=front._accept, daemon=True).start()
        try:
            yield front
        finally:
            front._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                caller, _ = self._listening.accept()
                s3 = socket.create_connection(("127.0.0.1", self._upstream))
                _Passage(self, caller, s3).start()


class _Passage:
    def __init__(self, front: Front, caller: socket.socket, s3: socket.socket) -> None:
        self._front, self._caller, self._s3 = front, caller, s3
        self._fetching = False

    def start(self) -> None:
        for source, sink in ((self._caller, self._s3), (self._s3, self._caller)):
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(MOST):
                self._look(data, from_caller=source is self._caller)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _look(self, data: bytes, *, from_caller: bool) -> None:
        if from_caller:
            line = data.partition(b"\r\n")[0]
            self._fetching = line.startswith(FETCH[0]) and FETCH[1] in line
        elif self._fetching and self._front.first_byte is None:
            self._front.first_byte = time.monotonic()
