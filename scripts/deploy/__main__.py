"""Apply a reviewed plan and stay with it: `python -m scripts.deploy ENVIRONMENT --plan FILE`."""

import argparse
import sys
import time
from pathlib import Path

from raglite.release.checkout import look_at
from scripts.deploy.account import ROOT, AwsAccount
from scripts.deploy.rollout import Clock, Refused, Rollout


def main() -> int:
    """Return 0 if the new version serves, 1 if it was refused or taken back."""
    parser = argparse.ArgumentParser(prog="python -m scripts.deploy", description=__doc__)
    parser.add_argument("environment")
    parser.add_argument("--plan", type=Path, required=True, help="what `make plan` saved")
    parser.add_argument("--watch", type=float, default=300, help="seconds that users must fare well afterwards")
    chosen = parser.parse_args()
    clock = Clock(time.monotonic, time.sleep)
    try:
        rollout = Rollout(AwsAccount(chosen.environment), clock, chosen.watch)
        print(rollout.deploy(chosen.plan, look_at(ROOT).git_sha))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
