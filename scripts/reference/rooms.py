"""The rooms of raglite/ and who imports whom, as the code has it."""

import tomllib
from collections.abc import Iterable

from scripts.reference.graphs import drawn
from scripts.reference.markdown import ROOT, code, table

OURS = "raglite"
# By the longest name that fits. `base` is what every room stands on, and is drawn without its arrows.
ROOMS = {
    "server": ("server",),
    "cli": ("cli",),
    "tasks": ("ingestion.pipeline", "ingestion.reconcile", "ingestion.reindex"),
    "recovery": ("recovery",),
    "release": ("release",),
    "bootstrap": ("bootstrap",),
    "adapters": ("adapters",),
    "evaluation": ("evaluation",),
    "retrieval": ("retrieval",),
    "ingestion": ("ingestion",),
    "lexical": ("retrieval.lexical",),
    "observability": ("observability",),
    "page": ("page",),
    "ports": ("ports",),
    "base": ("settings", "telemetry", "logs", "model", "errors", "deferred"),
}
LABELS = {
    "server": "server<br/>MCP and HTTP",
    "cli": "cli<br/>raglite ...",
    "tasks": "ingestion: tasks<br/>pipeline, reconcile, reindex",
    "recovery": "recovery<br/>backup, restore, drills",
    "release": "release<br/>evidence, promotion",
    "bootstrap": "bootstrap<br/>names the adapters",
    "adapters": "adapters<br/>a vendor, a file",
    "evaluation": "evaluation<br/>scores, gate",
    "retrieval": "retrieval<br/>question to answer",
    "ingestion": "ingestion<br/>document to passages",
    "lexical": "retrieval.lexical<br/>words",
    "observability": "observability<br/>objectives, alarms, audit",
    "page": "page<br/>HTML, the look of reports",
    "ports": "ports<br/>what is needed of the outside",
    "base": "model, errors, settings, telemetry, logs",
}
GROUPS = {
    "doors": ("server", "cli", "tasks", "recovery", "release"),
    "wiring": ("bootstrap", "adapters"),
    "rules, without I/O": ("evaluation", "retrieval", "ingestion", "lexical", "observability"),
    "ground": ("page", "ports", "base"),
}


def imports() -> dict[str, set[str]]:
    """Return, by room, the rooms that it imports from."""
    from grimp import build_graph  # of the lint group

    graph = build_graph(OURS)
    found: dict[str, set[str]] = {}
    for importer in graph.modules - {OURS}:
        for imported in graph.find_modules_directly_imported_by(importer):
            found.setdefault(room(importer), set()).add(room(imported))
    return {begin: ends - {begin} for begin, ends in found.items()}


def room(module: str) -> str:
    """Return the room that a module is in."""
    fitting = [
        (len(name), found)
        for found, names in ROOMS.items()
        for name in names
        if f"{module}.".startswith(f"{OURS}.{name}.")
    ]
    if not fitting:
        raise LookupError(f"{module} is in no room: say in {__name__} where it belongs.")
    return max(fitting)[1]


def diagram() -> list[str]:
    """Return who imports whom, without what all do."""
    arrows = {begin: ends - {"base"} if begin != "ports" else ends for begin, ends in imports().items()}
    return drawn(arrows, LABELS, GROUPS)


def imported() -> list[str]:
    """Return what each room imports."""
    found = imports()
    ends = {begin: [end for end in ROOMS if end in found.get(begin, ())] for begin in ROOMS}
    return table(("room", "imports"), [(code(begin), ", ".join(ends[begin]) or "nothing of ours") for begin in ROOMS])


def vendors() -> list[str]:
    """Return which adapters import the vendors that no other room may."""
    from grimp import build_graph  # of the lint group

    graph = build_graph(OURS, include_external_packages=True)
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    [forbidden] = [one["forbidden_modules"] for one in contracts if one["name"] == "Vendors live in adapters"]
    known = [vendor for vendor in sorted(forbidden) if vendor in graph.modules]
    rows = [(code(vendor), _adapters(graph.find_modules_that_directly_import(vendor))) for vendor in known]
    return table(("vendor", "imported by"), rows)


def _adapters(modules: Iterable[str]) -> str:
    return ", ".join(code(module.removeprefix(f"{OURS}.")) for module in sorted(modules))
