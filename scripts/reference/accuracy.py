"""docs/reference/accuracy.md: what the committed baselines of the accuracy gate say."""

import re
from collections.abc import Iterable, Mapping

from raglite.evaluation.baseline import COMPARED, Baseline, BaselineQuestion, read_baseline
from raglite.evaluation.gate import Thresholds
from raglite.evaluation.scoring import wilson
from scripts.reference.markdown import REFERENCE, ROOT, code, head, table

PAGE = REFERENCE / "accuracy.md"
FOLDER = ROOT / "tests" / "data" / "baselines"
MADE_BY = {
    "generated": "`make gate`: a corpus that `scripts/gate_corpus.py` writes, with answers known by construction",
    "filings": "`make gate DOCS=... QUESTIONS=... BASELINE=tests/data/baselines/filings.json`: real annual reports, "
    "which are not ours to ship",
}
TEXT = """The gate holds every run against these, question by question; they are the last numbers that were committed,
and hold no text of questions or documents. [What is judged, and how](../explanation/accuracy.md). Beside a share
stands its 95 % interval (Wilson)."""
SORT = re.compile(r"^[a-z]+")


def page() -> str:
    """Return the page."""
    bounds = Thresholds()
    judged = (
        f"{bounds.metric} below {100 * bounds.block_below:g} % blocks a release, below {100 * bounds.target:g} % it "
        "warns. A loss against the baseline that chance does not explain blocks as well."
    )
    lines = [*head("Accuracy: the committed baselines", "tests/data/baselines/", TEXT), judged, ""]
    for name, made_by in MADE_BY.items():
        lines += _baseline(name, made_by, read_baseline(FOLDER / f"{name}.json"))
    return "\n".join(lines)


def _baseline(name: str, made_by: str, stored: Baseline) -> list[str]:
    asked = [one for one in stored.questions.values() if one.found]
    pages, chunks = (sum(getattr(one, what) for one in stored.documents.values()) for what in ("pages", "chunks"))
    corpus = f"{len(stored.documents)} documents, {pages:,} pages, {chunks:,} points; {len(stored.questions)} questions"
    groups = {"all that have an answer": asked, **(_sorts(stored.questions) if name == "generated" else {})}
    rows = [(label, str(len(some)), *(_share(some, score) for score in COMPARED)) for label, some in groups.items()]
    return [
        f"## {name}.json", "",
        f"{made_by}. {corpus}, {len(stored.questions) - len(asked)} of them without an answer in the documents.", "",
        *table(("questions", "how many", *COMPARED), rows),
    ]  # fmt: skip


def _sorts(questions: Mapping[str, BaselineQuestion]) -> dict[str, list[BaselineQuestion]]:
    """Return the questions by the first word of their ids, which says what sort they are of."""
    found: dict[str, list[BaselineQuestion]] = {}
    for name, one in questions.items():
        if one.found and (sort := SORT.match(name)):
            found.setdefault(code(sort[0]), []).append(one)
    return dict(sorted(found.items()))


def _share(questions: Iterable[BaselineQuestion], score: str) -> str:
    outcomes = [one.found[score] for one in questions]
    interval = wilson(sum(outcomes), len(outcomes))
    return f"{100 * sum(outcomes) / len(outcomes):.1f} % ({100 * interval.low:.1f} to {100 * interval.high:.1f})"
