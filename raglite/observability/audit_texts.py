"""What was asked and answered, kept apart from the audit log's records, which hold only its digest."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from raglite.observability.audit import Record, digest

PART = 20_000  # characters of a text in one line: at most 240 KB of JSON, which every version of CloudWatch Logs takes
NO_TEXT = (ValueError, KeyError, TypeError, OverflowError, RecursionError)  # what a line may bring about that is none


def lines_of(record: Record, salt: str, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that keep a record's texts; a long text has several."""
    for name, text in texts.items():
        parts = [text[start : start + PART] for start in range(0, len(text), PART)] or [""]
        for number, part in enumerate(parts):
            kept = {"chain": record.head.chain, "number": record.head.number, "salt": salt, "name": name}
            yield json.dumps({**kept, "part": number, "parts": len(parts), "text": part})


@dataclass(frozen=True, slots=True)
class Told:
    """A text as it is kept, and whether it is the one that its record has the digest of."""

    text: str
    genuine: bool


def texts_of(record: Record, kept: Mapping[int, Mapping[str, tuple[str, str]]]) -> dict[str, Told]:
    """Return the texts of a record that are still kept, by name."""
    found = kept.get(record.head.number, {})
    wanted: Mapping[str, str] = record.written["texts"]
    return {
        name: Told(text, digest(salt, text) == wanted[name]) for name, (salt, text) in found.items() if name in wanted
    }


def gathered(lines: Iterable[str]) -> dict[int, dict[str, tuple[str, str]]]:
    """Return salt and text by record number and name, whatever order the lines are in and however often they stand."""
    parts: defaultdict[tuple[int, str], dict[int, tuple[str, str]]] = defaultdict(dict)
    for line in lines:
        with suppress(*NO_TEXT):  # what is no such line is nobody's text
            found = json.loads(line)
            parts[int(found["number"]), found["name"]][int(found["part"])] = str(found["salt"]), str(found["text"])
    whole: defaultdict[int, dict[str, tuple[str, str]]] = defaultdict(dict)
    for (number, name), pieces in parts.items():
        whole[number][name] = (next(iter(pieces.values()))[0], "".join(pieces[part][1] for part in sorted(pieces)))
    return dict(whole)
