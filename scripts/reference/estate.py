"""Terraform's modules and what each needs of others, as the root's files have it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts.reference.graphs import drawn
from scripts.reference.markdown import ROOT, code, table

FOLDER = ROOT / "infra" / "terraform"
BLOCK = re.compile(r'^(?P<kind>module|locals)(?: "(?P<name>\w+)")? \{\n(?P<body>.*?)^\}$', re.MULTILINE | re.DOTALL)
VALUE = re.compile(r"^  (?P<name>\w+) += (?P<value>.*?)(?=^  \w+ +=|\Z)", re.MULTILINE | re.DOTALL)
RESOURCE = re.compile(r'^resource "(?P<kind>\w+)"', re.MULTILINE)
INNER = re.compile(r'^ +source += "(?P<source>\.\.?/[\w./]+)"$', re.MULTILINE)
# Every module is given the key that encrypts, and the environment's settings name the audit log: no arrows for these.
EVERYWHERE = ("module.secrets.key_arn", "local.environment")
# What goes against the order; resource by resource there is no cycle.
BACK = {("documents", "backup"): "who may restore", ("service", "observability"): "which alarms send a release back"}
GROUPS = {
    "what looks on": ("observability", "canary", "drill", "audit"),
    "what works": ("service", "ingestion", "backup"),
    "what is kept": ("documents", "registry"),
    "ground": ("network", "secrets"),
}


def modules() -> dict[str, str]:
    """Return the body of each module's call in the root, by its name."""
    return {found["name"]: found["body"] for found in _blocks() if found["kind"] == "module"}


def needs() -> dict[str, set[str]]:
    """Return, by module, the modules whose outputs it is given, by itself or through the root's locals."""
    locals_ = [found["body"] for found in _blocks() if found["kind"] == "locals"]
    values = {one["name"]: one["value"] for body in locals_ for one in VALUE.finditer(body)}
    return {name: set(_named(body, values)) - {name} for name, body in modules().items()}


def diagram() -> list[str]:
    """Return the modules and what they need, with the number of resources that each declares."""
    counted = {name: sum(_declared(body).values()) for name, body in modules().items()}
    labels = {name: f"{name}<br/>{number} resource{'s' * (number > 1)}" for name, number in counted.items()}
    forward = {name: {one for one in ends if (name, one) not in BACK} for name, ends in needs().items()}
    told = [f"{code(begin)} is told by {code(end)} {what}" for (begin, end), what in BACK.items()]
    return [*drawn(forward, labels, GROUPS), "", f"Against the arrows, {' and '.join(told)}."]


def contents() -> list[str]:
    """Return what each module declares."""
    rows = [
        (code(name), code(f"modules/{_source(body)}"), _kinds(_declared(body)))
        for name, body in sorted(modules().items())
    ]
    return table(("module", "in infra/terraform/", "declares"), rows)


def _blocks() -> Iterator[re.Match[str]]:
    for path in sorted(FOLDER.glob("*.tf")):
        yield from BLOCK.finditer(path.read_text(encoding="utf-8"))


def _named(text: str, values: dict[str, str]) -> Iterator[str]:
    for everywhere in EVERYWHERE:
        text = text.replace(everywhere, "")
    yield from re.findall(r"\bmodule\.(\w+)", text)
    for local in re.findall(r"\blocal\.(\w+)", text):
        yield from _named(values.get(local, ""), values)


def _source(body: str) -> str:
    [source] = re.findall(r'source += "\./modules/([\w/]+)"', body)
    return str(source)


def _declared(body: str) -> Counter[str]:
    """Count the resources by type, those of modules within included, as they stand in the files."""
    return _resources(FOLDER / "modules" / _source(body))


def _resources(folder: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in sorted(folder.glob("*.tf")):
        text = path.read_text(encoding="utf-8")
        found.update(RESOURCE.findall(text))
        for source in INNER.findall(text):
            found.update(_resources((folder / source).resolve()))
    return found


def _kinds(declared: Counter[str]) -> str:
    kinds: Iterable[tuple[str, int]] = sorted(declared.items())
    return ", ".join(
        f"{code(kind.removeprefix('aws_'))}{f' x {number}' if number > 1 else ''}" for kind, number in kinds
    )
