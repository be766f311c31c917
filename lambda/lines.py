"""What a function writes to stdout, one JSON object a line: log lines, and metrics in CloudWatch's embedded format."""

import json
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

NAMESPACE = "RAGLite"  # as in raglite/telemetry.py


def log(level: str, message: str, **fields: Any) -> None:
    """Write a log line."""
    _write({"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level, "message": message, **fields})


def metric(name: str, unit: str, value: float, environment: str) -> None:
    """Write one value of a metric that raglite/telemetry.py declares without dimensions of its own."""
    definition = {"Name": name, "Unit": unit}
    directive = {"Namespace": NAMESPACE, "Dimensions": [["Environment"]], "Metrics": [definition]}
    envelope = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    _write({"_aws": envelope, "Environment": environment, name: value})


def _write(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
