"""Stand before a TCP server of the loopback until told to stop."""

import argparse

import uvicorn

from local.network.app import create_app
from local.network.proxy import LOOPBACK, Proxy


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m local.network", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="where clients connect")
    parser.add_argument("--upstream", type=int, required=True, help="the server's port")
    parser.add_argument("--control", type=int, required=True, help="where the trouble is set")
    chosen = parser.parse_args()
    app = create_app(Proxy(chosen.port, chosen.upstream))
    uvicorn.run(app, host=LOOPBACK, port=chosen.control, log_level="warning")


if __name__ == "__main__":
    main()
