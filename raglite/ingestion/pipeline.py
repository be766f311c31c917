"""The ingest task: `python -m raglite.ingestion.pipeline --s3-path s3://BUCKET/KEY`.

Synchronizes the key it was started for, then drains whatever other keys wait, so that start-up is paid once.
"""

import argparse
import os
import signal
import sys
import uuid
from collections.abc import Sequence
from types import FrameType

from raglite.bootstrap import bootstrap
from raglite.errors import InvalidRequest, RagliteError
from raglite.ingestion.synchronize import Outcome, Policy, synchronize
from raglite.ports import Services
from raglite.settings import Settings

MOST_KEYS = 500  # a task ends after so many: a fresh process now and then costs little and forgets leaks
SCHEME = "s3://"


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


def drain(first: str, services: Services, policy: Policy) -> list[RagliteError]:
    """Synchronize `first`, then every waiting key once; returns what failed. A failed key goes on waiting."""
    failures: list[RagliteError] = []
    tried: set[str] = set()
    queue = [first]
    while queue and len(tried) < MOST_KEYS:
        key = queue.pop(0)
        tried.add(key)
        failures += _attempt(key, services, policy)
        queue = queue or [waiting for waiting in services.registry.waiting() if waiting not in tried]
    return failures


def _attempt(key: str, services: Services, policy: Policy) -> list[RagliteError]:
    try:
        outcome = synchronize(key, services, policy)
    except RagliteError as error:
        sys.stderr.write(f"{key}: {error}\n")
        return [error]
    if outcome is Outcome.BUSY:
        sys.stderr.write(f"{key}: another task is at it\n")
    return []


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code: 0 if every key came to rest (quarantined ones too), else that of the first failure."""
    parser = argparse.ArgumentParser(prog="python -m raglite.ingestion.pipeline", description=__doc__)
    parser.add_argument("--s3-path", required=True, metavar="s3://BUCKET/KEY")
    chosen = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, _stop)
    try:
        settings = Settings.from_environment()
        key = key_of(chosen.s3_path, settings.documents_bucket)
        services = bootstrap(settings)
        services.index.prepare(services.embedder.spec)
        failures = drain(key, services, policy_of(settings))
    except RagliteError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except Stopped:
        return 128 + signal.SIGTERM
    return failures[0].exit_code if failures else 0


def policy_of(settings: Settings) -> Policy:
    """Return how this process works, under a name of its own."""
    owner = f"{os.environ.get('HOSTNAME', 'task')}-{uuid.uuid4().hex[:12]}"
    return Policy(owner, settings.lease_seconds, settings.max_attempts, settings.max_document_bytes)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Unwind through every finally: leases are given back, and the keys go on waiting."""
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
