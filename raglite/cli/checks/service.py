"""The running service, its key, and what time it is."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from raglite.cli.checks.check import fault
from raglite.cli.checks.faults import Fault
from raglite.cli.outside import Outside
from raglite.errors import RagliteError
from raglite.ports.setup import Unseen

LARGEST_SKEW = timedelta(minutes=5)  # AWS refuses requests signed by a clock that is further off
SHOWN = 500  # letters of an answer
OK = 200


def service(reach: Outside) -> str:
    """The service is alive and ready."""
    alive = reach.service.respond("GET", "/healthz")
    if alive.status_code != OK or not _is_ours(alive):
        told = f"answered {alive.status_code}" if alive.status_code != OK else "answers, but not as RAGLite does"
        raise fault(Fault.NO_SERVICE, f"{reach.service.url}/healthz {told}: another program listens there.", reach)
    ready = reach.service.respond("GET", "/readyz")
    if ready.status_code != OK:
        raise fault(Fault.NOT_READY, f"The service is alive but not ready: {ready.text[:SHOWN]}", reach)
    return f"{reach.service.url} is ready"


def api_key(reach: Outside) -> str:
    """The key is known and may read."""
    if not reach.settings.api_key:
        raise fault(Fault.API_KEY_MISSING, "No API key is set.", reach)
    reach.service.fetch("GET", "/api/documents?limit=1")
    return "accepted"


def clock(reach: Outside) -> str:
    """This machine's clock agrees with AWS's and the service's, as far as they tell the time."""
    told = dict(_clocks(reach))
    for whose, there in told.items():
        skew = abs(there - reach.services.clock.now())
        if skew > LARGEST_SKEW:
            sentence = f"The clock is {skew} off {whose}: AWS refuses what it signs."
            raise fault(Fault.CLOCK_OFF, sentence, reach)
    if not told:
        raise Unseen("neither AWS nor the service tells the time")
    return f"agrees with {' and '.join(told)}"


def _is_ours(alive: httpx.Response) -> bool:
    try:
        return bool(alive.json().get("status") == "alive")
    except (ValueError, AttributeError):
        return False


def _clocks(reach: Outside) -> Iterator[tuple[str, datetime]]:
    try:
        there = reach.setup.time()
        if there is not None:
            yield "AWS's", there
    except RagliteError:  # a fault of its own, which another check tells
        pass
    try:
        alive = reach.service.respond("GET", "/healthz")
        if _is_ours(alive) and "date" in alive.headers:
            yield "the service's", parsedate_to_datetime(alive.headers["date"])
    except RagliteError:  # likewise
        pass
