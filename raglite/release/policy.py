"""What each kind of evidence consists of, what an environment asks of it, and the bounds that stand nowhere else."""

from collections.abc import Mapping
from datetime import timedelta

from raglite.model import Frozen
from raglite.release.evidence import Kind

IN_CONTAINERS = "e2e ENGINE=docker"  # the same tests, on the images that are shipped
# The make targets of each kind, which `make evidence` runs in this order.
STEPS: Mapping[Kind, tuple[str, ...]] = {
    Kind.UNIT: ("test", "faults"),
    Kind.E2E: ("e2e", IN_CONTAINERS, "alarms-live", "reindex-live"),
    Kind.ACCURACY: ("gate",),
    Kind.LOAD: ("bench", "load"),
    Kind.ROLLOUT: ("scaling",),
    Kind.DRILL: ("drill",),
    Kind.CHECKERS: ("check", "checkers", "checkov"),
    Kind.PLAN: ("alarms",),
}
# Those of them that run pytest: without a single passed test they have shown nothing.
TESTED = frozenset(
    {
        "test",
        "e2e",
        IN_CONTAINERS,
        "alarms-live",
        "reindex-live",
        "gate",
        "bench",
        "load",
        "scaling",
        "checkers",
        "drill",
    }
)
LOCKS = ("constraints.txt", "local/constraints.txt", "infra/terraform/.terraform.lock.hcl")
TOOLS = ("python", "terraform", "pytest", "emulator", "vector store", "model")

RTO_SECONDS = 4 * 3600  # the specification's recovery time
RPO_SECONDS = 24 * 3600  # and how much may be lost
CLOCK_SKEW = timedelta(minutes=1)  # between the machine that measured and the one that decides


class Policy(Frozen):
    """What an environment asks for. Evidence older than `max_age`, counted from its start, says nothing of today."""

    max_age: timedelta
    kinds: tuple[Kind, ...] = tuple(Kind)
    images: tuple[str, ...] = ("raglite-service", "raglite-ingest")


ENVIRONMENTS: Mapping[str, Policy] = {
    "staging": Policy(max_age=timedelta(days=7)),
    "production": Policy(max_age=timedelta(days=1)),
}
