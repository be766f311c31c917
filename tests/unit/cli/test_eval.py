"""`raglite eval` through a small service that is made up: what it writes, and each reason for which it blocks."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import Result

from raglite.cli.asking import LISTED, UNKNOWN_WORDS
from raglite.evaluation.baseline import read_baseline
from raglite.evaluation.evidence import ReasonCode
from raglite.evaluation.runs import read_questions, read_run
from raglite.model import DocumentVersion, VersionState
from tests.unit.cli.conftest import CommandLine
from tests.unit.evaluation.made import figure, version

COUNT, PAGES = 24, 4
ASKED = [
    {
        "id": f"q{n}",
        "question": f"What is q{n}?",
        "doc": "acme.pdf",
        "evidence_pages": [n % PAGES + 1],
        "answer": "1577",
    }
    for n in range(COUNT)
]


@dataclass
class MadeUpService:
    """Answers question n of ASKED with its gold page first, from a corpus of two documents."""

    ready: dict[str, str] = field(default_factory=lambda: {"model": "ok", "index": "ok"})
    embedding: str = "minilm"
    documents: list[DocumentVersion] = field(default_factory=lambda: [version("acme.pdf"), version("birch.pdf")])
    wrong: frozenset[str] = frozenset()
    failing: frozenset[str] = frozenset()
    same: bool = False
    dense: bool = True
    commits: dict[str, int] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/readyz":
            status = 200 if set(self.ready.values()) == {"ok"} else 503
            return httpx.Response(status, json={"parts": self.ready, "embedding": self.embedding})
        if request.url.path == "/api/documents":
            return httpx.Response(200, json=self._listing(request.url.params))
        body = json.loads(request.content)
        if body["query"] == UNKNOWN_WORDS:
            return httpx.Response(200, json={"results": [self._result(1)] if self.dense else []})
        self.asked.append(body)
        return self._answer(body["query"])

    def _listing(self, asked: httpx.QueryParams) -> dict[str, Any]:
        start, limit = int(asked.get("cursor", 0)), int(asked["limit"])
        shown = [document.model_dump(mode="json") for document in self.documents[start : start + limit]]
        return {"documents": shown, "next": str(start + limit) if start + limit < len(self.documents) else None}

    def _answer(self, text: str) -> httpx.Response:
        name = text.removeprefix("What is ").removesuffix("?")
        if name in self.failing:
            return httpx.Response(503, json={"error": {"message": "the index sleeps"}})
        gold = next(row["evidence_pages"][0] for row in ASKED if row["id"] == name)
        pages = range(1, PAGES + 1) if self.same else [gold + 50 if name in self.wrong else gold, 60 + len(name)]
        answer = {
            "query": text,
            "results": [self._result(page) for page in pages],
            "figures": [figure("1577000000").model_dump(mode="json")],
            "interpreted_as": {"companies": ["Acme"], "fiscal_years": [2023]},
            "index_commit": self.commits.get(name, 7),
            "took_ms": 3.5,
        }
        return httpx.Response(200, json=answer)

    def _result(self, page: int) -> dict[str, Any]:
        return {
            "document": {"id": str(self.documents[0].document_id), "key": self.documents[0].key, "version_id": "1"},
            "page": page,
            "section": [],
            "statement": None,
            "excerpt": "words " * 200,
            "score": 1.0,
            "why": {"search": 0.5},
            "citation": {"uri": "raglite://", "label": f"Acme Corp, p. {page}"},
        }


@dataclass
class Evaluation:
    """Runs `raglite eval` on files in a folder of its own."""

    run: CommandLine
    service: MadeUpService
    folder: Path

    def __call__(self, *options: str, questions: list[dict[str, Any]] | None = None) -> Result:
        self.run.respond = self.service
        asked = self.folder / "questions.jsonl"
        asked.write_text("".join(json.dumps(row) + "\n" for row in (ASKED if questions is None else questions)))
        return self.run("eval", "--questions", str(asked), "--json", self.path("report.json"), *options)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(Path(self.path("report.json")).read_text())
        return found

    @property
    def reasons(self) -> list[str]:
        return [reason["code"] for reason in self.report["verdict"]["reasons"]]


@pytest.fixture
def evaluation(raglite: CommandLine, tmp_path: Path) -> Evaluation:
    return Evaluation(raglite, MadeUpService(), tmp_path)


def test_a_good_run_passes_and_says_what_it_measured(evaluation: Evaluation) -> None:
    result = evaluation()
    assert (result.exit_code, evaluation.reasons, result.stderr) == (0, [], "")
    assert "PASS: hit@5 is 100.0 % [86.2, 100.0] of 24 questions" in result.stdout
    assert "24 of 24 (100 %) of the numeric questions got one, 24 of 24 (100 %) of them right" in result.stdout
    assert len(evaluation.service.asked) == COUNT
    assert all(asked["top_k"] == 10 for asked in evaluation.service.asked)
    corpus = evaluation.report["corpus"]
    assert (corpus["embedding"], corpus["commits"]) == ("minilm", [7])
    assert [document["name"] for document in corpus["documents"]] == ["acme", "birch"]


def test_below_the_target_it_passes_with_a_warning(evaluation: Evaluation) -> None:
    evaluation.service.wrong = frozenset({"q1", "q2", "q3"})
    result = evaluation()
    assert result.exit_code == 0
    assert "WARN: hit@5 is 87.5 %" in result.stdout
    assert evaluation("--target", "85").stdout.count("PASS: hit@5 is 87.5 %") == 1


def test_the_report_goes_to_stdout_alone_if_that_is_asked_for(evaluation: Evaluation) -> None:
    evaluation.service.wrong = frozenset({f"q{number}" for number in range(1, 24)})
    result = evaluation("--json", "-")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["verdict"]["outcome"] == "block"
    assert "below_gate: " in result.stderr
    assert not Path(evaluation.path("report.json")).exists()


def test_the_run_file_holds_what_each_question_found(evaluation: Evaluation) -> None:
    evaluation("--run-out", evaluation.path("out/run.jsonl"))
    lines = read_run(Path(evaluation.path("out/run.jsonl")), read_questions(Path(evaluation.path("questions.jsonl"))))
    assert [line.id for line in lines] == [row["id"] for row in ASKED]
    first = lines[0]
    assert [page.place for page in first.ranked] == [("acme", 1), ("acme", 62)]
    assert (first.ranked[0].label, len(first.ranked[0].excerpt or "")) == ("Acme Corp, p. 1", 400)
    assert [page.place for page in first.citations or ()] == [("acme", 1)]
    assert (first.index_commit, first.took_ms, first.abstained, first.ranked[0].why) == (7, 3.5, False, {"search": 0.5})
    assert first.figures == (figure("1577000000"),)
    assert first.interpreted_as == {"companies": ["Acme"], "fiscal_years": [2023]}


def test_the_page_is_written(evaluation: Evaluation) -> None:
    evaluation.service.wrong = frozenset({"q5"})
    evaluation("--html", evaluation.path("report.html"))
    assert "Misses (1)" in Path(evaluation.path("report.html")).read_text()


def test_keys_that_say_nothing_are_translated_by_names(evaluation: Evaluation) -> None:
    evaluation.service.documents[0] = evaluation.service.documents[0].model_copy(update={"key": "e2e/7f.pdf"})
    names = evaluation.folder / "names.json"
    names.write_text('{"e2e/7f.pdf": "Acme.PDF"}')
    assert evaluation().exit_code == 1
    assert evaluation.reasons == ["documents_missing", "below_gate"]
    assert evaluation("--names", str(names)).exit_code == 0
    names.write_text('["e2e/7f.pdf"]')
    assert evaluation("--names", str(names)).exit_code == 65


def test_the_list_of_documents_is_read_to_its_end(evaluation: Evaluation) -> None:
    evaluation.service.documents += [version(f"{n}.pdf") for n in range(LISTED)]
    evaluation()
    assert len(evaluation.report["corpus"]["documents"]) == LISTED + 2


def test_questions_are_asked_side_by_side_and_come_back_in_order(evaluation: Evaluation) -> None:
    made, deadline = evaluation.service, time.monotonic() + 20

    def slow_at_first(request: httpx.Request) -> httpx.Response:
        while b"q0?" in request.content and len(made.asked) < COUNT - 1 and time.monotonic() < deadline:
            time.sleep(0.001)
        return made(request)

    evaluation.service = slow_at_first
    assert evaluation("--at-once", "3").exit_code == 0
    assert made.asked.index({"query": "What is q0?", "top_k": 10}) == COUNT - 1
    assert [found["line"]["id"] for found in evaluation.report["findings"]] == [row["id"] for row in ASKED]


def other(name: str, **changes: Any) -> Callable[[Evaluation], None]:
    """Change a document of the service."""

    def change(evaluation: Evaluation) -> None:
        documents = evaluation.service.documents
        documents[:] = [d.model_copy(update=changes) if d.key == name else d for d in documents]

    return change


def service(**changes: Any) -> Callable[[Evaluation], None]:
    def change(evaluation: Evaluation) -> None:
        for name, value in changes.items():
            setattr(evaluation.service, name, value)

    return change


def names(count: int) -> frozenset[str]:
    return frozenset(row["id"] for row in ASKED[:count])


EASIER = [{**ASKED[0], "question": "What is q1?", "evidence_pages": [2]}, *ASKED[1:]]
BROKEN: dict[ReasonCode, Callable[[Evaluation], None]] = {
    ReasonCode.DOCUMENTS_MISSING: lambda evaluation: evaluation.service.documents.pop(),
    ReasonCode.DOCUMENTS_NOT_SEARCHABLE: other("birch.pdf", state=VersionState.QUARANTINED),
    ReasonCode.DOCUMENTS_CHANGED: other("birch.pdf", content_sha256="another"),
    ReasonCode.DOCUMENTS_SHRUNK: other("birch.pdf", chunks=39),
    ReasonCode.INGESTION_RUNNING: lambda evaluation: evaluation.service.documents.append(
        version("new.pdf", state=VersionState.RECEIVED)
    ),
    ReasonCode.EMBEDDING_CHANGED: service(embedding="other"),
    ReasonCode.DENSE_LEG_SILENT: service(dense=False),
    ReasonCode.SERVICE_NOT_READY: service(ready={"model": "its weights differ", "index": "ok"}),
    ReasonCode.SEVERAL_COMMITS: service(commits={"q3": 8}),
    ReasonCode.REQUESTS_FAILED: service(failing=frozenset({"q3"})),
    ReasonCode.ANSWERS_IDENTICAL: service(same=True),
    ReasonCode.SIGNIFICANT_LOSS: service(wrong=names(6)),
}
ASKED_DIFFERENTLY = {ReasonCode.QUESTIONS_MISSING: ASKED[1:], ReasonCode.QUESTIONS_CHANGED: EASIER}
WITHOUT_BASELINE: dict[ReasonCode, tuple[Callable[[Evaluation], None], list[dict[str, Any]]]] = {
    ReasonCode.NO_QUESTIONS: (service(), []),
    ReasonCode.EMBEDDINGS_MISSING: (other("birch.pdf", embeddings_computed=0, embeddings_reused=0), ASKED),
    ReasonCode.BELOW_GATE: (service(wrong=names(8)), ASKED),
}


def assert_blocked_for(code: ReasonCode, evaluation: Evaluation, result: Result) -> None:
    assert (result.exit_code, evaluation.reasons) == (1, [code.value])
    (sentence,) = (reason["sentence"] for reason in evaluation.report["verdict"]["reasons"])
    assert result.stderr == f"raglite: {code.value}: {sentence}\n"
    assert "BLOCK" in result.stdout


@pytest.mark.parametrize("code", BROKEN)
def test_the_gate_blocks_for_exactly_what_is_worse_than_in_the_baseline(
    evaluation: Evaluation, code: ReasonCode
) -> None:
    assert evaluation("--write-baseline", evaluation.path("baseline.json")).exit_code == 0
    assert evaluation("--baseline", evaluation.path("baseline.json")).exit_code == 0
    BROKEN[code](evaluation)
    assert_blocked_for(code, evaluation, evaluation("--baseline", evaluation.path("baseline.json")))


@pytest.mark.parametrize("code", ASKED_DIFFERENTLY)
def test_the_gate_blocks_for_exactly_what_is_asked_differently(evaluation: Evaluation, code: ReasonCode) -> None:
    evaluation("--write-baseline", evaluation.path("baseline.json"))
    result = evaluation("--baseline", evaluation.path("baseline.json"), questions=ASKED_DIFFERENTLY[code])
    assert_blocked_for(code, evaluation, result)


@pytest.mark.parametrize("code", WITHOUT_BASELINE)
def test_the_gate_blocks_without_a_baseline_too(evaluation: Evaluation, code: ReasonCode) -> None:
    change, questions = WITHOUT_BASELINE[code]
    change(evaluation)
    assert_blocked_for(code, evaluation, evaluation(questions=questions))


def test_there_is_a_test_for_every_reason() -> None:
    assert {*BROKEN, *ASKED_DIFFERENTLY, *WITHOUT_BASELINE} == set(ReasonCode)


def test_no_baseline_is_written_of_a_run_that_is_not_sound(evaluation: Evaluation) -> None:
    evaluation.service.failing = frozenset({"q3"})
    result = evaluation("--write-baseline", evaluation.path("baseline.json"))
    assert (result.exit_code, evaluation.reasons) == (1, ["requests_failed"])
    assert "no baseline was written" in result.stderr
    assert not Path(evaluation.path("baseline.json")).exists()


def test_a_baseline_that_is_written_anew_replaces_one_that_the_run_falls_short_of(evaluation: Evaluation) -> None:
    path = evaluation.path("baseline.json")
    evaluation("--write-baseline", path)
    result = evaluation("--baseline", path, "--write-baseline", path, questions=ASKED[:20])
    assert (result.exit_code, evaluation.reasons) == (1, ["questions_missing"])
    assert len(read_baseline(Path(path)).questions) == 20


def test_what_was_won_and_lost_is_printed(evaluation: Evaluation) -> None:
    evaluation("--write-baseline", evaluation.path("baseline.json"))
    evaluation.service.wrong = names(2)
    result = evaluation("--baseline", evaluation.path("baseline.json"))
    assert "hit@5 against the baseline: 0 won, 2 lost, p = 0.500" in result.stdout


def test_an_answer_of_another_shape_is_a_failed_question(evaluation: Evaluation) -> None:
    made = evaluation.service
    evaluation.service = lambda request: (
        httpx.Response(200, json={"answer": 42}) if b"q5?" in request.content else made(request)
    )
    assert evaluation().exit_code == 1
    assert evaluation.reasons == ["requests_failed"]
    assert "use the same version as the service" in evaluation.report["verdict"]["reasons"][0]["sentence"]


@pytest.mark.parametrize(
    ("options", "exit_code", "hint"),
    [
        (("--gate", "95"), 65, "--gate 95 is above --target 90"),
        (("--run-out", "/dev/null/run.jsonl"), 65, "/dev/null cannot be made"),
        (("--baseline", "/dev/null"), 65, "/dev/null is no baseline"),
    ],
)
def test_options_that_cannot_work_are_refused_before_anything_is_asked(
    evaluation: Evaluation, options: tuple[str, str], exit_code: int, hint: str
) -> None:
    result = evaluation(*options)
    assert result.exit_code == exit_code
    assert hint in result.stderr
    assert evaluation.service.asked == []


@pytest.mark.parametrize(
    ("respond", "exit_code"),
    [
        (lambda _: httpx.Response(401, json={"error": {"message": "Unknown API key"}}), 77),
        (lambda _: httpx.Response(200, json={"documents": [{"key": 1}]}), 78),
        (lambda _: httpx.Response(200, content=b"<html>"), 78),
    ],
)
def test_a_service_that_cannot_be_asked_is_no_verdict(
    evaluation: Evaluation, respond: Callable[[httpx.Request], httpx.Response], exit_code: int
) -> None:
    evaluation.service = respond
    result = evaluation()
    assert result.exit_code == exit_code
    assert result.stderr.count("\n") == 1


def test_the_real_application_can_be_evaluated(
    raglite: CommandLine, tmp_path: Path, ingest: Callable[[str], None]
) -> None:
    raglite.world.upload("acme.txt", b"Acme Corp 10-K 2023\nRevenue was 7 million.")
    ingest("acme.txt")
    asked = tmp_path / "questions.jsonl"
    asked.write_text('{"id": "a", "question": "What was revenue?", "doc": "acme.txt", "evidence_pages": [1]}\n')
    result = raglite("eval", "--questions", str(asked), "--json", str(tmp_path / "report.json"))
    report = json.loads((tmp_path / "report.json").read_text())
    assert [found["line"]["failed"] for found in report["findings"]] == [None], result.stderr
    assert (report["corpus"]["commits"], report["corpus"]["parts"]) == ([1], {"model": "ok", "index": "ok"})
