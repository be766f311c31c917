"""The files of a run: numbers that can be reckoned again, no key, and a page that needs nothing else."""

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.load.crowds.measured import Asked
from tests.load.crowds.page import page
from tests.load.crowds.plan import Plan
from tests.load.crowds.report import Report, Run, in_lines, report, write
from tests.unit.load.made import asked

VOID_ELEMENTS = {"meta"}
NONE: list[Asked] = []
GOOD = [asked(10 + n, due=n / 10) for n in range(200)]
SOME_FAIL = [*GOOD, *(asked(5, due=15 + n / 10, failure="HTTP <503>") for n in range(20))]
ALL_FAIL = [asked(5, due=n / 10, failure="timeout") for n in range(150)]


def made(folder: Path, found: list[Asked], **plan: object) -> Report:
    run = Run(Plan(folder=folder, api_key="secret-key", **plan), "http://service", 10, datetime.now(UTC))
    run.asked, run.seconds, run.cpu = list(found), 20.05, [3.0, 4.0]
    return report(run)


class Balance(HTMLParser):
    """Fails where an element is closed that is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag not in VOID_ELEMENTS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID_ELEMENTS:
            assert self.open.pop() == tag


@pytest.mark.parametrize("found", [NONE, GOOD[:1], GOOD, SOME_FAIL, ALL_FAIL])
def test_a_page_is_whole_whatever_came_and_needs_nothing_from_the_network(tmp_path: Path, found: list[Asked]) -> None:
    drawn = page(made(tmp_path, found))
    balance = Balance()
    balance.feed(drawn)
    assert balance.open == []
    assert not re.search(r"(src|href)=|url\(|@import|nan|inf\b", drawn)
    assert "secret-key" not in drawn


def test_a_page_says_the_verdict_first_and_names_failures(tmp_path: Path) -> None:
    drawn = page(made(tmp_path, SOME_FAIL))
    assert drawn.index("<b>Broken</b>") < drawn.index("HTTP &lt;503&gt;")
    assert drawn.count("<svg viewBox") == 3 + 5  # drawings, and lines of legends


@pytest.mark.parametrize("found", [NONE, GOOD[:30], SOME_FAIL])
def test_a_profile_of_several_stages_is_told_stage_by_stage(tmp_path: Path, found: list[Asked]) -> None:
    told = made(tmp_path, found, profile="spike")
    balance = Balance()
    balance.feed(page(told))
    assert balance.open == []
    assert "Stage by stage" in page(told)
    assert [line for line in in_lines(told) if "40 users" in line] == [told.stages[1].in_line]
    assert "Stage by stage" not in page(made(tmp_path, found))


def test_the_latency_that_an_objective_names_is_drawn_with_the_promises(tmp_path: Path) -> None:
    drawn = page(made(tmp_path, GOOD))
    assert drawn.count("latency: 1 s") == drawn.count("query-p95: 15 s") == 2


def test_a_run_s_numbers_can_be_reckoned_again_from_its_file(tmp_path: Path) -> None:
    found = made(tmp_path, SOME_FAIL)
    write(found, "")
    kept = json.loads((tmp_path / "steady.json").read_text())
    assert kept["verdict"]["word"] == "broken"
    assert (kept["asked"], kept["answered"], kept["failures"]) == (220, 200, {"HTTP <503>": 20})
    assert kept["questions"]["columns"] == list(Asked._fields)
    assert [Asked(*row) for row in kept["questions"]["rows"]] == [
        one._replace(woke=round(one.woke, 4), due=round(one.due, 4), sent=round(one.sent, 4), done=round(one.done, 4))
        for one in sorted(SOME_FAIL, key=lambda one: one.due)
    ]
    assert sum(bucket["from_due"] for bucket in kept["histogram"]) == 200
    assert {"cpus", "load_before", "load_after"} <= kept["machine"].keys()
    assert re.fullmatch(r"[0-9a-f]{40}", kept["git_commit"])
    assert "secret-key" not in (tmp_path / "steady.json").read_text()


@pytest.mark.parametrize(
    ("found", "left"), [(SOME_FAIL, True), (GOOD, True), (ALL_FAIL, True), (GOOD[:9], False), (NONE, False)]
)
def test_only_a_run_that_says_something_leaves_evidence(tmp_path: Path, found: list[Asked], left: bool) -> None:
    (tmp_path / "samples.json").write_text("of an earlier run")
    write(made(tmp_path, found, profile="spike"), "")
    assert {path.name for path in tmp_path.iterdir()} == {"spike.json", "spike.html"} | (
        {"samples.json"} if left else set()
    )
    if left:
        events = json.loads((tmp_path / "samples.json").read_text())
        assert len(events["Queries"]) == len(found)
        assert len(events["QueryLatency"]) + len(events["Errors"]) == len(found)


def test_answers_that_came_too_late_are_counted_as_failures(tmp_path: Path) -> None:
    found = made(tmp_path, [*GOOD, asked(1500)], timeout=1)
    assert (found.answered, found.failures) == (200, {"timeout": 1})


def test_the_terminal_is_told_verdict_counts_and_both_latencies(tmp_path: Path) -> None:
    lines = "\n".join(in_lines(made(tmp_path, SOME_FAIL)))
    assert lines.startswith("load steady: broken (exit code 1)\navailability is ")
    assert "asked 220, answered 200, failed 20\n  20 x HTTP <503>\nfrom when it was due, ms: " in lines
