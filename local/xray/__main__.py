"""Serve on loopback until told to stop: segments by UDP, the API by HTTP, both on one port number."""

import argparse

import uvicorn

from local.xray.app import create_app
from local.xray.traces import Traces


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m local.xray", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    uvicorn.run(create_app(Traces(), port), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
