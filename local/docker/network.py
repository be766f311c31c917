"""The network of a twin's tasks: a bridge without a way out, whose gateway is the address that AWS's SDKs trust.

botocore fetches a task's credentials only from loopback, which in a container is its own, and from the addresses that
ECS and EKS use: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html. A link-local
network has one of them as its gateway and never leaves the machine (RFC 3927).
"""

import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from local.docker.daemon import Daemon
from local.docker.translation import MARK
from local.engine.addresses import Lent
from local.engine.containers import Refused

CANDIDATES = (("169.254.170.0/28", "169.254.170.2"), ("169.254.170.16/28", "169.254.170.23"))  # 13 tasks each


@dataclass(frozen=True)
class Network:
    """A made network."""

    name: str
    subnet: IPv4Network
    gateway: str

    def addresses(self) -> Lent:
        """Return the tasks' addresses."""
        return Lent(self.subnet, (host for host in self.subnet.hosts() if host != IPv4Address(self.gateway)))


def name_of(home: str) -> str:
    """Return the name of a home's network."""
    return f"raglite-{hashlib.sha256(home.encode()).hexdigest()[:12]}"


async def make(docker: Daemon, home: str) -> Network:
    """Make a home's network in the first range that nobody has."""
    said = ""
    for subnet, gateway in CANDIDATES:
        network = Network(name_of(home), IPv4Network(subnet), gateway)
        asked = {
            "Name": network.name,
            "CheckDuplicate": True,
            "Driver": "bridge",
            "Internal": True,
            "Labels": {MARK: home},
            "IPAM": {"Config": [{"Subnet": subnet, "Gateway": gateway}]},
        }
        try:
            await docker.call("POST", "/networks/create", asked)
        except Refused as error:
            said = str(error)
            continue
        return network
    raise Refused(
        500,
        f"Both ranges for tasks, {' and '.join(subnet for subnet, _ in CANDIDATES)}, are in use ({said}): take another "
        "twin down with `make down`, or run this one with `--engine process`.",
    )
