"""server.json, what MCP's registry is told of this server: by the registry's rules, and true of the server.

The rules are those of server.json's schema of 2025-12-11 and of the registry beyond it, as far as they concern a server
that is reached from afar, in our own words: github.com/modelcontextprotocol/registry. Fields that this file has no use
for are refused.
"""

import copy
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft7Validator
from starlette.datastructures import Headers

from raglite.server import protocol
from raglite.server.auth import presented
from tests.unit.infra.estate import ROOT

PUBLISHED = json.loads((ROOT / "server.json").read_text())
SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
VARIABLE = re.compile(r"\{([^}]+)\}")


def _closed(required: str = "", **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
TITLE = {**TEXT, "maxLength": 100}
NAME = {
    "type": "string",
    "maxLength": 200,
    "pattern": r"^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?/[a-zA-Z0-9]([\w.-]*[a-zA-Z0-9])?$",
}
VERSION = {**TEXT, "maxLength": 255, "pattern": r"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$"}  # no range, no `latest`
INPUT = {
    "description": TEXT,
    "isRequired": {"type": "boolean"},
    "isSecret": {"type": "boolean"},
    "format": {"enum": ["string", "number", "boolean", "filepath"]},
    "value": TEXT,
    "default": TEXT,
    "placeholder": TEXT,
    "choices": {"type": "array", "items": TEXT},
}
VARIABLES = {"type": "object", "additionalProperties": _closed(**INPUT)}
HEADER = _closed("name", name=TEXT, variables=VARIABLES, **INPUT)
REMOTE = _closed(
    "type url",
    type={"enum": ["streamable-http", "sse"]},
    url={"type": "string", "pattern": r"^https://(?!localhost|127\.)\S+$"},
    variables=VARIABLES,
    headers={"type": "array", "items": HEADER},
)
RULES = _closed(
    "$schema name description version",
    name=NAME,
    title=TITLE,
    description=TITLE,
    version=VERSION,
    remotes={"type": "array", "minItems": 1, "items": REMOTE},
    **{"$schema": {"const": SCHEMA}},
)


def faults(published: Any) -> list[str]:
    """Return what the registry would refuse."""
    found = [f"{error.json_path}: {error.message}" for error in Draft7Validator(RULES).iter_errors(published)]
    return found or list(_unknown_variables(published))


def _unknown_variables(published: Any) -> Iterator[str]:
    for remote in published["remotes"]:
        templates = [(remote["url"], remote)] + [(one.get("value", ""), one) for one in remote.get("headers", ())]
        for template, place in templates:
            yield from (f"{{{name}}}" for name in VARIABLE.findall(template) if name not in place.get("variables", {}))


def test_the_registry_would_take_it() -> None:
    Draft7Validator.check_schema(RULES)
    assert faults(PUBLISHED) == []


def test_its_version_and_title_are_the_package_s_and_the_server_s(app: FastAPI) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert PUBLISHED["version"] == project["version"]
    assert PUBLISHED["title"] == app.title


def test_a_client_that_fills_it_in_reaches_mcp_with_its_key() -> None:
    (remote,) = PUBLISHED["remotes"]
    (header,) = remote["headers"]
    assert remote["type"] == "streamable-http"
    assert VARIABLE.sub("raglite.example.com", remote["url"]) == f"https://raglite.example.com{protocol.PATH}"
    assert presented(Headers({header["name"]: VARIABLE.sub("a-key", header["value"])})) == "a-key"
    assert header["isSecret"]
    assert header["variables"]["api_key"]["isSecret"]


Spoil = Callable[[Any], object]
SPOILS: dict[str, Spoil] = {
    "$.name": lambda told: told.update(name="com.example/rag/lite"),
    "$.description": lambda told: told.update(description="x" * 101),
    "$.version": lambda told: told.update(version="^1.2.3"),
    "$['$schema']": lambda told: told.update({"$schema": SCHEMA.replace("2025-12-11", "2025-07-09")}),
    "'name' is a required": lambda told: told.pop("name"),
    "'status' was unexpected": lambda told: told.update(status="active"),
    "$.remotes[0].type": lambda told: told["remotes"][0].update(type="http"),
    "$.remotes[0].url": lambda told: told["remotes"][0].update(url="https://localhost/mcp"),
    "{host}": lambda told: told["remotes"][0].pop("variables"),
    "{api_key}": lambda told: told["remotes"][0]["headers"][0].pop("variables"),
    "$.remotes[0].headers[0].isSecret": lambda told: told["remotes"][0]["headers"][0].update(isSecret="yes"),
}


@pytest.mark.parametrize("fault", SPOILS)
def test_what_the_registry_would_refuse_is_noticed(fault: str) -> None:
    spoilt = copy.deepcopy(PUBLISHED)
    SPOILS[fault](spoilt)
    (found,) = faults(spoilt)
    assert fault in found
