"""What the uploader says a document is, by object metadata.

Metadata that cannot be read is passed over, with a reading of confidence 0 that says what to write instead: it is an
aid, and a slip in it must not keep a readable document from being found.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Any

from raglite.ingestion.filings.file_name import usual_form
from raglite.ingestion.filings.found import CERTAIN, PASSED_OVER, Found
from raglite.ingestion.filings.periods import PLAUSIBLE_YEARS

PREFIX = "raglite-"
_LONGEST = 200


def stated(metadata: Mapping[str, str]) -> dict[str, Found[Any]]:
    """Return the fields of a Filing that the metadata states; a value of None is one that could not be read."""
    found: dict[str, Found[Any]] = {}
    for field, (read, example) in _FIELDS.items():
        key = f"{PREFIX}{field.replace('_', '-')}"
        written = _decoded(metadata.get(key, ""))
        if not written:
            continue
        value = read(written)
        found[field] = (
            Found(None, f"passed over, write it as in {key}={example}: {written}", PASSED_OVER)
            if value is None
            else Found(value, f"{key}={written}", CERTAIN)
        )
    return found


def _decoded(value: str) -> str:
    """Return a metadata value, which S3 hands out encoded after RFC 2047 where it is not plain ASCII."""
    try:
        return str(make_header(decode_header(value))).strip()
    except (HeaderParseError, LookupError, ValueError):
        return value.strip()


def _text(value: str) -> str | None:
    return value if len(value) <= _LONGEST and value.isprintable() else None


def _form(value: str) -> str | None:
    return usual_form(value) or _text(value)


def _names(value: str) -> tuple[str, ...] | None:
    return tuple(name for part in value.split(";") if (name := part.strip())) or None if _text(value) else None


def _year(value: str) -> int | None:
    return int(value) if re.fullmatch(r"\d{4}", value) and int(value) in PLAUSIBLE_YEARS else None


def _quarter(value: str) -> int | None:
    match = re.fullmatch(r"[Qq]?([1-4])", value)
    return int(match[1]) if match else None


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


_FIELDS: dict[str, tuple[Callable[[str], Any], str]] = {
    "company": (_text, "Orchard Mills, Inc."),
    "form": (_form, "10-K"),
    "fiscal_year": (_year, "2023"),
    "fiscal_quarter": (_quarter, "3"),
    "period_end": (_day, "2023-09-30"),
    "names": (_names, "Orchard; ORM"),
}
