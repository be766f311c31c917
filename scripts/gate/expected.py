"""What a reader should learn from each document's first pages."""

import json
from collections.abc import Iterable

from scripts.gate.editions import LAST_QUARTER, Edition

SCALES = {"thousands": 1_000}
A_MILLION = 1_000_000


def lines(editions: Iterable[Edition]) -> str:
    """Return what each document says it is, as a file of one JSON object a line."""
    return "".join(
        json.dumps({"doc": edition.file} | filing(edition), ensure_ascii=False) + "\n" for edition in editions
    )


def filing(edition: Edition) -> dict[str, object]:
    """Return one document's company, form, period, names, currency and scale; an event's report has no period."""
    company, about = edition.source.company, edition.source.company.about
    said: dict[str, object] = {"company": company.name, "form": edition.form}
    said["names"] = [about[name] for name in ("short", "ticker", "former") if name in about]
    if edition.event:
        return said
    end = company.quarter_end(edition.year, edition.quarter or LAST_QUARTER)
    period = {"fiscal_year": edition.year, "fiscal_quarter": edition.quarter, "period_end": end.isoformat()}
    return said | period | {"currency": about.get("currency", "USD"), "scale": SCALES.get(about["scale"], A_MILLION)}
