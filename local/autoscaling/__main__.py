"""Serve on loopback until told to stop."""

import argparse
from pathlib import Path

import uvicorn

from local.autoscaling.app import create_app
from local.autoscaling.targets import Targets


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m local.autoscaling", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="the file that holds targets and policies")
    chosen = parser.parse_args()
    uvicorn.run(create_app(Targets(chosen.state)), host="127.0.0.1", port=chosen.port, log_level="warning")


if __name__ == "__main__":
    main()
