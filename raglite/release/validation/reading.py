"""Evidence, observations and a record of promotion, as they lie in folders."""

from dataclasses import dataclass, replace
from pathlib import Path

from raglite.errors import InvalidRequest
from raglite.release.case import Case
from raglite.release.evidence import Evidence, Sealed
from raglite.release.promote import Promotion, against
from raglite.release.reading import read_one
from raglite.release.refusals import Refusal
from raglite.release.validation.ground import Ground, Observed, Promoted
from raglite.release.validation.observation import Observation


@dataclass(frozen=True)
class Files:
    """Where evidence lies: two folders and the record of a promotion, none of which need be there."""

    evidence: Path
    observed: Path
    record: Path


def read_ground(environment: str, files: Files, case: Case) -> Ground:
    """Return what is validated; `case` has all but the evidence."""
    gates, no_gates = _read(files.evidence, Evidence)
    seen, not_seen = _read(files.observed, Observation)
    return Ground(
        environment=environment,
        case=replace(case, evidence=[one for _, one in gates]),
        files={one.digest: path for path, one in gates},
        observations=[Observed(path, one) for path, one in seen],
        promoted=_promoted(environment, files.record, case),
        unread=(*no_gates, *not_seen),
    )


def _read(folder: Path, shape: type[Sealed]) -> tuple[list[tuple[Path, Sealed]], list[Refusal]]:
    """Return what lies in a folder and is what it should be, and why the rest is not."""
    found = [(path, read_one(path, shape)) for path in sorted(folder.rglob("*.json"))]
    good = [(path, one) for path, one in found if isinstance(one, shape)]
    return good, [one for _, one in found if isinstance(one, Refusal)]


def _promoted(environment: str, path: Path, case: Case) -> Promoted | None:
    """Return the record; what deploys by it would refuse speaks against it here."""
    if not path.exists():
        return None
    record = read_one(path, Promotion)
    if isinstance(record, Refusal):
        return Promoted(path, None, (record,))
    try:
        return Promoted(path, record, against(path, environment, case.checkout, case.now))
    except InvalidRequest as error:  # it changed since it was read
        raise InvalidRequest(f"{error} Validate again.") from error
