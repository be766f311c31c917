"""The page from top to bottom."""

from collections.abc import Iterator, Mapping

from raglite.evaluation.gate import Outcome, Verdict
from raglite.evaluation.page import claims, scores
from raglite.evaluation.page.misses import miss
from raglite.evaluation.report import Report
from raglite.page.markup import Markup, Part, heading, joined, number, table, tag
from raglite.page.style import STYLE

SAYS = {Outcome.PASS: "Passed", Outcome.WARN: "Passed, below target", Outcome.BLOCK: "Blocked"}


def html(report: Report) -> str:
    """Return the whole page."""
    head = (Markup('<meta charset="utf-8">'), Markup('<meta name="viewport" content="width=device-width">'))
    title = tag("title", f"RAGLite evaluation, {report.made:%Y-%m-%d %H:%M}")
    body = tag("body", tag("main", _sections(report)))
    return joined(
        (Markup("<!doctype html>\n"), tag("html", tag("head", head, title, tag("style", STYLE)), body, lang="en"))
    )


def _sections(report: Report) -> Iterator[Part]:
    yield tag("h1", f"Retrieval evaluation \u00b7 {report.made:%d %B %Y, %H:%M} UTC")
    yield _verdict(report.verdict)
    yield scores.tiles(report)
    if report.tables:
        yield from _scores(report)
    if report.comparisons:
        yield tag("h2", "Against the baseline")
        yield scores.compared(report.comparisons)
    yield from _misses(report)
    yield from _claims(report)
    yield from _corpus(report)


def _verdict(verdict: Verdict) -> Markup:
    reasons = [tag("li", tag("code", reason.code.value), " ", reason.sentence) for reason in verdict.reasons]
    return tag(
        "div",
        tag("b", SAYS[verdict.outcome]),
        tag("p", verdict.sentence.partition(": ")[2]),
        tag("ul", reasons) if reasons else None,
        class_=f"verdict {verdict.outcome.value}",
    )


def _scores(report: Report) -> Iterator[Part]:
    limits = report.verdict.thresholds
    yield tag("h2", "Pages")
    yield tag("p", scores.LEGEND, class_="soft")
    yield scores.main_scores(report.tables[0], limits)
    if report.kinds:
        yield tag("h2", "By kind of question")
        yield scores.kinds(report.kinds, limits)


def _misses(report: Report) -> Iterator[Part]:
    yield tag("h2", f"Misses ({len(report.misses)})")
    yield tag(
        "p", "Answerable questions with no gold page among the first five. Open a passage to read it.", class_="soft"
    )
    yield map(miss, report.misses)


def _claims(report: Report) -> Iterator[Part]:
    found, said = report.figures, report.abstention
    yield tag("h2", "Figures")
    yield tag(
        "p",
        f"Of the questions whose answer is a number {found.given.written} got a figure; {found.right.written} of these "
        f"are right. {found.verified.written} answers with figures have every cell verified.",
        class_="soft",
    )
    yield claims.figures(report.findings)
    if found.withheld:
        yield tag("h2", "Figures withheld")
        yield claims.withheld(report.findings)
    yield tag("h2", "Abstention")
    yield tag(
        "p",
        f"Unanswerable questions recognised: {said.recognised.written}. "
        f"Answerable ones refused: {said.refused.written}.",
        class_="soft",
    )
    if rows := claims.misjudged(report.findings):
        yield table(("", "question", "because"), rows)


def _corpus(report: Report) -> Iterator[Part]:
    asked, corpus = report.asked, report.corpus
    yield tag("h2", "What was measured")
    yield tag(
        "dl",
        _entry("service", report.service),
        _entry("questions", f"{asked.total}, {asked.answerable} answerable, {asked.unanswered} without an answer"),
        _entry("questions' fingerprint", tag("code", asked.sha256)),
        _entry("documents' fingerprint", tag("code", corpus.contents_sha256)),
        _entry("state's fingerprint", tag("code", corpus.state_sha256)),
        _entry("embedding spec", tag("code", corpus.embedding or "the service does not tell")),
        _entry("index commit", ", ".join(map(str, corpus.commits)) or "none"),
        _entry("waited, ms", _percentiles(report.latency_ms)),
        _entry("in the service, ms", _percentiles(report.took_ms)),
    )
    rows = [
        (d.name, tag("small", d.key), d.state.value, *(number(f"{n:,}") for n in (d.pages, d.chunks, d.embeddings)))
        for d in corpus.documents
    ]
    head = ("document", "key", "state", *map(heading, ("pages", "chunks", "embeddings")))
    yield tag("details", tag("summary", f"{len(corpus.documents)} documents"), table(head, rows))


def _entry(name: str, value: Part) -> Markup:
    return joined((tag("dt", name), tag("dd", value)))


def _percentiles(found: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:,.0f}" for name, value in found.items())
