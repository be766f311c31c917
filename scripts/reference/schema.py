"""JSON Schemas, as pydantic writes them, as tables of fields."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from scripts.reference.markdown import code, table

Schema = Mapping[str, Any]
BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "maxLength": "at most {} characters",
    "maxItems": "at most {}",
}


def fields(schema: Schema, *, described: bool) -> list[str]:
    """Return a table of an object's fields; `described`: they have descriptions of their own."""
    needed = set(schema.get("required", ()))
    heads = ("name", "type", "default", "meaning") if described else ("name", "type")
    rows = [
        (code(name), type_of(found), *((_default(found, name in needed), found.get("description", "")) * described))
        for name, found in schema.get("properties", {}).items()
    ]
    return table(heads, rows) if rows else ["None.", ""]


def type_of(found: Schema) -> str:
    """Return a type and its limits in words; a shape is a link to its section."""
    if "$ref" in found:
        return _link(found["$ref"])
    if "anyOf" in found:
        return " or ".join(type_of(one) for one in found["anyOf"])
    if "const" in found:
        return code(json.dumps(found["const"]))
    if "enum" in found:
        return " or ".join(code(json.dumps(one)) for one in found["enum"])
    return ", ".join([_kind(found), *_limits(found)])


def shapes(definitions: Mapping[str, Schema]) -> list[str]:
    """Return a section for each shape that others name."""
    lines = []
    for name, found in sorted(definitions.items()):
        lines += [f"### {name}", "", *_told(found)]
        lines += fields(found, described=_is_described(found)) if "properties" in found else [f"{type_of(found)}.", ""]
    return lines


def _is_described(schema: Schema) -> bool:
    return any("description" in found for found in schema.get("properties", {}).values())


def _told(found: Schema) -> list[str]:
    text = " ".join(found.get("description", "").split())
    return [text, ""] if text else []


def _link(reference: str) -> str:
    name = reference.rpartition("/")[2]
    return f"[{name}](#{name.lower()})"


def _kind(found: Schema) -> str:
    kind = found.get("type")
    if kind == "array":
        items = found.get("items") or {}
        return f"list of {type_of(items)}" if items else "list"
    if kind == "object" and isinstance(found.get("additionalProperties"), Mapping):
        return f"object of {type_of(found['additionalProperties'])}"
    if kind == "null":
        return "nothing"
    if found.get("format") == "password":
        return "secret"
    return str(found.get("format") or kind or "anything")


def _limits(found: Schema) -> Iterable[str]:
    if found.get("minLength") == 1:
        yield "not empty"
    yield from (words.format(f"{found[name]:,}") for name, words in BOUNDS.items() if name in found)
    if "pattern" in found:
        yield f"matches {code(found['pattern'])}"


def _default(found: Schema, needed: bool) -> str:
    if needed:
        return "needed"
    value = found.get("default")
    return "" if value is None else code(json.dumps(value))
