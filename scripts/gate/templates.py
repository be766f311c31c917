"""Templates into markup."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2

from scripts.gate.companies import CONTENT
from scripts.sample.writing import CONTENT as SAMPLE
from scripts.sample.writing import growth, share

NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()


def rendered(template: str, context: Mapping[str, Any]) -> str:
    """Return a template's text."""
    about = context["about"]
    environment = _environment()
    environment.filters["money"] = lambda value: money(value, about)
    return environment.get_template(template).render(context)


def money(value: float, about: Mapping[str, Any]) -> str:
    """Return an amount of the books as prose writes it: $1,840 million, or $311.4 million of thousands."""
    thousands = about["scale"] == "thousands"
    size = f"{abs(value) / 1000:,.1f}" if thousands else f"{abs(value):,.0f}"
    return f"{'-' if value < 0 else ''}{about.get('symbol', '$')}{size} million"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([CONTENT, SAMPLE]),
        undefined=jinja2.ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  it writes markup for paper, from our own templates alone
    )
    environment.filters |= {"growth": growth, "share": share, "words": lambda count: NUMBERS[int(count)]}
    return environment
