"""One loopback address per task, so that replicas share a port number as they do behind separate network interfaces.

Linux answers on all of 127.0.0.0/8. An engine claims one 127.0.K.0/24 for itself by binding, without listening, a
port on its first address: the kernel gives the claim back however the engine ends.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

CLAIM_PORT = 28951  # any port below the kernel's own choices; bound, never listened on


class NoAddressLeft(Exception):  # noqa: D101  the name is the sentence
    pass


class Lent:
    """Addresses of one network, each lent to one owner at a time."""

    def __init__(self, network: IPv4Network, hosts: Iterable[IPv4Address]) -> None:
        self.network = network
        self._hosts = [str(host) for host in hosts]
        self._lent: dict[str, str] = {}
        self._next = 0

    def of(self, owner: str) -> str:
        """Return the owner's address; a new one comes after all others so that an address is not reused at once."""
        if owner not in self._lent:
            self._lent[owner] = self._free()
        return self._lent[owner]

    def give_back(self, owner: str) -> None:
        """Let somebody else have the owner's address."""
        self._lent.pop(owner, None)

    def _free(self) -> str:
        taken = set(self._lent.values())
        for _ in self._hosts:
            address = self._hosts[self._next % len(self._hosts)]
            self._next += 1
            if address not in taken:
                return address
        raise NoAddressLeft(f"All {len(self._hosts)} addresses of {self.network} are in use: stop some tasks.")


class Addresses(Lent):
    """Addresses of a claimed network."""

    def __init__(self) -> None:
        network, self._claim = _claim()
        super().__init__(network, list(network.hosts())[1:])

    def close(self) -> None:
        """Give the network back."""
        self._claim.close()


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
