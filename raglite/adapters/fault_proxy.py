"""A fault proxy before the vector store, told over HTTP what ails the network: {"kind": ..., "seconds": ..., ...}."""

from typing import Any

import httpx

from raglite.errors import ConfigurationError, DependencyUnavailable

NAME = "the fault proxy"
PATH = "/trouble"
TIMEOUT = httpx.Timeout(10, connect=5)  # seconds


class FaultProxy:
    """Sets the trouble, which stays until another one is set. Every method may raise DependencyUnavailable."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    @classmethod
    def connect(cls, url: str) -> "FaultProxy":
        """Return what talks to the proxy's control address; nothing is sent yet.

        Raises:
            ConfigurationError: it is no address.
        """
        if not url.startswith(("http://", "https://")):
            raise ConfigurationError(f"RAGLITE_FAULTS_URL is {url!r}: set it to http(s)://HOST[:PORT].")
        return cls(httpx.Client(base_url=url.rstrip("/"), timeout=TIMEOUT))

    def refuse(self) -> None:
        """Refuse connections, and reset those that are open."""
        self._ask("PUT", {"kind": "refuse"})

    def stall(self) -> None:
        """Accept connections and let no byte pass; what a client that leaves had sent never arrives."""
        self._ask("PUT", {"kind": "stall"})

    def delay(self, seconds: float) -> None:
        """Let every byte come so many seconds later, each way: a request and its answer take twice as long."""
        self._ask("PUT", {"kind": "delay", "seconds": seconds})

    def cut(self, after_bytes: int) -> None:
        """Reset every connection after so many bytes of answer."""
        self._ask("PUT", {"kind": "cut", "after_bytes": after_bytes})

    def calm(self) -> None:
        """Let everything pass, what was held included."""
        self._ask("PUT", {"kind": "calm"})

    def troubled(self) -> int:
        """Return how many connections have met a trouble since the proxy began."""
        return int(self.state()["connections"]["troubled"])

    def state(self) -> dict[str, Any]:
        """Return the trouble, and how many connections are open, were accepted, and met a trouble."""
        return self._ask("GET")

    def _ask(self, method: str, trouble: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = self._client.request(method, PATH, json=trouble)
            answer.raise_for_status()
            told: dict[str, Any] = answer.json()
        except httpx.HTTPStatusError as error:
            raise ConfigurationError(f"{NAME} refuses: {answer.text[:200]}") from error
        except (httpx.HTTPError, ValueError) as error:
            where = self._client.base_url
            raise DependencyUnavailable(
                NAME, f"no answer from {where} ({error}); is RAGLITE_FAULTS_URL right?"
            ) from error
        return told
