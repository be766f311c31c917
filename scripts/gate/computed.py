"""Questions whose answer follows from several figures: ratios, changes, averages, trends and comparisons."""

import random
from collections.abc import Iterator

from scripts.gate.asked import Asked, Evidence
from scripts.gate.editions import Edition
from scripts.gate.figures import is_restated, names_of, printed, together
from scripts.gate.heads import fiscal
from scripts.gate.ratios import Ratio, ratios
from scripts.gate.shelf import Shelf
from scripts.gate.speech import Speech, wordings

COMPARED = 2023  # every pair has a report on this year
RATIOS_A_YEAR, CHANGES_A_YEAR = 3, 2
ROUNDINGS = {
    "percent": " Answer in percent and round to one decimal place.",
    "times": " Round your answer to two decimal places.",
    "days": " Round to one decimal.",
    "money": "",
}
FLOWS = {"operating_cash": "operating", "investing_cash": "investing", "financing_cash": "financing"}
CHANGING = "net_sales operating_income net_income inventories total_assets equity operating_cash".split()
AVERAGED = ("gross_margin", "operating_margin", "net_margin")


def of_years(shelf: Shelf) -> Iterator[Asked]:
    """Yield questions on every annual report."""
    for edition in shelf.editions:
        if edition.is_annual:
            dice = edition.source.dice("computed", edition.file)
            yield from _ratios(shelf, edition, dice)
            yield from _changes(shelf, edition, dice)
            yield from _averages(shelf, edition, dice)
            yield from _trends(shelf, edition, dice)
            yield from _flows(shelf, edition, dice)


def _ratios(shelf: Shelf, edition: Edition, dice: random.Random) -> Iterator[Asked]:
    candidates = {name: Ratio(given, edition.source, edition.year) for name, given in ratios().items()}
    sensible = [(name, ratio) for name, ratio in candidates.items() if ratio.makes_sense()]
    answered = [(name, ratio, *together(shelf, ratio.source, ratio.needed)) for name, ratio in sensible]
    possible = [entry for entry in answered if entry[2]]
    for name, ratio, pages, needs_all in dice.sample(possible, RATIOS_A_YEAR):
        called = dice.choice(ratio.given["names"])
        words = {"ratio": called, "Ratio": called[0].upper() + called[1:], "definition": ratio.given["means"]}
        words["round"] = ROUNDINGS[ratio.given["kind"]]
        frame = dice.choice(wordings()["frames_of"]["defined" if dice.random() < 0.5 else "ratio"])  # noqa: PLR2004  half
        yield _asked(edition, f"ratio-{name}", (frame, words), ratio.answer, (pages, needs_all))


def _changes(shelf: Shelf, edition: Edition, dice: random.Random) -> Iterator[Asked]:
    source, year = edition.source, edition.year
    for name in dice.sample(CHANGING, CHANGES_A_YEAR):
        periods = [(name, str(year)), (name, str(year - 1))]
        now, before = (source.ledger.books[period][name] for _, period in periods)
        pages, needs_all = together(shelf, source, periods)
        called = names_of(source, name)
        if pages and called and before > 0 and now > 0 and not any(is_restated(source, *figure) for figure in periods):
            words = {"metric": dice.choice(called), "before": fiscal(source.company, year - 1)}
            answer = f"{100 * (now / before - 1):.1f}%"
            frame = dice.choice(wordings()["frames_of"]["change"])
            yield _asked(edition, f"change-{name}", (frame, words), answer, (pages, needs_all))


def _averages(shelf: Shelf, edition: Edition, dice: random.Random) -> Iterator[Asked]:
    first = edition.year - 2
    series = [
        Ratio(ratios()[name], edition.source, year)
        for name in [dice.choice(AVERAGED)]
        for year in range(first, edition.year + 1)
    ]
    if edition.kind != "us" or not all(ratio.makes_sense() for ratio in series):
        return
    pages, needs_all = together(shelf, edition.source, [figure for ratio in series for figure in ratio.needed])
    words = {"ratio": dice.choice(series[0].given["names"]), "first": f"FY{first}", "last": f"FY{edition.year}"}
    words["statement"] = dice.choice(wordings()["statements"]["income"])
    answer = f"{sum(ratio.value for ratio in series) / len(series):.1f}%"
    yield _asked(
        edition, "average", (dice.choice(wordings()["frames_of"]["average"]), words), answer, (pages, needs_all)
    )


def _trends(shelf: Shelf, edition: Edition, dice: random.Random) -> Iterator[Asked]:
    name = dice.choice(AVERAGED)
    now, before = (Ratio(ratios()[name], edition.source, edition.year - back) for back in (0, 1))
    pages, needs_all = together(shelf, edition.source, [*now.needed, *before.needed])
    if pages and now.makes_sense() and before.makes_sense() and now.answer != before.answer:
        verb = "improved" if now.value > before.value else "declined"
        words = {"ratio": dice.choice(now.given["names"]), "before": fiscal(edition.source.company, edition.year - 1)}
        frame = dice.choice(wordings()["frames_of"]["trend"])
        answer = f"It {verb}, from {before.answer} to {now.answer}."
        yield _asked(edition, f"trend-{name}", (frame, words), answer, (pages, needs_all))


def _flows(shelf: Shelf, edition: Edition, dice: random.Random) -> Iterator[Asked]:
    period = str(edition.year)
    column = edition.source.ledger.books[period]
    pages, needs_all = together(shelf, edition.source, [(name, period) for name in FLOWS])
    most, least = wordings()["frames_of"]["flows"]
    frame, choose = dice.choice([(most, max), (least, min)])
    name = choose(FLOWS, key=lambda flow: column[flow])
    yield _asked(edition, "flows", (frame, {}), f"{FLOWS[name]} activities", (pages, needs_all))


def of_pairs(shelf: Shelf) -> Iterator[Asked]:
    """Yield comparisons of two companies in one year, whose statements are in the same currency and scale."""
    pairs = [
        ("northwind-energy", "northwind-partners"),
        ("marlowe-foods", "cobalt-reyes"),
        ("marlow-industries", "vireo"),
    ]
    pairs += [("parcelway", "tessaline"), ("first-piedmont", "parcelway"), ("marlow-industries", "northwind-energy")]
    for first, second in pairs:
        one, other = (
            next(e for e in shelf.of(slug, "10-K", "annual report") if e.year == COMPARED) for slug in (first, second)
        )
        dice = one.source.dice("pairs", second)
        for name, statement in (("net_sales", "income"), ("total_assets", "balance")):
            figures = [edition.column(str(COMPARED))[name] for edition in (one, other)]
            words = {"metric": names_of(one.source, name)[0], "other": other.source.company.about["short"]}
            words["period"] = f"fiscal {COMPARED}"  # a day would fit only one of them
            frame = dice.choice(wordings()["frames_of"]["versus"])
            pages = [
                Evidence(edition.file, edition.places[statement], (f"{figure:,.0f}",))
                for edition, figure in zip((one, other), figures, strict=True)
            ]
            larger = (one, other)[figures[1] > figures[0]].source.company.about["short"]
            amounts = [
                printed(edition.source, name, figure) for edition, figure in zip((one, other), figures, strict=True)
            ]
            answer = f"{larger} ({' against '.join(amounts)})"
            yield _asked(one, f"versus-{second}-{name}", (frame, words), answer, (pages, True))


def _asked(
    edition: Edition, what: str, frame: tuple[str, dict[str, str]], answer: str, found: tuple[list[Evidence], bool]
) -> Asked:
    speech = Speech(edition.source.company, str(edition.year), edition.source.dice(what, edition.file))
    return Asked(
        id=f"{what}-{edition.stem}",
        text=frame[0].format_map(speech.words() | frame[1]),
        answer=answer,
        evidence=tuple(found[0]),
        kind=what.partition("-")[0],
        topic=edition.topic,
        needs_all=found[1],
    )
