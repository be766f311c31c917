"""Run files come back as they were written, and what would falsify a score is refused."""

from pathlib import Path

import pytest

from raglite.errors import InvalidRequest
from raglite.evaluation.runs import Question, RankedPage, RunLine, read_questions, read_run, write_run

ASKED = [Question(id="one", doc="a.pdf", evidence_pages=(1,)), Question(id="two", doc="a.pdf", evidence_pages=(2,))]
LINES = [
    RunLine(id="one", ranked=(RankedPage(doc="a\u2028b.pdf", page=3),), latency_ms=1.5),
    RunLine(id="two", citations=(), abstained=True),
]


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_run(tmp_path / "run.jsonl", LINES)
    assert read_run(tmp_path / "run.jsonl", ASKED) == LINES


def test_an_id_that_occurs_twice_is_refused_on_both_ways(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="more than once: one"):
        write_run(tmp_path / "run.jsonl", [LINES[0], LINES[0]])
    assert not (tmp_path / "run.jsonl").exists()
    (tmp_path / "run.jsonl").write_text('{"id": "one"}\n{"id": "one"}\n')
    with pytest.raises(InvalidRequest, match="more than once: one"):
        read_run(tmp_path / "run.jsonl", ASKED)


def test_an_id_that_was_not_asked_is_refused(tmp_path: Path) -> None:
    write_run(tmp_path / "run.jsonl", LINES)
    with pytest.raises(InvalidRequest, match="not asked: two"):
        read_run(tmp_path / "run.jsonl", ASKED[:1])


@pytest.mark.parametrize(
    "broken", ['{"id": "one", "ranked": [{"doc": "a"}]}', "{", '{"id": "one", "rank": []}', '{"ranked": []}']
)
def test_a_broken_line_is_named(tmp_path: Path, broken: str) -> None:
    (tmp_path / "run.jsonl").write_text(f'{{"id": "two"}}\n\n{broken}\n')
    with pytest.raises(InvalidRequest, match="line 3"):
        read_run(tmp_path / "run.jsonl", ASKED)


def test_questions_asked_twice_are_refused(tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_text('{"id": "one"}\n{"id": "one"}\n')
    with pytest.raises(InvalidRequest, match="more than once"):
        read_questions(tmp_path / "questions.jsonl")
