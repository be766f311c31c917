"""The part of X-Ray's filter expressions that is understood; anything else is refused, never ignored."""

import json
import re
from collections.abc import Callable

from local.xray.traces import Document, annotations, services

Filter = Callable[[list[Document]], bool]

ANNOTATION = re.compile(r'annotation(?:\.(?P<dotted>\w+)|\[(?P<bracketed>\w+)\])\s*=\s*(?P<value>"[^"]*"|[\w.-]+)')
SERVICE = re.compile(r'service\("(?P<name>[^"]*)"\)')
FLAG = re.compile(r"(?P<name>fault|error|throttle)(?:\s*=\s*true)?")


class NotUnderstood(ValueError):
    """An expression outside the supported part."""


def parse(expression: str) -> Filter:
    """Return a predicate over a trace's documents for clauses joined by AND."""
    clauses = [_clause(text.strip()) for text in re.split(r"\bAND\b", expression)] if expression.strip() else []
    return lambda documents: all(clause(documents) for clause in clauses)


def _clause(text: str) -> Filter:
    if match := ANNOTATION.fullmatch(text):
        wanted = (match["dotted"] or match["bracketed"], _value(match["value"]))
        return lambda documents: any((name, value) == wanted for name, value, _ in annotations(documents))
    if match := SERVICE.fullmatch(text):
        service = match["name"]
        return lambda documents: service in services(documents)
    if match := FLAG.fullmatch(text):
        flag = match["name"]
        return lambda documents: any(document.get(flag) for document in documents)
    raise NotUnderstood(f'{text!r} is not understood: use annotation.name = "value", service("name"), fault, error.')


def _value(text: str) -> str | float | bool:
    try:
        value: str | float | bool = json.loads(text)
    except ValueError as error:
        raise NotUnderstood(f"{text!r} is no value: quote a string.") from error
    return value
