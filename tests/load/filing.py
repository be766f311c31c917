"""A long made-up filing as dense as real ones: prose under headings, tables of amounts, no two pages alike.

Real annual reports of about 150 pages have 2,800 to 4,000 characters a page (pypdfium2's text of five of them).
"""

import random
from collections.abc import Iterator

from scripts.sample.markup import read
from scripts.sample.typesetting import typeset

SUBJECTS = (
    "Management|The segment|Our credit agreement|The pension plan|Demand in Europe|The board of directors|"
    "A customer in the energy sector|The impairment test|Our insurance programme|The workforce in Portland|"
    "The tax authority|Foreign currency|The acquisition of Marlow Castings|Our largest supplier"
).split("|")
VERBS = (
    "increased|deferred|measured at fair value|renegotiated|exceeded the carrying amount of|was exposed to|"
    "recognised over the contract term|reduced|disclosed in a separate note|estimated by discounting|hedged|amortised"
).split("|")
OBJECTS = (
    "the remaining performance obligations|inventories of finished goods|operating lease liabilities|"
    "the allowance for credit losses|deferred tax assets in two jurisdictions|capital expenditures on the new foundry|"
    "freight and energy costs|the notes due in ten years|warranty claims on instruments|stock-based compensation|"
    "the valuation of goodwill|volumes shipped to distributors"
).split("|")
TURNS = (
    "which is consistent with the assumptions made a year earlier|although prices of nickel rose in the second half|"
    "subject to the covenants described above|as the order book for tidal instruments lengthened|"
    "because a plant stood still for three weeks|and no single customer accounted for more than a tenth of sales"
).split("|")
COVER = """\
^ UNITED STATES SECURITIES AND EXCHANGE COMMISSION
# FORM 10-K
^ For the fiscal year ended December 31, 2024
# Corvane Tidal Works, Inc.
Indicate by check mark whether the registrant is a well-known seasoned issuer."""
PARAGRAPHS = 5
SENTENCES = 4
ROWS = 12
TABLE_EVERY = 3  # pages


def filing(pages: int, changed: int | None = None, seed: int = 0) -> bytes:
    """Return a PDF of so many pages; `changed` is the number of a page on which there is one sentence more."""
    written = [COVER, *(page(number, _chance(seed, number)) for number in range(2, pages + 1))]
    if changed is not None:
        written[changed - 1] += "\nAfter the balance sheet date the foundry in Tillamook was sold for $412.5 million."
    return typeset(read("! Corvane Tidal Works, Inc. 2024 Form 10-K\n" + "\n---\n".join(written)))


def _chance(seed: int, page: int) -> random.Random:
    return random.Random(f"{seed}:{page}")  # noqa: S311  the same text each time is what is wanted


def page(number: int, chance: random.Random) -> str:
    heads = f"### Note {number}. {chance.choice(OBJECTS).capitalize()}"
    if number % TABLE_EVERY == 0:
        return "\n".join([heads, *_table(number, chance), *_prose(chance, PARAGRAPHS - 2)])
    return "\n".join([heads, *_prose(chance, PARAGRAPHS)])


def _prose(chance: random.Random, paragraphs: int) -> Iterator[str]:
    for _ in range(paragraphs):
        yield " ".join(_sentence(chance) for _ in range(SENTENCES))


def _sentence(chance: random.Random) -> str:
    amount, year = f"${chance.randrange(10, 9_999) / 10:,.1f} million", chance.randrange(2019, 2031)
    words = (chance.choice(SUBJECTS), chance.choice(VERBS), chance.choice(OBJECTS), chance.choice(TURNS))
    return "{} {} {} by {} in fiscal {}, {}.".format(*words[:3], amount, year, words[3])


def _table(number: int, chance: random.Random) -> Iterator[str]:
    yield "|! (in millions) | 2024 | 2023 | 2022 |"
    for row in range(ROWS):
        amounts = " | ".join(f"{chance.randrange(100, 99_999):,}" for _ in range(3))
        yield f"| {chance.choice(OBJECTS).capitalize()} {number}.{row + 1} | {amounts} |"
