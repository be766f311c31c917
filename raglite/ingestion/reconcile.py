"""The scheduled task: `python -m raglite.ingestion.reconcile [--repair]`; people use `raglite reconcile`.

Needs neither model nor parser. Exit codes: 0 if all agree, else the gravest finding's (reconciling.EXIT_CODES) or that
of the error that ended it.
"""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from raglite import logs
from raglite.bootstrap import bootstrap
from raglite.errors import RagliteError
from raglite.ingestion.reconciling import GRACE_SECONDS, count_findings, reconcile, repair
from raglite.ports import Services
from raglite.settings import Settings

ACTOR = "reconciler"
log = logging.getLogger(__name__)


def run(services: Services, grace_seconds: float = GRACE_SECONDS, *, repairing: bool = False) -> int:
    """Compare, say what was found, and return an exit code."""
    report = reconcile(services, grace_seconds)
    for finding in report.findings:
        with logs.bound(document=finding.key, version=finding.version_id):
            log.warning("%s: %s", finding.kind.value, finding.sentence)
    seen = (report.keys, report.versions, report.busy, len(report.findings))
    log.info("keys: %d, versions: %d, keys on their way: %d, findings: %d", *seen)
    if report.loss:
        log.error("%s", report.loss)
    count_findings(report, services)
    asleep = repair(report, services, ACTOR).asleep if repairing else None
    if asleep:
        log.warning("%s", asleep)
    return report.exit_code


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line and return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m raglite.ingestion.reconcile", description=__doc__)
    parser.add_argument("--repair", action="store_true", help="request another look at every key that disagrees")
    parser.add_argument(
        "--grace", type=float, default=GRACE_SECONDS, metavar="SECONDS", help="what younger is, is on its way"
    )
    chosen = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, _end)
    logs.configure("INFO")
    try:
        settings = Settings.from_environment()
        logs.configure(settings.log_level, settings.log_share, settings.secrets)
        return run(bootstrap(settings), chosen.grace, repairing=chosen.repair)
    except RagliteError as error:
        log.error("%s", error)  # noqa: TRY400  a sentence for the operator: where it arose is of no use to them
        return error.exit_code


def _end(number: int, _frame: FrameType | None) -> None:
    """End as a program does, so that what waits to be written to the audit log is."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
