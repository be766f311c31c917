"""The service with the conformance suite's fixtures beside its tools: `python -m tests.conformance.server HOST PORT`.

The application, its middleware and its door are the product's; what it stands on are fakes. It keeps sessions, which
the product does not: the older revision's suite asks for tools that speak with their caller.
"""

import sys

import uvicorn
from mcp.server.request_state import RequestStateSecurity

from raglite.ports import Principal, Telemetry
from raglite.server import protocol
from raglite.server.app import create_app
from raglite.server.desk import Desk
from raglite.settings import Settings
from tests.conformance import fixtures
from tests.conformance.forwarding import Bringing, Sessions
from tests.fakes.credentials import FakeCredentials
from tests.fakes.parser import report
from tests.fakes.services import World

KEY = "conformance"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
SHARED = RequestStateSecurity(keys=["between all replicas, for the state that clients carry"])


def served(desk: Desk, telemetry: Telemetry, hosts: tuple[str, ...]) -> protocol.Served:
    server = protocol.mcp_server(desk, telemetry, "1", fixtures.offers(), request_state_security=SHARED)
    fixtures.install(server)
    return protocol.over_http(server, hosts, stateless_http=False)


def serve(host: str, port: int) -> None:
    world = World(credentials=FakeCredentials(Principal(KEY, frozenset({"read", "ingest"}))))
    world.ingest("reports/orchard.pdf", report("Orchard Mills, Inc.", 2023, "Revenue was 200 million."))
    app = create_app(world.services(), Settings(allowed_hosts=LOOPBACK), served=served)
    uvicorn.run(Bringing(Sessions(app, host, port), KEY), host=host, port=port, log_level="warning")


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
