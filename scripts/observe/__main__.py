"""`python -m scripts.observe ENVIRONMENT [--survey FILE]`: look at a running environment, write build/observed.

Needs its AWS settings, and RAGLITE_* as an operator has them. What nobody may see, or nobody did, is left out and said.
"""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from raglite.bootstrap import audit_trail
from raglite.errors import ConfigurationError, InvalidRequest, RagliteError
from raglite.observability.audit_trail import entries
from raglite.observability.satisfaction import report
from raglite.release.checkout import look_at
from raglite.release.evidence import sealed, write
from raglite.release.validation.ground import LOCAL
from raglite.release.validation.observation import Observation, Use
from raglite.settings import Settings
from scripts.observe import files
from scripts.observe.cloud import Cloud, minute

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
WEEK = timedelta(days=7)
MONTH = timedelta(weeks=4)  # of use: as far back as `raglite feedback report` looks
CANARY = frozenset({"canary"})
Part = TypeVar("Part")


def observe(cloud: Cloud, settings: Settings, build: Path, survey: Path | None = None) -> Observation:
    """Return what an environment shows; each part that cannot be seen is told on stderr and left out."""
    if settings.environment != cloud.environment:
        raise InvalidRequest(
            f"RAGLITE_ENVIRONMENT is {settings.environment!r}, not {cloud.environment!r}: take that one's settings."
        )
    started = datetime.now(UTC)
    span = (minute(started) - WEEK, minute(started))
    commit, dirty = _commit(cloud)
    service = cloud.service_url()
    drilled = files.drill(build / "drill" / "observed.json", settings.documents_bucket, commit)
    fields: dict[str, Any] = {
        "environment": cloud.environment,
        "endpoint": cloud.endpoint,
        "git_sha": commit,
        "deployed": cloud.deployed(),
        "dirty": dirty,
        "since": span[0],
        "started": span[1],
        "minutes": cloud.minutes(span),
        "ingested": cloud.ingested(span),
        "load": files.under_load(build / "load" / "steady.json", service, cloud.running),
        "accuracy": files.accuracy(build / "eval" / "eval.json", service),
        "drills": [drilled] if drilled else [],
        "dashboards": cloud.dashboards(span),
        "use": _seen("use", lambda: _use(settings, started)),
        "survey": files.survey(survey) if survey else [],
    }
    return sealed(Observation, fields | {"ended": datetime.now(UTC)})


def _commit(cloud: Cloud) -> tuple[str, tuple[str, ...]]:
    """Return what is deployed, and what differs from it: where gates run, the checkout itself is what runs."""
    if cloud.environment != LOCAL:
        return cloud.commit(), ()
    checkout = look_at(ROOT)
    return checkout.git_sha, checkout.changed


def _use(settings: Settings, now: datetime) -> Use:
    found = report(entries(audit_trail(settings), now - MONTH, None, texts=False), now - MONTH, now, CANARY)
    return Use(
        days=MONTH / timedelta(days=1),
        questions=found.questions,
        users=found.users,
        ratings=tuple(one.rating for one in found.rated),
    )


def _seen(what: str, look: Callable[[], Part]) -> Part | None:
    try:
        return look()
    except ConfigurationError as error:
        print(f"{what} was not observed: {error}", file=sys.stderr)
        return None


def main(words: list[str] | None = None) -> int:
    """Write the observation."""
    parser = argparse.ArgumentParser(prog="python -m scripts.observe", description=__doc__)
    parser.add_argument("environment")
    parser.add_argument("--survey", type=Path, help="a CSV of person,questions,asked_here")
    given = parser.parse_args(words)
    path = BUILD / "observed" / f"{given.environment}.json"
    path.unlink(missing_ok=True)  # an earlier look must not pass for this one
    try:
        found = observe(Cloud(given.environment), Settings.from_environment(), BUILD, given.survey)
    except RagliteError as error:
        print(f"observe: {error}", file=sys.stderr)
        return error.exit_code
    except (BotoCoreError, ClientError) as error:
        print(f"observe: AWS did not tell ({error}).", file=sys.stderr)
        return 1
    write(path, found)
    print(f"{path.relative_to(ROOT)}: {found.environment}, commit {found.git_sha[:12]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
