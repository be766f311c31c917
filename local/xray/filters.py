"""The part of X-Ray's filter expressions that is understood; anything else is refused, never ignored."""

import json
import re
from collections.abc import Callable, Iterator

from local.xray.described import annotations, services
from local.xray.traces import Document, parts

Filter = Callable[[list[Document]], bool]

STRING = r'"(?:[^"\\]|\\.)*"'
ANNOTATION = re.compile(rf"annotation(?:\.(?P<dotted>\w+)|\[(?P<bracketed>\w+)\])\s*=\s*(?P<value>{STRING}|[\w.-]+)")
SERVICE = re.compile(rf"service\((?P<name>{STRING})\)")
FLAG = re.compile(r"(?P<name>fault|error|throttle)\b(?:\s*=\s*true)?")
AND = re.compile(r"\s+AND\s+")


class NotUnderstood(ValueError):
    """An expression outside the supported part."""


def parse(expression: str) -> Filter:
    """Return a predicate over a trace's documents for clauses joined by AND."""
    clauses = list(_clauses(expression.strip()))
    return lambda documents: all(clause(documents) for clause in clauses)


def _clauses(text: str) -> Iterator[Filter]:
    position = 0
    while position < len(text):
        match = next((found for kind in (ANNOTATION, SERVICE, FLAG) if (found := kind.match(text, position))), None)
        joint = AND.match(text, match.end()) if match else None
        if match is None or (joint is None and match.end() < len(text)):
            raise NotUnderstood(
                f'{text[position:]!r} is not understood: use annotation.name = "value", service("name"), fault, error.'
            )
        yield _clause(match)
        position = joint.end() if joint else len(text)


def _clause(match: re.Match[str]) -> Filter:
    if match.re is ANNOTATION:
        wanted = (match["dotted"] or match["bracketed"], _value(match["value"]))
        return lambda documents: any((name, value) == wanted for name, value, _ in annotations(documents))
    if match.re is SERVICE:
        service = _value(match["name"])
        return lambda documents: service in services(documents)
    flag = match["name"]
    return lambda documents: any(part.get(flag) for part in parts(documents))


def _value(text: str) -> str | float | bool:
    try:
        value: str | float | bool = json.loads(text)
    except ValueError as error:
        raise NotUnderstood(f"{text!r} is no value: quote a string.") from error
    return value
