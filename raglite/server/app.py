"""The service's one application: health, HTTP and MCP behind tracing, the key check and the size limit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from raglite.ports import Services
from raglite.server import errors, health, rest, tools
from raglite.server.auth import Authentication
from raglite.server.desk import Desk
from raglite.server.health import Readiness
from raglite.server.limits import BodyLimit
from raglite.server.tracing import Tracing
from raglite.settings import Settings

DISTRIBUTION = "raglite-aws"


def create_app(services: Services, settings: Settings, readiness: Readiness | None = None) -> FastAPI:
    """Return the application. It reads nothing from the environment and starts nothing until its lifespan runs."""
    desk = Desk(services)
    server = tools.mcp_server(desk, version(DISTRIBUTION))
    mcp_routes = tools.routes(server, settings.allowed_hosts)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with server.session_manager.run():
            yield

    app = FastAPI(title="RAGLite", version=version(DISTRIBUTION), lifespan=lifespan, redirect_slashes=False)
    errors.install(app)
    app.include_router(health.routes(readiness or Readiness(services)))
    app.include_router(rest.routes(desk, services))
    app.router.routes.extend(mcp_routes)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit)
    app.add_middleware(Authentication, credentials=services.credentials)
    app.add_middleware(Tracing, telemetry=services.telemetry)
    return app
