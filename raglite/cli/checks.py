"""What can be wrong with an installation, one check each. None changes anything."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx

from raglite.cli.outside import Outside
from raglite.errors import ConfigurationError, DependencyUnavailable, NotFound, ResourceExhausted
from raglite.ports import CollectionMissing, is_new, refuse_behind

LARGEST_SKEW = timedelta(minutes=5)  # AWS refuses requests signed by a clock that is further off
GIB = 1024**3
LEAST_DISK = GIB  # bytes: the largest document that is accepted, its parsed pages, and the model
UNVERSIONED = "null"  # S3's version id of an object stored while versioning is off
MANY = 100
OK = 200


@dataclass(frozen=True)
class Check:
    """`look` returns what was found to be right, or raises what to do; it is skipped if one it needs has failed."""

    name: str
    look: Callable[[Outside], str]
    needs: tuple[str, ...] = ()


def settings(reach: Outside) -> str:
    """All RAGLITE_* names are known, and the two that have no default are set."""
    chosen = reach.settings
    unset = [name for name in ("documents_bucket", "parsed_bucket") if not getattr(chosen, name)]
    if unset:
        raise ConfigurationError(
            f"Set {' and '.join(f'RAGLITE_{name.upper()}' for name in unset)} to the bucket's name."
        )
    return f"environment {chosen.environment}, service {chosen.api_url}, index {chosen.qdrant_url}"


def documents_bucket(reach: Outside) -> str:
    """The documents bucket can be listed with these credentials."""
    first = next(reach.services.documents.inventory(), None)
    return f"{reach.settings.documents_bucket} can be listed" + ("" if first else "; it is empty")


def versioning(reach: Outside) -> str:
    """The bucket gives version ids: the newest object of the first key has one."""
    first = next(reach.services.documents.inventory(), None)
    if first is None:
        return "shows once a document is there"
    if first[0].version_id == UNVERSIONED:
        raise ConfigurationError(
            f"{first[0].key} has no version id: turn on versioning of {reach.settings.documents_bucket} "
            "(Terraform does), then upload it again."
        )
    return "on"


def parsed_bucket(reach: Outside) -> str:
    """The parsed bucket can be read: asked for a document that nobody has, it says so."""
    try:
        reach.services.documents.load_parsed("raglite-doctor", "none")
    except NotFound:
        return f"{reach.settings.parsed_bucket} can be read"
    raise ConfigurationError(f"{reach.settings.parsed_bucket} holds what nobody has put there: is it ours?")


def registry(reach: Outside) -> str:
    """The table and its index of waiting keys can be read."""
    commit, waiting = reach.services.registry.commit_number(), len(reach.services.registry.waiting(MANY))
    shown = f"{MANY} or more" if waiting == MANY else str(waiting)
    return f"{reach.settings.registry_table} is at commit {commit}, keys that wait for ingestion: {shown}"


def model(reach: Outside) -> str:
    """The model files are there and are the ones they claim to be."""
    spec = reach.services.embedder.spec
    return f"{spec.model}, {spec.dimensions} dimensions, spec {spec.digest[:12]}"


def index(reach: Outside) -> str:
    """Qdrant answers, the collection was built with this model, and the registry is not older than it."""
    services = reach.services
    try:
        services.index.check(services.embedder.spec)
    except CollectionMissing as error:
        if not is_new(services.registry, services.documents):
            raise
        raise ConfigurationError("There is no collection yet: the first document, or the service, makes it.") from error
    refuse_behind(services.registry, services.index)
    return f"collection {reach.settings.collection} was built with this model"


def service(reach: Outside) -> str:
    """The service is alive and ready."""
    _alive(reach)
    ready = reach.service.respond("GET", "/readyz")
    if ready.status_code != OK:
        raise DependencyUnavailable("the service", f"is alive but not ready: {ready.text[:500]}")
    return f"{reach.service.url} is ready"


def clock(reach: Outside) -> str:
    """This machine's clock agrees with the service's."""
    there = _alive(reach).headers.get("date")
    if there is None:
        return "the service does not tell the time"
    skew = abs(parsedate_to_datetime(there) - reach.services.clock.now())
    if skew > LARGEST_SKEW:
        raise ConfigurationError(f"The clock is {skew} off the service's: set it, or AWS will refuse what it signs.")
    return "agrees with the service's"


def api_key(reach: Outside) -> str:
    """The key is known and may read."""
    reach.service.fetch("GET", "/api/documents?limit=1")
    return "accepted"


def disk(_: Outside) -> str:
    """There is room for temporary files."""
    place = tempfile.gettempdir()
    free = shutil.disk_usage(place).free
    if free < LEAST_DISK:
        raise ResourceExhausted(
            f"{place} has {free / GIB:.1f} GiB free, {LEAST_DISK / GIB:.0f} are needed: make room, or set TMPDIR."
        )
    return f"{free / GIB:.1f} GiB free in {place}"


def _alive(reach: Outside) -> httpx.Response:
    response = reach.service.respond("GET", "/healthz")
    if response.status_code != OK:
        raise DependencyUnavailable(
            "the service", f"{reach.service.url}/healthz answered {response.status_code}; check RAGLITE_API_URL."
        )
    return response


CHECKS = (
    Check("settings", settings),
    Check("documents bucket", documents_bucket, ("settings",)),
    Check("versioning", versioning, ("documents bucket",)),
    Check("parsed bucket", parsed_bucket, ("settings",)),
    Check("registry", registry, ("settings",)),
    Check("model", model, ("settings",)),
    Check("index", index, ("registry", "model")),
    Check("service", service, ("settings",)),
    Check("API key", api_key, ("service",)),
    Check("clock", clock, ("service",)),
    Check("disk", disk),
)
