"""A benchmark's result as a file, and a whole run held against what is committed."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from raglite.errors import InvalidRequest, NotFound
from tests.load.bench.against import against, keep
from tests.load.bench.baselines import OtherMachine
from tests.load.bench.ratios import LEAST, Bound, Ratio
from tests.load.bench.results import Result, baseline_of, load, load_all, save
from tests.unit.load.test_bench_machine import KNOWN

MEMORY = "peak, MB"
ROUNDS = 8


def made(name: str = "overhead", told: float = 1.03, rounds: int = ROUNDS, **others: Any) -> Result:
    series = {"told": [told] * rounds, "silent": [1.0] * rounds}
    ratio = Ratio.of("told / silent", series["told"], series["silent"])
    fields: dict[str, Any] = {
        "name": name,
        "measures": "What telemetry adds to a question.",
        "stand_in": True,
        "series": series,
        "machine": KNOWN.model_copy(update={"git_commit": "a" * 40, "dirty": False}).after(),
        "ratios": (ratio,),
        "judged": (Bound(at_most=1.05).judge(ratio), Bound(at_most=1536).judge_number(MEMORY, 900)),
        "numbers": {MEMORY: 900.0},
        "counters": {"requests to the index": 4},
        "made": datetime(2026, 1, 2, tzinfo=UTC),
    }
    return Result(**fields | others)


@settings(deadline=None, max_examples=40)
@given(st.floats(0.5, 2), st.text(), st.booleans())
def test_a_result_is_read_as_it_was_saved(
    tmp_path_factory: pytest.TempPathFactory, told: float, measures: str, stand_in: bool
) -> None:
    folder = tmp_path_factory.mktemp("results")
    result = made(told=told, measures=measures, stand_in=stand_in)
    assert load(save(result, folder)) == result
    assert load_all(folder) == (result,)


def test_a_result_takes_the_place_of_the_last_one_and_all_come_by_name(tmp_path: Path) -> None:
    for result in (made("overhead"), made("ingestion"), made("overhead", told=1.01)):
        save(result, tmp_path)
    assert load_all(tmp_path) == (made("ingestion"), made("overhead", told=1.01))


def test_broken_bounds_are_its_faults() -> None:
    assert made().faults == []
    assert made(told=1.08).faults == ["told / silent is 1.08 (95 %: 1.08 to 1.08, 8 pairs); at most 1.05 is broken."]


def test_whether_the_index_was_the_stand_in_must_be_said() -> None:
    with pytest.raises(ValidationError, match="stand_in"):
        Result.model_validate(made().model_dump(exclude={"stand_in"}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "../overhead"},
        {"name": "Over head"},
        {"series": {"told": [float("nan")]}},
        {"series": {"told": [-1.0]}},
        {"numbers": {MEMORY: float("inf")}},
        {"counters": {"requests": 1.5}},
        {"ratios": (Ratio.of("a", [1], [1]), Ratio.of("a", [2], [1]))},
    ],
)
def test_what_cannot_be_told_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**wrong)


@pytest.mark.parametrize("content", ["", "[]", '{"name": "overhead"}'])
def test_a_file_that_is_no_result_is_refused_by_its_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "overhead.json").write_text(content)
    with pytest.raises(InvalidRequest, match=r"overhead\.json is no result .* run `make bench`"):
        load_all(tmp_path)


def test_a_run_without_results_is_told_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="run `make bench`"):
        load_all(tmp_path)


# --- a run against the baselines ----------------------------------------------------------------------------------


def test_without_baselines_it_is_noted_how_to_write_them(tmp_path: Path) -> None:
    found = against([made()], tmp_path)
    assert found.faults == ()
    assert len(found.notes) == 2
    assert all("`make bench WRITE_BASELINE=1`" in note for note in found.notes)


def test_a_run_is_at_peace_with_what_it_wrote(tmp_path: Path) -> None:
    keep([made(), made("ingestion")], tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"intel-xeon-processor-2x24.json", "counters.json"}
    found = against([made(), made("ingestion")], tmp_path)
    assert found.faults == ()
    assert found.notes == ("2 numbers were held against the baseline of intel-xeon-processor-2x24.",)


def fewer_pairs() -> list[Result]:
    return [made(), made("ingestion", rounds=LEAST)]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (lambda: [made(told=1.2), made("ingestion")], ["overhead: told / silent got worse"]),
        (lambda: [made()], ["ingestion: told / silent was not measured", "ingestion: requests to the index was 4"]),
        (fewer_pairs, ["ingestion: told / silent was measured in 6 pairs"]),
        (lambda: [made(), made("ingestion", rounds=LEAST - 1)], ["ingestion: told / silent was not measured"]),
        (lambda: [made(counters={"requests to the index": 5}), made("ingestion")], ["overhead: requests to the index"]),
        (lambda: [made(counters={}), made("ingestion")], ["overhead: requests to the index was 4 and is not counted"]),
    ],
)
def test_what_got_worse_or_shrank_is_a_fault(tmp_path: Path, now: Callable[[], list[Result]], said: list[str]) -> None:
    keep([made(), made("ingestion")], tmp_path)
    found = against(now(), tmp_path).faults
    assert len(found) == len(said)
    assert all(fault.startswith(begin) for fault, begin in zip(found, said, strict=True))


def test_what_is_left_of_another_commit_is_a_fault(tmp_path: Path) -> None:
    left = made("ingestion", machine=KNOWN.model_copy(update={"git_commit": "b" * 40}))
    [fault] = against([made(), left], tmp_path).faults
    assert fault.startswith("The results are of several commits, aaaaaaaaaaaa, bbbbbbbbbbbb: empty build/bench/results")


def test_results_of_two_machines_are_neither_compared_nor_kept(tmp_path: Path) -> None:
    mixed = [made(), made("ingestion", machine=made().machine.model_copy(update={"cores": 4}))]
    [fault] = against(mixed, tmp_path).faults
    assert "several classes of machine" in fault
    with pytest.raises(OtherMachine):
        keep(mixed, tmp_path)


def test_a_baseline_takes_ratios_of_enough_pairs_and_never_seconds_or_megabytes() -> None:
    few = made("few", rounds=LEAST - 1)
    assert list(baseline_of([made(), few]).numbers) == ["overhead: told / silent"]
