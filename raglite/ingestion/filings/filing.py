"""What a document is: whose, which form, which fiscal period. Read from its own text.

The uploader may say otherwise by object metadata, which is believed before the text; the file's name is believed last,
and only where nothing else says. PDF document properties are not read.
"""

from collections.abc import Mapping
from typing import Any

from raglite.ingestion.filings.company import read_company
from raglite.ingestion.filings.file_name import hinted
from raglite.ingestion.filings.filing_text import FilingText
from raglite.ingestion.filings.fiscal import read_period
from raglite.ingestion.filings.forms import PERIODIC, TRANSITION, base, read_form
from raglite.ingestion.filings.found import CERTAIN, PASSED_OVER, SAID, Found
from raglite.ingestion.filings.money import read_money
from raglite.ingestion.filings.names import read_names
from raglite.ingestion.filings.periods import period_ends, transition_end
from raglite.ingestion.filings.uploader import stated
from raglite.model import Filing, ParsedDocument, Reading

_LONGEST_WORDS = 160
Findings = dict[str, Found[Any]]


def read_filing(parsed: ParsedDocument, metadata: Mapping[str, str] = {}, name: str = "") -> Filing:
    """Return what a document is; whatever cannot be read is None.

    `metadata` is the object's own (lower-case names), `name` its key's last segment.
    """
    text = FilingText.of(parsed)
    said = stated(metadata)
    believed = {field: found for field, found in said.items() if found.confidence > PASSED_OVER}
    found = _read(text, hinted(name), believed)
    names = _names(text, found, believed.get("names"))
    passed_over = [(field, one) for field, one in said.items() if field not in believed]
    everything = [*found.items(), *(("names", one) for one in names), *passed_over]
    return Filing(
        **{field: one.value for field, one in found.items()},
        names=tuple(dict.fromkeys(one.value for one in names)),
        readings=tuple(_reading(field, one, text) for field, one in everything),
    )


def _read(text: FilingText, hints: Findings, believed: Findings) -> Findings:
    """Read every field but the names, each by the one that is believed first: uploader, text, file name."""
    form = believed.get("form") or _form(text) or hints.get("form")
    kind = form.value if form else None
    year, quarter, end = read_period(kind, text)
    currency, scale = read_money(kind, text.body)
    found = {
        "company": read_company(text) or hints.get("company"),
        "form": form,
        "fiscal_year": year,
        "fiscal_quarter": quarter,
        "period_end": end,
        "currency": currency,
        "scale": scale,
    }
    if not year and not end and base(kind) in PERIODIC:
        found |= {field: hints.get(field) for field in ("fiscal_year", "fiscal_quarter")}
    found |= {field: one for field, one in believed.items() if field != "names"}
    return {field: one for field, one in found.items() if one}


def _form(text: FilingText) -> Found[str] | None:
    """Return the form; a report whose cover fills in only its transition period is a transition report."""
    form = read_form(text.cover)
    transition = transition_end(text.cover)
    if form and transition and f"{form.value}T" in TRANSITION and not period_ends(text.cover):
        return Found(f"{form.value}T", transition.words, SAID)
    return form


def _names(text: FilingText, found: Findings, stated_names: Found[Any] | None) -> list[Found[str]]:
    """Return the other names: the uploader's first; the one on the cover where the uploader says another."""
    listed = [stated_names._replace(value=name) for name in stated_names.value] if stated_names else []
    company = found.get("company")
    if company and company.confidence == CERTAIN:
        printed = read_company(text)
        listed += [printed] if printed and printed.value != company.value else []
    return [*listed, *read_names(text, company.value if company else None)]


def _reading(field: str, found: Found[Any], text: FilingText) -> Reading:
    words = " ".join(found.words.split())[:_LONGEST_WORDS]
    page = text.page_of(words) if PASSED_OVER < found.confidence < CERTAIN else None
    return Reading(field=field, words=words, confidence=found.confidence, page=page)
