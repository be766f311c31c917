"""Serve a data directory until told to stop."""

import argparse
import os
import sys
from pathlib import Path

import uvicorn

from local.qdrant.app import create_app
from local.qdrant.collections import Collections
from local.qdrant.refusal import Refusal


def main() -> int:
    """Return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m local.qdrant", description="A stand-in for a Qdrant server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=6333)
    parser.add_argument("--data", type=Path, required=True)
    chosen = parser.parse_args()
    try:
        collections = Collections(chosen.data)
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 75
    app = create_app(collections, os.environ.get("QDRANT_API_KEY"))
    uvicorn.run(app, host=chosen.host, port=chosen.port, log_level="warning", timeout_graceful_shutdown=5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
