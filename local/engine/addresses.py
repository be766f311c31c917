"""One loopback address per task, so that replicas share a port number as they do behind separate network interfaces.

Linux answers on all of 127.0.0.0/8. An engine claims one 127.0.K.0/24 for itself by binding, without listening, a
port on its first address: the kernel gives the claim back however the engine ends.
"""

import socket
from ipaddress import IPv4Network

CLAIM_PORT = 28951  # any port below the kernel's own choices; bound, never listened on


class NoAddressLeft(Exception):  # noqa: D101  the name is the sentence
    pass


class Addresses:
    """Addresses of one claimed network, each lent to one owner at a time."""

    def __init__(self) -> None:
        self.network, self._claim = _claim()
        self._lent: dict[str, str] = {}
        self._hosts = [str(host) for host in self.network.hosts()][1:]
        self._next = 0

    def of(self, owner: str) -> str:
        """Return the owner's address; a new one comes after all others so that an address is not reused at once."""
        if owner not in self._lent:
            self._lent[owner] = self._free()
        return self._lent[owner]

    def give_back(self, owner: str) -> None:
        """Let somebody else have the owner's address."""
        self._lent.pop(owner, None)

    def close(self) -> None:
        """Give the network back."""
        self._claim.close()

    def _free(self) -> str:
        taken = set(self._lent.values())
        for _ in self._hosts:
            address = self._hosts[self._next % len(self._hosts)]
            self._next += 1
            if address not in taken:
                return address
        raise NoAddressLeft(f"All {len(self._hosts)} addresses of {self.network} are in use: stop some tasks.")


def _claim() -> tuple[IPv4Network, socket.socket]:
    for third in range(1, 255):
        claim = socket.socket()
        try:
            claim.bind((f"127.0.{third}.1", CLAIM_PORT))
        except OSError:
            claim.close()
            continue
        return IPv4Network(f"127.0.{third}.0/24"), claim
    raise NoAddressLeft("Every network 127.0.K.0/24 is claimed by another twin: stop one with `make down`.")
