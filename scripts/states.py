"""Writes docs/reference/states.md from the table that the registry keeps: `python -m scripts.states`."""

from pathlib import Path

from raglite.model import TRANSITIONS, VersionState

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "states.md"
MEANINGS = {
    VersionState.RECEIVED: "The bucket holds it, and no task has taken it up (again).",
    VersionState.PROCESSING: "A task indexes it, or died while it did.",
    VersionState.SEARCHABLE: "It is answered from. With pages missing it is partial: those pages are listed.",
    VersionState.QUARANTINED: "It cannot be indexed; a reason says why. An older version may still be answered from.",
    VersionState.SUPERSEDED: "A newer version came after it. Questions as of an earlier date still find it.",
    VersionState.DELETED: "A delete marker hides it, or the bucket no longer holds it.",
}
HEAD = """# States of a version

<!-- Written by `python -m scripts.states` from raglite/model/lifecycle.py. -->

Every version of every object in the documents bucket is in exactly one of these states. One that the registry has no
record of is `received`. Delete markers are not versions of a document; they decide the state of the version before.
The registry refuses to write any other step than those below. A state may always be written again.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *_diagram(), "", *_meanings(), "", *_steps(), ""])


def _diagram() -> list[str]:
    arrows = [f"    {before or '[*]'} --> {after}" for before, following in TRANSITIONS.items() for after in following]
    return ["```mermaid", "stateDiagram-v2", *arrows, "```"]


def _meanings() -> list[str]:
    return ["| state | means |", "|---|---|", *(f"| `{state}` | {meaning} |" for state, meaning in MEANINGS.items())]


def _steps() -> list[str]:
    rows = [
        f"| {f'`{before}`' if before else 'no record yet'} | `{after}` | {when} |"
        for before, following in TRANSITIONS.items()
        for after, when in following.items()
    ]
    return ["| from | to | when |", "|---|---|---|", *rows]


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page())
