"""How a client finds out where to get an access token: this resource's metadata (RFC 9728)."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from raglite.server.scopes import Scope
from raglite.settings import Settings

WELL_KNOWN = "/.well-known/oauth-protected-resource"
RESOURCE = "/mcp"
PATHS = frozenset({WELL_KNOWN, WELL_KNOWN + RESOURCE})
FRESH = {"Cache-Control": "public, max-age=3600"}


def metadata_url(settings: Settings) -> str | None:
    """Return where the metadata is for callers, who may stand before a load balancer; None without OAuth."""
    return f"{settings.public_url.rstrip('/')}{WELL_KNOWN}{RESOURCE}" if settings.oauth_issuer else None


def metadata(settings: Settings) -> dict[str, Any]:
    """Return what clients need to know. Nothing of it comes from a request, whose Host header anybody may write."""
    return {
        "resource": settings.resource,
        "authorization_servers": [settings.oauth_issuer],
        "scopes_supported": [Scope.READ, Scope.INGEST],
        "bearer_methods_supported": ["header"],
        "resource_name": "RAGLite",
    }


def routes(settings: Settings) -> APIRouter:
    """Return the metadata's routes, at the resource's own path and at the root; none without OAuth."""
    router = APIRouter()
    if not settings.oauth_issuer:
        return router

    @router.get(WELL_KNOWN, include_in_schema=False)
    @router.get(WELL_KNOWN + RESOURCE, summary="Where to get an access token (RFC 9728)")
    async def protected_resource() -> JSONResponse:
        return JSONResponse(metadata(settings), headers=FRESH)

    return router
