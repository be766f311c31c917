"""The service as its users reach it, asked over its REST side. What goes wrong is an answer, too."""

import httpx

from raglite.ports.drills import Reply

PATH = "/api/query"
TOP_K = 20  # more than the pages of what is asked about
TIMEOUT = httpx.Timeout(15, connect=5)  # seconds; who asks is told within them or gives up


class ServiceDoor:
    """A Door at `url`, knocked at with one key unless another is given. Every question comes over a new connection."""

    def __init__(self, url: str, key: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._transport = transport

    def ask(self, question: str, document_id: str | None = None, key: str | None = None) -> Reply:
        """Ask, of one document alone if an id is given."""
        filters = {"document_ids": [document_id]} if document_id else None
        asked = {"query": question, "top_k": TOP_K, "filters": filters}
        try:
            with httpx.Client(transport=self._transport, timeout=TIMEOUT) as client:
                given = client.post(
                    self._url + PATH, json=asked, headers={"Authorization": f"Bearer {key or self._key}"}
                )
        except httpx.HTTPError as error:
            return Reply(None, sentence=f"unreachable: {type(error).__name__}")
        return _read(given)


def _read(given: httpx.Response) -> Reply:
    try:
        body = given.json()
    except ValueError:
        return Reply(given.status_code)
    if not isinstance(body, dict):
        return Reply(given.status_code)
    fault = body.get("error")
    sentence = str(fault.get("message", "")) if isinstance(fault, dict) else ""
    return Reply(given.status_code, body, sentence)
