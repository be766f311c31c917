"""The scheduled task: `python -m raglite.ingestion.reconcile [--repair]`; people use `raglite reconcile`.

Needs neither model nor parser. Exit codes: 0 if all agree, else the gravest finding's (reconciling.EXIT_CODES) or that
of the error that ended it.
"""

import argparse
import sys
from collections.abc import Sequence

from raglite.bootstrap import bootstrap
from raglite.errors import RagliteError
from raglite.ingestion.reconciling import GRACE_SECONDS, count_findings, reconcile, repair
from raglite.ports import Services
from raglite.settings import Settings

ACTOR = "reconciler"


def run(services: Services, grace_seconds: float = GRACE_SECONDS, *, repairing: bool = False) -> int:
    """Compare, say what was found, and return an exit code."""
    report = reconcile(services, grace_seconds)
    for finding in report.findings:
        sys.stderr.write(f"{finding.kind.value}: {finding.key} {finding.version_id}: {finding.sentence}\n")
    sys.stderr.write(
        f"keys: {report.keys}, versions: {report.versions}, keys on their way: {report.busy}, "
        f"findings: {len(report.findings)}\n"
    )
    count_findings(report, services)
    asleep = repair(report, services, ACTOR).asleep if repairing else None
    if asleep:
        sys.stderr.write(f"{asleep}\n")
    return report.exit_code


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line and return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m raglite.ingestion.reconcile", description=__doc__)
    parser.add_argument("--repair", action="store_true", help="request another look at every key that disagrees")
    parser.add_argument(
        "--grace", type=float, default=GRACE_SECONDS, metavar="SECONDS", help="what younger is, is on its way"
    )
    chosen = parser.parse_args(argv)
    try:
        return run(bootstrap(Settings.from_environment()), chosen.grace, repairing=chosen.repair)
    except RagliteError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
