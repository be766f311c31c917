"""The list of documents: as JSON (docs/reference/documents-json.md), as a table, and summed up in a few sentences."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group
from rich.text import Text

from raglite.cli.output import documents_table
from raglite.cli.terminal import styled
from raglite.ingestion.accounting import ENDED, Account, totals
from raglite.model import VersionState

MOST_ROWS = 20  # shown of what is on its way, while it is watched


def listing_json(every: Sequence[Account], *, everything: bool) -> dict[str, Any]:
    """Return the versions, superseded and deleted ones only if `everything`, and how many of all are in each state."""
    counts = {state.value: number for state, number in totals(every).items()}
    return {"documents": [_row(one) for one in shown(every, everything=everything)], "totals": counts}


def shown(every: Sequence[Account], *, everything: bool) -> list[Account]:
    """Return what is listed: without `everything` no superseded and deleted ones."""
    return [one for one in every if everything or one.version.state not in ENDED]


def listing(every: Sequence[Account], *, everything: bool) -> Group:
    """Return the table with its summary."""
    listed = shown(every, everything=everything)
    return Group(*([documents_table([one.version for one in listed])] if listed else []), "", *summary(every))


def watched(every: Sequence[Account], on_the_way: Sequence[Account]) -> Group:
    """Return the summary, and the oldest uploads of those that are on their way."""
    oldest = sorted(on_the_way, key=lambda one: (one.version.uploaded is None, one.version.uploaded))[:MOST_ROWS]
    more = len(on_the_way) - len(oldest)
    rest = [styled(f"... and {more} more on their way", "dim")] if more else []
    return Group(tally(every), documents_table([one.version for one in oldest]), *rest)


def tally(every: Sequence[Account]) -> str:
    """Return how many versions are in each state, in one line."""
    counts = totals(every)
    partial = sum(one.version.partial and one.version.state is VersionState.SEARCHABLE for one in every)
    notes = {VersionState.SEARCHABLE: f" ({partial} of them partial)" if partial else ""}
    parts = [f"{number} {state.value}{notes.get(state, '')}" for state, number in counts.items() if number]
    total = sum(counts.values())
    return f"{total} version{'' if total == 1 else 's'}: {', '.join(parts)}"


def summary(every: Sequence[Account]) -> Iterator[Text | str]:
    """Yield the tally, and what to know or do about what is not as it should be."""
    yield tally(every)
    searchable = [one.version for one in every if one.version.state is VersionState.SEARCHABLE]
    if any(version.partial for version in searchable):
        yield styled("partial: what stands on the missing pages is found by no question; the rest is.", "yellow")
    if any(one.version.state is VersionState.QUARANTINED for one in every):
        yield styled(
            "quarantined: put right what the reason names and upload it again; if it was not the document's fault, "
            "`raglite replay KEY` tries it again.",
            "red",
        )


def _row(one: Account) -> dict[str, Any]:
    return {
        **one.version.model_dump(mode="json"),
        "latest": one.latest,
        "in_bucket": one.in_bucket,
        "partial": one.version.partial,
        "upload_to_searchable_seconds": one.upload_to_searchable_seconds,
    }
