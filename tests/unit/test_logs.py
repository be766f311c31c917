"""A log line is one JSON object, says what it belongs to, and holds neither secrets nor what callers asked."""

import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from pydantic import ValidationError

from raglite import logs
from raglite.model import Citation

SECRET = "sk-not-for-the-log"
QUESTION = 'Why did "Orchard Mills" fire Jane Doe?'
Said = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    logs.configure("info", secrets=(SECRET, ""))
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


log = logging.getLogger("raglite.test")


def test_a_line_says_what_it_belongs_to(said: Said) -> None:
    with logs.bound(document="é 财.pdf", trace_id="1-2"), logs.bound(version="v1"):
        log.info("parsed %d pages\nin all", 7, extra={"ms": 3, "unknown": "left out"})
    log.info("afterwards")
    inside, outside = said()
    assert inside.pop("time")
    assert inside == {
        "level": "INFO",
        "logger": "raglite.test",
        "message": "parsed 7 pages\nin all",
        "document": "é 财.pdf",
        "trace_id": "1-2",
        "version": "v1",
        "ms": 3,
    }
    assert "document" not in outside


def test_secrets_and_questions_are_taken_out_of_messages_and_tracebacks(said: Said) -> None:
    with logs.hidden(QUESTION, "of"):
        try:
            {}[f"{QUESTION} with {SECRET}"]
        except KeyError:
            log.exception("no answer to %r of %s", QUESTION, SECRET)
    (line,) = said()
    assert line["message"] == f"no answer to '{logs.HIDDEN}' of {logs.HIDDEN}"
    assert "KeyError" in line["traceback"]
    assert all(text not in json.dumps(line) for text in (SECRET, "Orchard", "Jane Doe"))


@pytest.mark.parametrize("written", [str, repr, ascii, json.dumps, partial(json.dumps, ensure_ascii=False)])
def test_a_text_is_found_however_it_is_quoted_and_whatever_part_of_it_is_hidden_too(
    said: Said, written: Callable[[str], str]
) -> None:
    question = 'Did Jürgen\'s "Orchard Mills" grow?'
    with logs.hidden("Orchard Mills", question, "grow?"):
        log.info("asked <%s>", written(question))
    assert said()[0]["message"].replace("'", "").replace('"', "") == f"asked <{logs.HIDDEN}>"


def test_an_error_of_a_value_quotes_nothing_of_what_it_was_made_from(said: Said) -> None:
    try:
        Citation(uri="raglite://documents", label=[QUESTION])
    except ValidationError:
        log.exception("unforeseen")
    (line,) = said()
    assert "Citation" in line["traceback"]
    assert "Orchard" not in line["traceback"]


def test_what_is_hidden_in_one_request_is_not_in_another(said: Said) -> None:
    with logs.hidden("Orchard Mills"):
        pass
    log.info("Orchard Mills")
    assert [line["message"] for line in said()] == ["Orchard Mills"]


def test_of_a_trace_all_lines_are_written_or_none_and_warnings_always(said: Said) -> None:
    logs.configure("debug", share=0.3)
    for trace in range(400):
        with logs.bound(trace_id=f"1-{trace}"):
            log.info("first")
            log.debug("second")
            log.warning("third")
    written: dict[str, list[str]] = {}
    for line in said():
        written.setdefault(line["trace_id"], []).append(line["message"])
    assert len(written) == 400
    assert {tuple(lines) for lines in written.values()} == {("first", "second", "third"), ("third",)}
    assert 60 < sum(len(lines) == 3 for lines in written.values()) < 180


def test_the_level_is_obeyed_and_chatty_libraries_are_kept_quiet(said: Said) -> None:
    logs.configure("warning")
    log.info("not asked for")
    logs.configure("debug")
    logging.getLogger("httpx").info("GET https://...")
    assert said() == []
