"""An HTTP server on loopback that says one thing, whatever it is asked, and then breaks in a chosen way."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum

AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: a reset instead of a farewell


class Ending(StrEnum):
    CLOSE = "close"
    RESET = "reset"
    STALL = "stall"  # until the test is over


def response(body: bytes, status: str = "200 OK", length: int | None = None, headers: str = "") -> bytes:
    """An HTTP response; `length` is what it claims its body has, if that is not so."""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + body


@contextmanager
def broken_server(answer: bytes, ending: Ending = Ending.CLOSE) -> Iterator[str]:
    """Yield the address of a server that answers every request on every connection alike."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, answer, ending, over))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _serve(listener: socket.socket, answer: bytes, ending: Ending, over: threading.Event) -> None:
    with suppress(OSError):  # the listener was shut
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_answer, args=(connection, answer, ending, over)).start()


def _answer(connection: socket.socket, answer: bytes, ending: Ending, over: threading.Event) -> None:
    with suppress(OSError), connection:
        _read_request(connection)
        connection.sendall(answer)
        if ending is Ending.STALL:
            over.wait(30)
        if ending is Ending.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)


def _read_request(connection: socket.socket) -> None:
    """Read all of it: closing a connection with unread bytes resets it."""
    with connection.makefile("rb") as file:
        length = 0
        while (line := file.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        file.read(length)
