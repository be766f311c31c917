"""The service's one application: health, HTTP and MCP behind tracing, the key check and the size limit."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI
from starlette.routing import BaseRoute, Route

from raglite import bootstrap
from raglite.observability.views import Views
from raglite.ports import Services, Telemetry
from raglite.server import discovery, errors, health, protocol, rest
from raglite.server.auth import Authentication, Needs
from raglite.server.console import routes as console
from raglite.server.console.door import Door
from raglite.server.console.sources import Sources
from raglite.server.desk import Desk
from raglite.server.discovery import metadata_url
from raglite.server.guessing import guarded
from raglite.server.health import Readiness
from raglite.server.limits import BodyLimit
from raglite.server.pacing import RateLimit, requests
from raglite.server.protocol import Served
from raglite.server.scopes import ANYBODY
from raglite.server.tracing import Paths, Tracing
from raglite.settings import Settings
from raglite.telemetry import AuditAction

# Of the paths that need another than `read`.
SCOPES: Needs = {protocol.PATH: ANYBODY, **rest.SCOPES, **console.SCOPES}


def create_app(
    services: Services,
    settings: Settings,
    readiness: Readiness | None = None,
    served: Callable[[Desk, Telemetry, tuple[str, ...]], Served] = protocol.served,
    views: Callable[[], Views] | None = None,
) -> FastAPI:
    """Return the application. It reads nothing from the environment and starts nothing until its lifespan runs.

    `served` makes what speaks MCP. `views` makes what operators look at, by default from the settings.
    """
    desk = Desk(services)
    mcp = served(desk, services.telemetry, settings.allowed_hosts)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with mcp.running():
            yield

    app = FastAPI(title="RAGLite", version=version(protocol.DISTRIBUTION), lifespan=lifespan, redirect_slashes=False)
    errors.install(app)
    plain = rest.routes(desk, services)
    readiness = readiness or Readiness(services)
    readiness.wholeness = desk.retriever.wholeness.refuse
    app.include_router(health.routes(readiness))
    app.include_router(plain)
    app.include_router(discovery.routes(settings))
    app.router.routes.extend(mcp.routes)
    sources = Sources(desk, services, views or partial(bootstrap.views, settings), settings.lease_seconds)
    credentials = guarded(services.credentials, settings)
    pages = console.routes(sources, credentials)
    app.include_router(pages)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit)
    app.add_middleware(RateLimit, buckets=requests(settings))
    app.add_middleware(Authentication, credentials=credentials, scopes=SCOPES, metadata=metadata_url(settings))
    app.add_middleware(Door)
    app.add_middleware(Tracing, services=services, paths=_paths([*app.routes, *plain.routes, *pages.routes]))
    return app


def _paths(routes: Iterable[BaseRoute]) -> Paths:
    """Return all paths, each with what a request to it is in the audit log, by method.

    At MCP's it is a query until its message is read.
    """
    paths: dict[str, Mapping[str, AuditAction]] = {route.path: {} for route in routes if isinstance(route, Route)}
    return paths | {protocol.PATH: {"POST": AuditAction.QUERY}} | rest.ACTIONS | console.ACTIONS
