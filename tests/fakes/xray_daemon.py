"""Where X-Ray's daemon would listen: keeps every document it is sent, and refuses one that X-Ray would not take."""

import json
import socket
import threading
from typing import Any

from local.xray.schema import checked
from tests.processes import until

PREAMBLE = {"format": "json", "version": 1}
QUIET = 0.05  # seconds without a document, after which nothing more is expected


class Daemon:
    """A thread of its own empties the socket: nothing tells a sender that there is no room in it."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024**2)
        self._socket.bind(("127.0.0.1", 0))
        self._datagrams: list[bytes] = []
        self._read: list[dict[str, Any]] = []
        self._news = threading.Event()
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._receive, daemon=True).start()

    def listen(self, count: int) -> list[dict[str, Any]]:
        """Return at least `count` documents of what has ended, with whatever else comes soon after."""
        until(lambda: len(self._ended()) >= count, f"{count} documents received")
        self._await_quiet()
        return self._ended()

    def in_progress(self) -> list[dict[str, Any]]:
        """Return the documents of what has not ended, as it seems."""
        self._await_quiet()
        ended = {one["id"] for one in self._ended()}
        return [one for one in self._read if one["id"] not in ended]

    def _ended(self) -> list[dict[str, Any]]:
        self._read += [_document(one) for one in self._datagrams[len(self._read) :]]
        return [one for one in self._read if not one.get("in_progress")]

    def segment(self) -> dict[str, Any]:
        """Return the one segment that was sent, with what was sent ahead of it put back where it belongs."""
        documents = self.listen(1)
        (found,) = (one for one in documents if "type" not in one)
        by_id = {one["id"]: one for one in parts(*documents)}
        for ahead in documents:
            if ahead is not found:
                assert ahead["trace_id"] == found["trace_id"]
                by_id[ahead["parent_id"]].setdefault("subsegments", []).append(ahead)
        return found

    def forget(self) -> None:
        self._await_quiet()
        self._datagrams, self._read = [], []

    def close(self) -> None:
        self._socket.close()

    def _await_quiet(self) -> None:
        self._news.clear()
        while self._news.wait(QUIET):
            self._news.clear()

    def _receive(self) -> None:
        try:
            while True:
                datagram = self._socket.recv(65536)  # only then is it clear to which list it belongs
                self._datagrams.append(datagram)
                self._news.set()
        except OSError:  # closed
            return


def parts(*documents: dict[str, Any]) -> list[dict[str, Any]]:
    """Return documents and all subsegments in them."""
    return [part for one in documents for part in (one, *parts(*one.get("subsegments", ())))]


def _document(datagram: bytes) -> dict[str, Any]:
    header, _, text = datagram.partition(b"\n")
    assert json.loads(header) == PREAMBLE
    document: dict[str, Any] = json.loads(text)
    checked(document, len(text))
    return document
