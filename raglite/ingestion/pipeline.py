"""The ingest task: `python -m raglite.ingestion.pipeline --s3-path s3://BUCKET/KEY`.

Synchronizes the key it was started for, then drains whatever other keys wait, so that start-up is paid once.
"""

import argparse
import logging
import os
import random
import signal
import sys
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType

from raglite import logs
from raglite.bootstrap import bootstrap
from raglite.errors import (
    ConfigurationError,
    DependencyUnavailable,
    InvalidRequest,
    NotFound,
    RagliteError,
    ResourceExhausted,
)
from raglite.ingestion import process
from raglite.ingestion.live import work_on_live
from raglite.ingestion.synchronize import Outcome, Policy, synchronize
from raglite.ports import Services, refuse_behind
from raglite.settings import Settings

MOST_LOOKS = 500  # a task ends after so many: a fresh process now and then costs little and forgets leaks
LOOKS_AT_A_KEY = 3  # it may be requested again, or be another task's for a while; a key that failed gets no further one
OLDEST = 100  # waiting keys that are drawn from
IN_A_ROW = 3  # each of these calls was retried already: what they need is gone, and no key is to blame
SCHEME = "s3://"
log = logging.getLogger(__name__)


class Stopped(BaseException):
    """SIGTERM: not an Exception, so that nothing on the way takes it for a fault."""


def key_of(s3_path: str, documents_bucket: str) -> str:
    """Return the key of an s3:// path in the documents bucket; InvalidRequest for any other path."""
    bucket, slash, key = s3_path.removeprefix(SCHEME).partition("/")
    if not s3_path.startswith(SCHEME) or not slash or not key:
        raise InvalidRequest(f"--s3-path takes s3://BUCKET/KEY, not {s3_path!r}.")
    if bucket != documents_bucket:
        raise InvalidRequest(f"{s3_path} is not in the documents bucket {documents_bucket} (RAGLITE_DOCUMENTS_BUCKET).")
    return key


def drain(first: str, services: Services, policy: Policy, began: datetime | None = None) -> list[Exception]:
    """Synchronize `first`, then the keys that wait; returns what failed. A failed key waits on, for another task.

    Ends early if several keys in a row failed for want of the same thing. `began` is when this process did.
    """
    work = _Drain(services, policy, began)
    for key in work.keys(first):
        work.attempt(key)
    return work.failures


@dataclass
class _Drain:
    """One task's way through the waiting keys."""

    services: Services
    policy: Policy
    began: datetime | None = None  # until the first key, which the process began for
    failures: list[Exception] = field(default_factory=list)
    _in_a_row: list[Exception] = field(default_factory=list)  # failures since the last key that did not fail
    _looks: Counter[str] = field(default_factory=Counter)

    def keys(self, first: str) -> Iterator[str]:
        """Yield `first`, then one of the oldest waiting keys at a time, drawn by chance.

        Other tasks draw too: taken in turn, or many at once, most keys would be another task's when their turn comes.
        """
        chance = random.Random(self.policy.owner)  # noqa: S311  no secret: every task draws in an order of its own
        key: str | None = first
        while key is not None and self._looks.total() < MOST_LOOKS and not self._is_out_of_reach():
            yield key
            waiting = self._waiting()
            key = chance.choice(waiting) if waiting else None

    def attempt(self, key: str) -> None:
        """Synchronize a key and note how it went."""
        with logs.bound(document=key):
            self._attempt(key)

    def _attempt(self, key: str) -> None:
        self._looks[key] += 1
        began, self.began = self.began, None
        try:
            outcome = synchronize(key, self.services, self.policy, began)
        except NotFound as error:  # erased while it was read: the next look knows
            log.info("%s", error)
        except RagliteError as error:
            log.warning("%s", error)
            self._fail(key, error)
        except Exception as error:
            log.exception("failed in a way that nobody thought of; please report what follows")
            self._fail(key, error)
        else:
            if outcome is Outcome.BUSY:
                log.info("another task is at it")
            else:
                self._in_a_row.clear()

    def _waiting(self) -> list[str]:
        done_with = {key for key, looks in self._looks.items() if looks >= LOOKS_AT_A_KEY}
        waiting = self.services.registry.waiting(OLDEST + len(done_with))
        return [key for key in waiting if key not in done_with]

    def _fail(self, key: str, error: Exception) -> None:
        self._looks[key] = LOOKS_AT_A_KEY
        self.failures.append(error)
        self._in_a_row.append(error)

    def _is_out_of_reach(self) -> bool:
        wanted = {_wanted(error) for error in self._in_a_row[-IN_A_ROW:]}
        if len(self._in_a_row) < IN_A_ROW or len(wanted) > 1 or None in wanted:
            return False
        log.error("%d keys in a row failed for want of %s: the others wait on", IN_A_ROW, wanted.pop())
        return True


def _wanted(error: Exception) -> str | None:
    """Name what a key failed for want of, if other keys need the same; None for trouble of its own."""
    if isinstance(error, DependencyUnavailable):
        return error.service
    return type(error).__name__ if isinstance(error, ConfigurationError | ResourceExhausted) else None


def run(key: str, services: Services, policy: Policy) -> int:
    """Do the task's work with these services and return an exit code.

    0 if every key came to rest (quarantined ones too), 70 if one failed in a way nobody thought of, else the code of
    the first failure; 143 if the task was told to stop.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        with services.parser.ready(key):  # in this thread: what it starts ends with the thread
            _prepare(services)
            failures = drain(key, services, policy, process.began())
    except RagliteError as error:
        log.error("%s", error)  # noqa: TRY400  a sentence for the operator: where it arose is of no use to them
        return error.exit_code
    except Stopped:
        return 128 + signal.SIGTERM
    codes = [error.exit_code if isinstance(error, RagliteError) else RagliteError.exit_code for error in failures]
    return RagliteError.exit_code if RagliteError.exit_code in codes else next(iter(codes), 0)


def _prepare(services: Services) -> None:
    """Make sure that model and index belong together, and index and registry, before any key is touched.

    The model is read from disk while the index's client is imported; each takes a good part of the task's start.
    """
    with ThreadPoolExecutor(1) as beside:
        model = beside.submit(lambda: services.embedder.spec)
        services.index.prepare  # noqa: B018  built here, its client imported
        model.result()
    work_on_live(services)
    refuse_behind(services.registry, services.index)


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line and return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m raglite.ingestion.pipeline", description=__doc__)
    parser.add_argument("--s3-path", required=True, metavar="s3://BUCKET/KEY")
    chosen = parser.parse_args(argv)
    logs.configure("INFO")
    try:
        settings = Settings.from_environment()
        key = key_of(chosen.s3_path, settings.documents_bucket)
    except RagliteError as error:
        log.error("%s", error)  # noqa: TRY400  as above
        return error.exit_code
    logs.configure(settings.log_level, settings.log_share, settings.secrets)
    return run(key, bootstrap(settings), policy_of(settings))


def policy_of(settings: Settings) -> Policy:
    """Return how this process works, under a name of its own."""
    owner = f"{os.environ.get('HOSTNAME', 'task')}-{uuid.uuid4().hex[:12]}"
    return Policy(
        owner=owner,
        lease_seconds=settings.lease_seconds,
        publish_seconds=settings.publish_seconds,
        max_attempts=settings.max_attempts,
        max_document_bytes=settings.max_document_bytes,
    )


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Unwind through every finally, once: leases are given back, and the keys go on waiting."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
