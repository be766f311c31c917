"""Questions to the running service, and what is said when it cannot answer."""

import json
from collections.abc import Callable

import httpx
import pytest
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.model import Answer
from raglite.retrieval.query import query
from raglite.retrieval.requests import Question
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import ANALYST, World
from tests.unit.cli.conftest import CommandLine
from tests.unit.retrieval.stated import statements

QUESTION = "What was revenue?"


@pytest.fixture(autouse=True)
def filled(world: World, ingest: Callable[[str], None]) -> None:
    for key, company, year in (
        ("red/mills.pdf", "Orchard Mills, Inc.", 2023),
        ("lines.pdf", "Harbor Lines, Inc.", 2022),
    ):
        world.upload(key, report(company, year, f"Revenue was {year} million.\x1b[2J [bold]Not[/bold] more."))
        ingest(key)


def keys(result: Result) -> set[str]:
    return {found["document"]["key"] for found in json.loads(result.stdout)["results"]}


def test_json_is_the_services_answer(raglite: CommandLine, world: World) -> None:
    answer = Answer.model_validate_json(raglite("query", QUESTION, "--top-k", "3", "--json").stdout)
    assert (
        answer.without_timing() == query(Question(query=QUESTION, top_k=3), world.services(), ANALYST).without_timing()
    )


def test_passages_are_printed_with_their_citations_and_nothing_that_steers_the_terminal(raglite: CommandLine) -> None:
    shown = raglite("query", f"{QUESTION} Orchard Mills 2023").stdout
    assert "[1] Orchard Mills, Inc., 10-K FY2023, p. 2" in shown
    assert "red/mills.pdf  raglite://documents/" in shown
    assert "    Revenue was 2023 million.\ufffd[2J [bold]Not[/bold] more." in shown
    assert "ms at index commit 2" in shown


def test_a_figure_is_printed_before_the_passages(raglite: CommandLine, world: World) -> None:
    (version,) = world.documents.versions("lines.pdf")
    world.documents.save_figures("lines.pdf", version.version_id, statements())
    lines = raglite("query", "What was the current ratio of Harbor Lines in fiscal 2022?").stdout.splitlines()
    assert lines[0] == "2 ratio"
    assert lines[1] == "    Harbor Lines, Inc., FY2022: current_assets[FY2022] / current_liabilities[FY2022]"
    assert any(line.startswith("[1] ") for line in lines[2:])


def test_a_question_that_the_documents_do_not_answer_is_told_so_before_the_passages(raglite: CommandLine) -> None:
    shown = raglite("query", "What was the revenue of Harbor Lines in fiscal 2009?").stdout
    assert "The documents seem not to answer this. No document of Harbor Lines, Inc. covers 2009" in shown
    assert shown.index("seem not to answer") < shown.index("[1] ")


def test_options_limit_the_answer(raglite: CommandLine) -> None:
    assert keys(raglite("query", QUESTION, "--json")) == {"red/mills.pdf", "lines.pdf"}
    assert keys(raglite("query", QUESTION, "--company", "Harbor Lines", "--json")) == {"lines.pdf"}
    assert keys(raglite("query", QUESTION, "--year", "2023", "--json")) == {"red/mills.pdf"}
    assert keys(raglite("query", QUESTION, "--year", "2023", "--year", "2022", "--json")) == {
        "red/mills.pdf",
        "lines.pdf",
    }
    assert keys(raglite("query", QUESTION, "--form", "8-K", "--json")) == set()
    assert len(json.loads(raglite("query", QUESTION, "-k", "1", "--json").stdout)["results"]) == 1


def test_as_of_answers_from_what_was_answered_from_then(
    raglite: CommandLine, world: World, ingest: Callable[[str], None]
) -> None:
    then = world.clock.now().isoformat()
    world.upload("lines.pdf", report("Harbor Lines, Inc.", 2022, "Revenue was restated."))
    ingest("lines.pdf")
    asked = ("query", "What was the revenue of Harbor Lines in fiscal 2022?")
    now, past = raglite(*asked).stdout, raglite(*asked, "--as-of", then).stdout
    assert "Revenue was restated." in now
    assert "Revenue was restated." not in past
    assert "Revenue was 2022 million." in past
    assert "(as of 2026-01-01T00:00:02Z, superseded since)" in past
    assert past.rstrip().endswith("ms at index commit 2, as of 2026-01-01T00:00:02Z")


def test_as_of_before_the_first_document_is_said_in_words(raglite: CommandLine) -> None:
    result = raglite("query", QUESTION, "--as-of", "2025-12-31")
    assert result.exit_code == 0
    assert result.stdout.startswith("No document was searchable at 2025-12-31. The first document became searchable at")


def test_what_to_know_of_a_document_is_printed_once_before_the_passages(
    raglite: CommandLine, world: World, ingest: Callable[[str], None]
) -> None:
    world.upload("lines.pdf", BROKEN)
    ingest("lines.pdf")
    record = world.registry.records["lines.pdf", "v2"]
    partial = record.model_copy(update={"pages_total": 120, "pages_missing": (7, 8, 40)})
    world.registry.records["lines.pdf", "v2"] = partial
    shown = raglite("query", "What was the revenue of Harbor Lines in fiscal 2022?").stdout
    lines = shown.splitlines()
    name = "Harbor Lines, Inc., 10-K FY2022, lines.pdf: "
    assert lines[0].startswith(f"{name}a newer version of 2026-01-01T00:00:03Z could not be indexed (unreadable)")
    assert lines[1] == f"{name}3 of 120 pages of this document could not be read and are not searched: 7, 8, 40."
    assert shown.count(name) == 2


def test_no_passage_is_said_in_words(raglite: CommandLine) -> None:
    result = raglite("query", QUESTION, "--form", "8-K")
    assert result.exit_code == 0
    assert result.stdout.startswith("No passage was found.")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("",), "The query is empty"),
        ((QUESTION, "--top-k", "0"), "top_k is 0; ask for 1 to 50"),
        ((QUESTION, "--as-of", "yesterday"), "as_of is 'yesterday', which is no date. Write a date such as"),
    ],
)
def test_what_the_service_refuses_is_passed_on(raglite: CommandLine, arguments: tuple[str, ...], hint: str) -> None:
    result = raglite("query", *arguments, "--json")
    assert (result.exit_code, result.stdout) == (65, "")
    assert hint in result.stderr


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        (None, "Set RAGLITE_API_KEY"),
        ("stranger", "http://service does not know the key in RAGLITE_API_KEY: Unknown API key"),
        ("clé", "copy the key again"),
    ],
)
def test_a_missing_or_unknown_key_is_named(
    raglite: CommandLine, monkeypatch: pytest.MonkeyPatch, key: str | None, hint: str
) -> None:
    monkeypatch.delenv("RAGLITE_API_KEY") if key is None else monkeypatch.setenv("RAGLITE_API_KEY", key)
    result = raglite("query", QUESTION)
    assert result.exit_code == 77
    assert hint in result.stderr


def answering(status: int, content: bytes = b"", **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, content=content, headers=headers)


BUSY = b'{"error": {"code": "dependency_unavailable", "message": "Qdrant: not reachable."}}'


@pytest.mark.parametrize(
    ("response", "exit_code", "hint"),
    [
        (answering(503, BUSY), 75, "the service: http://service answered 503: Qdrant: not reachable."),
        (answering(502, b"<html>"), 75, "answered 502: Bad Gateway"),
        (answering(429), 75, "answered 429: Too Many Requests"),
        (answering(403, BUSY), 77, "Qdrant: not reachable."),
        (answering(404, b"not here"), 78, "answered 404: it is no RAGLite service; check RAGLITE_API_URL."),
        (answering(200, b"<html>Welcome</html>"), 78, "answers, but not in JSON"),
        (answering(200, b'{"answer": 42}'), 78, "another shape"),
        (answering(301, location="https://service/"), 78, "redirects to https://service/: set RAGLITE_API_URL"),
    ],
)
def test_each_way_of_not_answering_has_its_sentence_and_exit_code(
    raglite: CommandLine, response: Callable[[httpx.Request], httpx.Response], exit_code: int, hint: str
) -> None:
    raglite.respond = response
    result = raglite("query", QUESTION)
    assert result.exit_code == exit_code
    assert hint in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_question_whose_task_dies_is_asked_once_more(raglite: CommandLine) -> None:
    well, asked = raglite.respond, []

    def dying_first(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) == 1:
            raise httpx.RemoteProtocolError("the connection broke")
        return well(request)

    raglite.respond = dying_first
    assert raglite("query", QUESTION).exit_code == 0
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("url", "exit_code", "hint"),
    [
        ("nonsense", 78, "set it to http(s)://HOST[:PORT]"),
        ("http://host:abc", 78, "set it to http(s)://HOST[:PORT]"),
        ("http://127.0.0.1:1", 75, "is it running, is RAGLITE_API_URL right?"),
    ],
)
def test_an_address_where_nobody_answers_is_named(
    monkeypatch: pytest.MonkeyPatch, world: World, url: str, exit_code: int, hint: str
) -> None:
    monkeypatch.setenv("RAGLITE_API_URL", url)
    result = CliRunner().invoke(app, ["query", QUESTION], obj=Outside(lambda _: world.services()))
    assert result.exit_code == exit_code
    assert hint in result.stderr
    assert url in result.stderr
