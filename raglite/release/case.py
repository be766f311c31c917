"""Everything that a decision looks at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from raglite.evaluation.baseline import Baseline
from raglite.observability.slo import Slo
from raglite.release.allowances import Allowances
from raglite.release.checkout import Checkout
from raglite.release.evidence import Evidence, Kind
from raglite.release.policy import Policy


@dataclass(frozen=True)
class Bounds:
    """What measurements are held against. `coverage` is in percent."""

    slo: Slo
    baseline: Baseline
    coverage: float


@dataclass(frozen=True)
class Case:
    """The evidence, the tree that it should be of, and the rules of this tree."""

    evidence: Sequence[Evidence]
    checkout: Checkout
    policy: Policy
    allowances: Allowances
    bounds: Bounds
    now: datetime

    def of(self, kind: Kind) -> list[Evidence]:
        """Return the evidence of a kind: one file, unless somebody put in more or less."""
        return [one for one in self.evidence if one.kind is kind]
