"""The page of a run: whole whatever came, told from Qdrant's what is the stand-in's, and nothing from the network."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.load.bench.against import Against
from tests.load.bench.card import STAND_IN
from tests.load.bench.machine import Machine
from tests.load.bench.page import NEVER, Places, main, page
from tests.load.bench.plot import lasting
from tests.load.bench.ratios import Bound, Ratio
from tests.load.bench.results import Result, save
from tests.unit.load.test_bench_machine import KNOWN
from tests.unit.load.test_bench_results import made
from tests.unit.load.test_report import Balance

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
HOSTILE = "</style><script>alert(1)</script>\"'&<img src=x onerror=y>"
BARE = Result(name="bare", measures="Nothing.", stand_in=False, series={}, machine=KNOWN)

times = st.lists(st.floats(1e-9, 1e6), min_size=1, max_size=12)


def drawn(*results: Result, told: Against | None = None) -> str:
    return page(results, told or Against(), NOW)


def whole(html: str) -> bool:
    balance = Balance()
    balance.feed(html)
    return not balance.open and not re.search(r"(src|href)=|url\(|@import|<script|\bnan\b|\binf\b", html)


@settings(deadline=None, max_examples=40)
@given(times, times, st.floats(1e-3, 1e3), st.booleans())
def test_a_page_is_whole_whatever_was_measured(
    one: list[float], two: list[float], limit: float, stand_in: bool
) -> None:
    rounds = min(len(one), len(two))
    ratio = Ratio.of("one / two", one[:rounds], two[:rounds])
    judged = (Bound(at_most=limit).judge(ratio), Bound(at_least=limit).judge(ratio))
    result = made(series={"one": one, "two": two}, ratios=(ratio,), judged=judged, stand_in=stand_in)
    assert whole(drawn(result, BARE))


def test_hostile_text_is_shown_and_never_obeyed() -> None:
    ratio = Ratio.of(HOSTILE, [1.0], [1.0])
    judged = (Bound(at_most=0.5).judge(ratio), Bound(at_most=1).judge_number(f"2{HOSTILE}", 2))
    machine = Machine(**KNOWN.model_dump() | {"cpu": HOSTILE, "kernel": HOSTILE, "packages": {HOSTILE: HOSTILE}})
    result = Result(
        name="hostile",
        measures=HOSTILE,
        stand_in=True,
        series={HOSTILE: (1.0,)},
        machine=machine,
        ratios=(ratio,),
        judged=judged,
        numbers={HOSTILE: 1},
        counters={HOSTILE: 1},
    )
    html = drawn(result, told=Against(faults=(HOSTILE,), notes=(HOSTILE,)))
    balance = Balance()
    balance.feed(html)
    assert balance.open == []
    assert not re.search(r"<script|<img", html)
    assert html.count("&lt;script&gt;") > 10


def test_times_of_the_stand_in_are_told_apart_and_no_others_are() -> None:
    ours, theirs = made("embedding", stand_in=False), made("overhead", stand_in=True)
    both = drawn(ours, theirs)
    assert both.index(NEVER.replace("'", "&#x27;")) < both.index("overhead<span") < both.index("embedding<span")
    assert both.count('<article class="stand-in">') == 1
    assert STAND_IN.replace("'", "&#x27;") in drawn(theirs)
    assert STAND_IN.replace("'", "&#x27;") not in drawn(ours)
    assert NEVER.replace("'", "&#x27;") not in drawn(ours)


def test_the_verdict_comes_first_with_every_fault() -> None:
    html = drawn(made(told=1.08), told=Against(faults=("recall: fell",)))
    assert "<b>Broken</b>" in html
    head = html[html.index("<b>Broken</b>") : html.index("<h2>Machine")]
    assert "overhead: told / silent is 1.08" in head
    assert "recall: fell" in head
    assert "<b>Holds</b>" in drawn(made())


def test_a_bound_is_marked_on_the_plot_and_what_it_forbids_is_shaded() -> None:
    html = drawn(made())
    assert html.count('class="forbidden"') == html.count('class="bound"') == 1
    assert html.count('class="strip"') == 2
    assert html.count('class="turn"') == 16


def test_a_benchmark_without_bounds_claims_nothing() -> None:
    assert "no bounds" in drawn(BARE)
    assert "bounds hold" not in drawn(BARE)


def test_a_machine_is_told_once_with_the_load_before_the_first_and_after_the_last() -> None:
    def loaded(name: str, day: int, before: float, after: float) -> Result:
        machine = KNOWN.model_copy(update={"load_before": before, "load_after": after})
        return made(name, machine=machine, made=datetime(2026, 1, day, tzinfo=UTC))

    html = drawn(loaded("b", 1, 0.5, 1), loaded("a", 2, 1, 3.25))
    assert html.count("load average") == 1
    assert "0.50 before, 3.25 after" in html


@pytest.mark.parametrize(
    ("seconds", "told"), [(3600, "3,600 s"), (1.5, "1.5 s"), (0.0417, "41.7 ms"), (2e-5, "20 \u00b5s"), (3e-9, "3 ns")]
)
def test_a_time_is_told_in_the_unit_that_suits_it(seconds: float, told: str) -> None:
    assert lasting(seconds) == told


# --- the command --------------------------------------------------------------------------------------------------


def places(folder: Path) -> Places:
    return Places(folder / "results", folder / "baselines", folder / "out" / "index.html")


def test_the_command_writes_baselines_when_asked_to_and_the_page_always(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = places(tmp_path)
    save(made(), at.results)
    assert main(at, write=False) == 0
    assert not at.baselines.exists()
    assert main(at, write=True) == 0
    assert sorted(path.name for path in at.baselines.iterdir()) == ["counters.json", f"{KNOWN.machine_class}.json"]
    assert at.out.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert f"page: {at.out}" in capsys.readouterr().out


@pytest.mark.parametrize("told", [1.08, 1.2])
def test_the_command_fails_where_a_bound_or_a_baseline_is_broken(
    tmp_path: Path, told: float, capsys: pytest.CaptureFixture[str]
) -> None:
    at = places(tmp_path)
    save(made(), at.results)
    main(at, write=True)
    save(made(told=told), at.results)
    assert main(at, write=False) == 1
    said = capsys.readouterr().out
    assert "at most 1.05 is broken" in said
    assert ("got worse by more than 10%" in said) == (told > 1.1 * 1.03)


def test_another_folder_gets_its_page_and_is_held_against_no_baseline(tmp_path: Path) -> None:
    at = Places.of(tmp_path)
    save(made(), at.results)
    assert main(at, write=True) == 0
    assert (tmp_path / "index.html").exists()
    save(made(told=1.08), at.results)
    assert main(at, write=False) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "results"]
