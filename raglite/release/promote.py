"""The decision: everything that speaks against promoting a commit, or the record that lets it be deployed."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, ValidationError

from raglite.errors import InvalidRequest
from raglite.model import Frozen
from raglite.release import measurements, outcomes, provenance
from raglite.release.case import Case
from raglite.release.checkout import Checkout
from raglite.release.evidence import SCHEMA_VERSION, GitSha, ImageDigest, Kind, Sha256, sealed
from raglite.release.policy import CLOCK_SKEW
from raglite.release.provenance import changed
from raglite.release.reading import unsealed
from raglite.release.refusals import Refusal, Why

RULES = (
    provenance.kinds, provenance.commits, provenance.times, provenance.locks, provenance.tools, provenance.images,
    outcomes.steps, outcomes.tests, outcomes.skips, outcomes.capabilities,
    measurements.coverage, measurements.accuracy, measurements.load, measurements.drills, measurements.alarms,
)  # fmt: skip


class Promotion(Frozen):
    """That a commit and its images may go to an environment until evidence is stale or a waiver ends.

    On what that rests: `evidence` holds each kind's digest, `waivers` the shapes that were relied on. `digest` is as in
    Evidence.
    """

    schema_version: int = SCHEMA_VERSION
    environment: str
    git_sha: GitSha
    images: Mapping[str, ImageDigest]
    locks: Mapping[str, Sha256]
    evidence: Mapping[Kind, Sha256]
    waivers: tuple[str, ...]
    decided: AwareDatetime
    expires: AwareDatetime
    digest: Sha256


def refusals(case: Case) -> tuple[Refusal, ...]:
    """Return every reason not to promote; none if the release may go on."""
    return tuple(chain.from_iterable(rule(case) for rule in RULES))


def promotion(case: Case, environment: str) -> Promotion:
    """Return the record of a case that nothing speaks against."""
    relied_on = {name for one in case.evidence for step in one.steps for name in step.relies_on}
    waivers = [waiver for name in sorted(relied_on) if (waiver := case.allowances.waiver(name))]
    fields = {
        "environment": environment,
        "git_sha": case.checkout.git_sha,
        "images": {name: digest for one in case.evidence for name, digest in sorted(one.images.items())},
        "locks": case.checkout.locks,
        "evidence": {one.kind: one.digest for one in case.evidence},
        "waivers": [waiver.capability for waiver in waivers],
        "decided": case.now,
        "expires": min(
            *(one.started + case.policy.max_age for one in case.evidence), *(waiver.ends for waiver in waivers)
        ),
    }
    return sealed(Promotion, fields)


def against(path: Path, environment: str, checkout: Checkout, now: datetime) -> tuple[Refusal, ...]:
    """Return why a record does not let this checkout be deployed; InvalidRequest if the file is no record."""
    document = _document(path)
    if unsound := unsealed(path, document):
        return (unsound,)
    try:
        record = Promotion.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        raise InvalidRequest(f"{path} is no promotion: `raglite promote --record` writes one.") from error
    return tuple(_objections(record, environment, checkout, now))


def _objections(record: Promotion, environment: str, checkout: Checkout, now: datetime) -> Iterable[Refusal]:
    if record.environment != environment:
        yield Refusal(
            Why.OTHER_ENVIRONMENT,
            f"The record is for {record.environment}, not for {environment}: promote to that first.",
        )
    if record.git_sha != checkout.git_sha:
        yield Refusal(
            Why.OTHER_SHA,
            f"The record is of commit {record.git_sha[:12]}, not of {checkout.git_sha[:12]}: promote that.",
        )
    if checkout.changed:
        yield changed(checkout)
    if not record.decided - CLOCK_SKEW <= now <= record.expires:
        yield Refusal(
            Why.RECORD_EXPIRED,
            f"The record holds from {record.decided:%F %T%z} to {record.expires:%F %T%z}: measure again.",
        )


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"{path} is no promotion ({error}): `raglite promote --record` writes one.") from error
    return document if isinstance(document, dict) else {}
