"""Connections that are kept between requests, though a server may close one at the moment in which it is used again."""

import httpx

# A server of Qdrant closes a connection that was idle for five seconds.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=32, keepalive_expiry=3)


class KeptConnections(httpx.HTTPTransport):
    """Sends a request once more if its connection broke: for requests that may safely be made twice."""

    def __init__(self) -> None:
        super().__init__(limits=LIMITS)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; what goes wrong twice is raised. A timeout is not repeated."""
        try:
            return super().handle_request(request)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            return super().handle_request(request)
