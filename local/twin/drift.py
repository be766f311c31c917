"""What a second plan would still change, compared with what is known to be the emulator's fault."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local.twin.layout import ROOT, read_json

KNOWN = ROOT / "local" / "known_drift.json"


def drift_in(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each change of a plan: address, actions and the attributes that would change, sorted by address."""
    resources = [
        {"address": change["address"], **_changed(change["change"])} for change in plan.get("resource_changes", ())
    ]
    outputs = [
        {"address": f"output.{name}", "actions": change["actions"], "attributes": []}
        for name, change in plan.get("output_changes", {}).items()
    ]
    return sorted((c for c in [*resources, *outputs] if _is_change(c["actions"])), key=lambda c: str(c["address"]))


def known(path: Path = KNOWN, target: str = "") -> list[dict[str, Any]]:
    """Return the known drift without its reasons; that of another target than the emulator adds to the emulator's."""
    ledger = read_json(path)
    entries = [*ledger["drift"], *ledger.get(target, ())]
    return [{name: entry[name] for name in ("address", "actions", "attributes")} for entry in entries]


def compare(found: Iterable[dict[str, Any]], expected: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return what was found, what of it nobody knew, and what was expected but did not come."""
    found, expected = list(found), list(expected)
    new = [change for change in found if change not in expected]
    missing = [change for change in expected if change not in found]
    return {"equal": not new and not missing, "drift": found, "new": new, "missing": missing}


def _changed(change: Mapping[str, Any]) -> dict[str, Any]:
    before, after, unknown = (change.get(name) or {} for name in ("before", "after", "after_unknown"))
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)} | {
        n for n in unknown if unknown[n]
    }
    created_or_gone = not before or not after
    return {"actions": change["actions"], "attributes": [] if created_or_gone else sorted(names)}


def _is_change(actions: list[str]) -> bool:
    return actions not in (["no-op"], ["read"])
