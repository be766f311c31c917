"""The benchmark `users`: what ten people wait for who ask at their own times, of an index as large as is promised for.

Latencies count from when a question was due. Their p95 is judged where there are points enough, which only the real
filings have, and where others left the processors alone. Otherwise it is told.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest

from raglite.observability.slo import load
from tests.load.bench.machine import ROOT, Machine
from tests.load.bench.others import Others
from tests.load.bench.ratios import Bound, Judgement
from tests.load.bench.results import Result, save
from tests.load.crowds.plan import SLO
from tests.load.crowds.verdict import AVAILABILITY, Code
from tests.load.filled import Documents, generated, holding, real
from tests.load.loading import USERS, Loaded, under_load
from tests.load.serving import serving

SECONDS = float(os.environ.get("DURATION") or 120)
ENOUGH = 20_000  # points
PART = 50  # of what the specification allows p95 to be
FOLDER = ROOT / "build" / "bench" / "users"
TOLD = ("p50", "p90", "p95", "p99", "Maximum")

pytestmark = pytest.mark.timeout(3600)


@dataclass(frozen=True)
class Run:
    """A load, how many points were searched, and what it took of the processors."""

    loaded: Loaded
    points: int
    others: Others
    service_seconds: float
    machine: Machine

    @property
    def doubts(self) -> list[str]:
        """Why a latency says nothing of the service."""
        told = {
            f"{self.points:,} points are fewer than {ENOUGH:,}": self.points < ENOUGH,
            f"others took {self.others.percent:.0f} % of the processors": not self.others.quiet,
            "the generator was late": self.loaded.code == Code.VOID,
        }
        return [why for why, holds in told.items() if holds]


@pytest.fixture(scope="module")
def documents() -> Documents:
    return real() or generated()


@pytest.fixture(scope="module")
def ran(documents: Documents) -> Iterator[Run]:
    machine = Machine.before()
    with holding(documents) as estate, serving(estate) as service:
        process = psutil.Process(service.pid)
        before = sum(process.cpu_times()[:2])
        with Others().watched() as others:
            loaded = under_load(service, documents.asked, FOLDER, SECONDS, tries=1)
        spent = sum(process.cpu_times()[:2]) - before
        yield Run(loaded, estate.services.index.count(), others, spent, machine.after())


@pytest.fixture(scope="module")
def measured(ran: Run) -> Result:
    assert ran.loaded.code in {Code.HOLDS, Code.BROKEN, Code.VOID}, ran.loaded.said
    report = ran.loaded.report
    answered, p95 = _judged(report["verdict"]["checks"], report["from_due_ms"]["p95"])
    found = Result(
        name="users",
        measures=f"{USERS} users over MCP for {report['seconds']:.0f} s; each asks every {1 / report['plan']['rate']:g}"
        f" s, at times of its own. {'; '.join(['p95 is not judged', *ran.doubts]) + '.' if ran.doubts else ''}",
        stand_in=True,
        series={},
        machine=ran.machine,
        judged=(answered,) if ran.doubts else (answered, p95),
        numbers={
            **{f"{name} from when due, ms": report["from_due_ms"][name] for name in TOLD},
            "p95 once sent, ms": report["service_ms"]["p95"],
            "generator late, p95, ms": report["generator"]["late_ms"],
            "processor of the service a question, ms": 1000 * ran.service_seconds / report["asked"],
            "processors that others took, %": ran.others.percent,
            "questions": report["asked"],
            "points": ran.points,
        },
    )
    save(found)
    told = f"not judged: {', '.join(ran.doubts)}" if ran.doubts else p95.sentence
    print(f"\np95 {report['from_due_ms']['p95']:.0f} ms, {ran.points:,} points; {told} {FOLDER / 'steady.html'}")
    return found


def _judged(checks: list[dict[str, object]], p95_ms: float) -> tuple[Judgement, Judgement]:
    (available,) = (float(str(check["found"])) for check in checks if check["name"] == AVAILABILITY)
    slo = load(SLO)
    return (
        Bound(at_least=slo.objectives[AVAILABILITY].at_least_percent).judge_number("answered, %", available),
        Bound(at_most=slo.promises["query-p95"].at_most / PART).judge_number("p95 from when due, ms", p95_ms),
    )


def test_questions_are_answered(measured: Result) -> None:
    assert measured.judged[0].holds, measured.judged[0].sentence


def test_p95_is_a_fiftieth_of_what_the_specification_allows(ran: Run, measured: Result) -> None:
    if ran.doubts:
        pytest.skip(f"not judged: {', '.join(ran.doubts)}")
    assert measured.faults == []
