"""docs/reference/rest.md: the plain HTTP side, from the service's own OpenAPI document."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from raglite.bootstrap import bootstrap
from raglite.server.app import SCOPES, create_app
from raglite.server.auth import OPEN_PATHS
from raglite.server.scopes import READERS
from raglite.settings import Settings
from scripts.reference.markdown import REFERENCE, code, head, table
from scripts.reference.schema import shapes, type_of

PAGE = REFERENCE / "rest.md"
TEXT = """The same answers as over [MCP](mcp.md), as plain JSON. The service gives this as `/openapi.json`, too, and
every request that it allows is answered as it says (`make checkers`). A key goes into `Authorization: Bearer <key>` or
`X-API-Key: <key>`. Unknown fields are refused."""
ERRORS = """Every error has the body [Refusal](#refusal): a code for programs ([which there are](mcp.md#errors)) and a
sentence for people."""
Operation = Mapping[str, Any]


def page() -> str:
    """Return the page."""
    settings = Settings()
    document = create_app(bootstrap(settings), settings).openapi()
    operations = [*_operations(document)]
    lines = [
        *head("HTTP: routes and shapes", "the service's OpenAPI document", TEXT),
        "## Routes", "", *_listed(operations),
        *(line for operation in operations for line in _route(*operation)),
        "## Errors", "", ERRORS, "", *_errors(document),
        "## Shapes", "", *shapes(_ours(document["components"]["schemas"])),
    ]  # fmt: skip
    return "\n".join(lines)


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, methods in document["paths"].items():
        yield from ((method.upper(), path, operation) for method, operation in methods.items())


def _listed(operations: Iterable[tuple[str, str, Operation]]) -> list[str]:
    rows = [
        (f"[{code(f'{method} {path}')}](#{_anchor(method, path)})", _scope(path), operation["summary"])
        for method, path, operation in operations
    ]
    return table(("route", "scope", "is"), rows)


def _anchor(method: str, path: str) -> str:
    """Return the anchor of a heading as GitHub makes it."""
    return f"{method} {path}".lower().replace("/", "").replace(" ", "-")


def _scope(path: str) -> str:
    return "no key" if path in OPEN_PATHS else " or ".join(SCOPES.get(path, READERS))


def _route(method: str, path: str, operation: Operation) -> list[str]:
    lines = [f"### {method} {path}", "", f"{operation['summary']}.", ""]
    if asked := operation.get("parameters"):
        lines += table(("parameter", "type", "default", "meaning"), map(_parameter, asked))
    if "requestBody" in operation:
        lines += [f"Body: {type_of(_json_of(operation['requestBody']))}.", ""]
    answer = _json_of(operation["responses"]["200"])
    named = "$ref" in answer or "anyOf" in answer
    return [*lines, f"Answers with {type_of(answer)}." if named else "Answers with a JSON object.", ""]


def _parameter(asked: Mapping[str, Any]) -> tuple[str, ...]:
    schema = asked["schema"]
    default = "needed" if asked.get("required") else code(json.dumps(schema["default"]) if "default" in schema else "")
    return code(asked["name"]), type_of(schema), default, asked.get("description") or schema.get("description", "")


def _json_of(message: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(message["content"]["application/json"]["schema"])


def _errors(document: Mapping[str, Any]) -> list[str]:
    told = {
        status: answer["description"]
        for _, path, operation in _operations(document)
        if path not in OPEN_PATHS
        for status, answer in operation["responses"].items()
        if status != "200"
    }
    return table(("status", "means"), sorted(told.items()))


def _ours(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shapes that routes name; FastAPI adds one for errors that this service does not give."""
    return {name: found for name, found in schemas.items() if name not in {"HTTPValidationError", "ValidationError"}}
