"""A client of one Qdrant server, over REST."""

import warnings
from urllib.parse import urlsplit

from qdrant_client import QdrantClient

from raglite.adapters.kept_connections import KeptConnections


def connected(url: str, api_key: str | None, timeout: int = 20) -> QdrantClient:
    """Return a client; nothing is sent yet. `timeout` is seconds per request."""
    with warnings.catch_warnings():
        if _stays_on_this_machine(url):
            warnings.filterwarnings("ignore", "Api key is used with an insecure connection")
        return QdrantClient(
            url=url,
            api_key=api_key,
            timeout=timeout,
            check_compatibility=False,
            prefer_grpc=False,
            transport=KeptConnections(),  # by itself the client keeps none to this machine
        )


def _stays_on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
