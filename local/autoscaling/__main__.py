"""Serve on loopback until told to stop, and scale what is registered if there is an emulator to ask."""

import argparse
from pathlib import Path

import boto3
import uvicorn

from local.autoscaling.app import create_app
from local.autoscaling.cloud import Cloud
from local.autoscaling.scaling import Scaler
from local.autoscaling.targets import Targets


def main() -> None:
    """Read the arguments and serve; credentials and region come from the environment, as for any SDK."""
    parser = argparse.ArgumentParser(prog="python -m local.autoscaling", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="the file that holds targets and policies")
    parser.add_argument("--endpoint", required=True, help="the emulator: ECS and CloudWatch")
    chosen = parser.parse_args()
    targets, session = Targets(chosen.state), boto3.Session()
    clients = [session.client(service, endpoint_url=chosen.endpoint) for service in ("ecs", "cloudwatch")]
    scaler = Scaler(targets, Cloud(*clients))
    scaler.start()
    app = create_app(targets.operations | scaler.operations, scaler)
    uvicorn.run(app, host="127.0.0.1", port=chosen.port, log_level="warning")


if __name__ == "__main__":
    main()
