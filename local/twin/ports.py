"""Which loopback ports the twin listens on: yesterday's, else the well-known ones, else any that are free."""

import socket
from collections.abc import Mapping

PREFERRED = {"aws": 4566, "qdrant": 6333, "xray": 2000, "autoscaling": 4567}
LOOPBACK = "127.0.0.1"


def choose(remembered: Mapping[str, int], wanted: Mapping[str, int] = PREFERRED) -> dict[str, int]:
    """Return a free port for each service."""
    chosen: dict[str, int] = {}
    for name, preferred in wanted.items():
        wishes = [port for port in (remembered.get(name), preferred) if port and port not in chosen.values()]
        chosen[name] = next((port for port in wishes if is_free(port)), None) or _any()
    return chosen


def is_free(port: int) -> bool:
    """Whether both TCP and UDP can be served there."""
    return all(_binds(kind, port) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM))


def _binds(kind: socket.SocketKind, port: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that linger are no listeners
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _any() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
