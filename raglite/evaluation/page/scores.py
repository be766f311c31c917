"""Scores as tables and bars."""

from collections.abc import Sequence

from raglite.evaluation.baseline import Comparison
from raglite.evaluation.claims import Share
from raglite.evaluation.gate import Thresholds
from raglite.evaluation.report import Report
from raglite.evaluation.scoring import MRR, Interval
from raglite.evaluation.tables import UNDERSTOOD, Score, Table
from raglite.page.markup import Markup, Part, heading, number, table, tag

LEGEND = (
    "The tick is the score, the band its 95 % interval, the dashed lines are gate and target. "
    "\u00b1 1: a page next to a gold page counts too."
)
KINDS = {
    "doc_type": "form",
    "question_type": "type",
    "source": "source",
    "company_named": "company named",
    UNDERSTOOD: "understood",
}
OTHERS = ("hit@1", "full@5", "doc@5", MRR)
TOLERANT = "+-1"
MEANINGS = {
    "hit@1": "a gold page comes first",
    "hit@3": "a gold page is among the first three",
    "hit@5": "a gold page is among the first five",
    "hit@10": "a gold page is among the first ten",
    MRR: "mean of 1/rank of the first gold page",
    "full@5": "all gold pages are among the first five",
    "full@10": "all gold pages are among the first ten",
    "doc@1": "the first page is of a gold document",
    "doc@5": "one of the first five is of a gold document",
    "attribution": "what the answer rests on is in gold documents and on a gold page",
}


def tiles(report: Report) -> Markup:
    """Return the numbers to see first."""
    scores = report.tables[0].scores if report.tables else {}
    limits = report.verdict.thresholds
    pages = [_score_tile(name, scores[name], limits) for name in ("hit@5", "hit@1", "doc@5") if name in scores]
    claims = [
        _share_tile("figures right", report.figures.right),
        _share_tile("figures given", report.figures.given),
        _share_tile("abstained rightly", report.abstention.recognised),
    ]
    return tag("div", pages, claims, class_="tiles")


def main_scores(all_questions: Table, limits: Thresholds) -> Markup:
    """Return the scores of all questions."""
    scores = all_questions.scores
    rows = [
        (
            name,
            number(score.written),
            number(_bounds(score.interval)),
            _bar(score, name, limits),
            number(scores[name + TOLERANT].written if name + TOLERANT in scores else ""),
            tag("small", meaning),
        )
        for name, meaning in MEANINGS.items()
        if (score := scores.get(name))
    ]
    return table(("", heading("score"), heading("95 % interval"), "", heading("\u00b1 1"), ""), rows)


def kinds(tables: Sequence[Table], limits: Thresholds) -> Markup:
    """Return the headline scores of each kind of question."""
    rows: list[list[Part]] = []
    before = ""
    for kind in tables:
        field, _, value = kind.name.partition("=")
        hit = kind.scores["hit@5"]
        others = [number(kind.scores[name].written) for name in OTHERS]
        title = KINDS.get(field, field) if field != before else ""
        rows.append([tag("small", title), value, number(str(kind.trials)), number(hit.written)])
        rows[-1] += [_bar(hit, "hit@5", limits), *others]
        before = field
    return table(["", "", heading("n"), heading("hit@5"), "", *map(heading, OTHERS)], rows)


def compared(comparisons: Sequence[Comparison]) -> Markup:
    """Return what changed against the baseline."""
    rows = [
        (
            one.metric,
            number(str(one.compared)),
            tag("td", f"{len(one.won)} won", _ids(one.won), class_="good"),
            tag("td", f"{len(one.lost)} lost", _ids(one.lost), class_="bad"),
            number(f"{one.p:.3f}"),
        )
        for one in comparisons
    ]
    return table(("", heading("same questions"), "", "", heading("McNemar's p")), rows)


def bar(value: float, interval: Interval | None, limits: Sequence[float] = ()) -> Markup:
    """Return one bar of shares in [0, 1]."""
    low, high = (interval.low, interval.high) if interval else (0.0, value)
    band = tag("i", style=f"left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%")
    lines = [tag("u", style=f"left:{100 * limit:.1f}%") for limit in limits]
    return tag("span", band, lines, tag("b", style=f"left:{100 * value:.1f}%"), class_="bar")


def _score_tile(name: str, score: Score, limits: Thresholds) -> Markup:
    return tag("div", tag("span", name), tag("b", score.written), _bar(score, name, limits), class_="tile")


def _share_tile(name: str, share: Share) -> Markup:
    if share.value is None:
        return tag("div", tag("span", name), tag("b", "\u2013"), tag("small", "none to judge"), class_="tile")
    written = f"{share.count} of {share.trials}"
    return tag("div", tag("span", name), tag("b", written), bar(share.value, share.interval), class_="tile")


def _bar(score: Score, name: str, limits: Thresholds) -> Markup:
    return bar(score.value, score.interval, (limits.block_below, limits.target) if name == limits.metric else ())


def _bounds(interval: Interval | None) -> str:
    return f"{100 * interval.low:.1f} \u2013 {100 * interval.high:.1f}" if interval else ""


def _ids(ids: Sequence[str]) -> Markup | None:
    return tag("small", ": ", ", ".join(ids)) if ids else None
