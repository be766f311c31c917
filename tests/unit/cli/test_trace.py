"""`raglite trace` over a fake store."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from raglite.cli.app import app
from raglite.cli.outside import Outside
from raglite.observability.traces import Kind, Part, Trace, waterfall
from tests.fakes.traces import FakeTraces

ID = "1-67891233-abcdef012345678912345678"


def part(name: str, began: float, ended: float | None, *below: Part, **told: Any) -> Part:
    return Part(name=name, kind=told.pop("kind", Kind.STEP), began=began, ended=ended, parts=below, **told)


def call(name: str, operation: str, began: float, ended: float) -> Part:
    return part(name, began, ended, kind=Kind.CALL, operation=operation)


GETS = [call("dynamodb", "GetItem", 103 + number / 10, 103.05 + number / 10) for number in range(5)]
INGEST = part(
    "ingest",
    101,
    110,
    part("parse", 101, 103, faulty=True),
    part("look", 103, 104, *GETS, call("s3", "HeadObject", 103.91, 103.92)),
    kind=Kind.SEGMENT,
    annotations={"document": "x.pdf", "outcome": "searchable"},
)
MARK, START = call("dynamodb", "UpdateItem", 100, 101), call("ecs", "RunTask", 101.5, 102)
TRACE = Trace(id=ID, parts=(part("trigger", 100, 102, MARK, INGEST, START, kind=Kind.SEGMENT),))


def run(*arguments: str, traces: tuple[Trace, ...] = (TRACE,)) -> Result:
    return CliRunner().invoke(app, ["trace", *arguments], obj=Outside(traces_by=lambda: FakeTraces(*traces)))


@pytest.mark.parametrize("which", [(ID,), ("--last",), ("--document", "x.pdf")], ids=["id", "last", "document"])
def test_a_trace_is_drawn_with_a_row_for_each_part(which: tuple[str, ...]) -> None:
    done = run(*which)
    assert done.exit_code == 0
    title, told, heads, *rows = done.stdout.splitlines()
    assert title == f"{ID}  10,000 ms"
    assert told == "document=x.pdf  outcome=searchable"
    assert heads.split() == ["what", "start", "ms", "ms"]
    found = [(len(row) - len(row.lstrip()), row.replace("█", "").split()) for row in rows]
    assert found == [
        (0, ["trigger", "0.0", "2,000.0"]),
        (2, ["dynamodb", "UpdateItem", "0.0", "1,000.0"]),
        (2, ["ecs", "RunTask", "1,500.0", "500.0"]),
        (2, ["ingest", "1,000.0", "9,000.0"]),
        (4, ["parse", "(failed)", "1,000.0", "2,000.0"]),
        (4, ["look", "3,000.0", "1,000.0"]),
        (6, ["dynamodb", "GetItem", "x", "5", "3,000.0", "250.0"]),
        (6, ["s3", "HeadObject", "3,910.0", "10.0"]),
    ]


def test_a_bar_lies_where_its_part_lies_in_time() -> None:
    bars = {row.split()[0]: row for row in run(ID).stdout.splitlines()[3:]}
    left = min(row.index("█") for row in bars.values())
    width = max(row.rindex("█") for row in bars.values()) + 1 - left
    parse = bars["parse"]
    assert width == 80
    assert parse.index("█") - left == pytest.approx(0.1 * width)
    assert parse.count("█") == pytest.approx(0.2 * width)
    assert bars["s3"].count("█") >= 1


def test_as_json_the_whole_tree_is_printed_with_milliseconds() -> None:
    found = json.loads(run(ID, "--json").stdout)
    assert (found["trace_id"], found["began"], found["milliseconds"]) == (ID, 100, 10_000)
    (trigger,) = found["parts"]
    mark = trigger["parts"][0]
    assert mark == {
        "name": "dynamodb",
        "kind": "call",
        "operation": "UpdateItem",
        "start_ms": 0,
        "duration_ms": 1000,
        "faulty": False,
        "annotations": {},
        "parts": [],
    }
    assert [one["name"] for one in trigger["parts"][1]["parts"]] == ["parse", "look"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 65, "Say which trace: its id, --document KEY or --last."),
        ((ID, "--last"), 65, "Say which trace"),
        (("1-00000000-000000000000000000000000",), 66, "There is no trace 1-00000000-000000000000000000000000: it is"),
        (("--document", "y.pdf"), 66, "There is no trace of a document y.pdf from the last 30 days."),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_sentence(arguments: tuple[str, ...], code: int, sentence: str) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert sentence in done.stderr


def test_without_any_trace_the_newest_is_missed_in_a_sentence() -> None:
    done = run("--last", traces=())
    assert (done.exit_code, "There is no trace from the last 30 days." in done.stderr) == (66, True)


def test_what_goes_on_is_drawn_up_to_the_last_known_end() -> None:
    going_on = part("ingest", 1, None, part("fetch", 1, 4), kind=Kind.SEGMENT)
    rows = list(waterfall(Trace(id=ID, parts=(going_on,)), fold=4))
    assert [(row.label, row.seconds) for row in rows] == [("ingest", 3), ("fetch", 3)]


def test_what_something_lies_below_has_a_row_of_its_own() -> None:
    steps = [part("index", number, number + 1, call("s3", "GetObject", number, number + 1)) for number in range(3)]
    processes = [part("ingest", 4, 5, kind=Kind.SEGMENT) for _ in range(3)]
    whole = Trace(id=ID, parts=(part("q", 0, 5, *steps, *processes, kind=Kind.SEGMENT),))
    assert [row.label for row in waterfall(whole, 2)] == ["q", *["index", "s3 GetObject"] * 3, *["ingest"] * 3]


@pytest.mark.parametrize(("fold", "labels"), [(2, ["a x 2", "b"]), (3, ["a", "a", "b"])])
def test_only_what_is_often_enough_alike_shares_a_row(fold: int, labels: list[str]) -> None:
    steps = [part("a", 1, 2), part("b", 2, 3), part("a", 3, 4)]
    whole = Trace(id=ID, parts=(part("q", 1, 4, *steps, kind=Kind.SEGMENT),))
    found = [row.label for row in waterfall(whole, fold)][1:]
    assert sorted(found) == sorted(labels)


def test_a_document_s_name_cannot_steer_the_terminal() -> None:
    named = part("ingest", 1, 2, kind=Kind.SEGMENT, annotations={"document": "\x1b[31mx"})
    assert "\x1b" not in run(ID, traces=(Trace(id=ID, parts=(named,)),)).stdout
