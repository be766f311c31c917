"""`make bench-gates`: this commit beside its base on one estate, and under the load that is promised for.

`PROOFS=10` shows instead that both gates tell: identical code passes so often, a slow-down of 20 % and a stall of five
seconds are told so often.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.load.base import base_commit, checked_out
from tests.load.bench.machine import Machine
from tests.load.bench.results import Result, save
from tests.load.crowds import verdict
from tests.load.estate import ROOT, Estate
from tests.load.filled import Documents, generated, holding
from tests.load.gates import SLOWER, against_base
from tests.load.loading import under_load
from tests.load.serving import Code, NotServed, Service, serving
from tests.load.slowed import MARK

PROOFS = int(os.environ.get("PROOFS") or 0)
SLOWED = Code(module="tests.load.slowed")
FOLDER = ROOT / "build" / "bench-gates"
LOAD_SECONDS = 40

pytestmark = pytest.mark.timeout(7200)
gates = pytest.mark.skipif(bool(PROOFS), reason="PROOFS= shows that the gates tell")
proofs = pytest.mark.skipif(not PROOFS, reason="PROOFS=10 shows that the gates tell, in half an hour")


@pytest.fixture(scope="module")
def documents() -> Documents:
    return generated("sample")


@pytest.fixture(scope="module")
def estate(documents: Documents) -> Iterator[Estate]:
    with holding(documents) as filled:
        yield filled


@pytest.fixture(scope="module")
def service(estate: Estate) -> Iterator[Service]:
    with serving(estate) as started:
        yield started


@pytest.fixture(scope="module")
def asked(documents: Documents) -> Path:
    return documents.asked


@gates
def test_a_question_takes_no_longer_than_at_the_base(estate: Estate, service: Service, documents: Documents) -> None:
    commit = base_commit()
    if commit is None:
        pytest.skip("there is no base commit: a history of one commit, or BASE= names none")
    root, machine = checked_out(commit), Machine.before()
    try:
        with serving(estate, Code(root), RAGLITE_MODEL_DIR=str(root / "build" / "model")) as base:
            ratio = against_base(service, base, documents.questions)
    except NotServed as ended:
        pytest.skip(f"the base {commit[:12]} does not serve what this commit has indexed: {ended}")
    judged = SLOWER.judge(ratio)
    found = Result(
        name="base",
        measures=f"A question at this commit beside one at {commit[:12]}",
        stand_in=True,
        series={},
        ratios=(ratio,),
        judged=(judged,),
        machine=machine.after(),
    )
    save(found, FOLDER)
    print(f"\n{judged.sentence} The base is {commit[:12]}.")
    assert judged.holds, judged.sentence


@gates
def test_what_is_promised_holds_under_load(service: Service, asked: Path) -> None:
    loaded = under_load(service, asked, FOLDER, LOAD_SECONDS)
    print(loaded.said[-1500:])
    assert loaded.code == verdict.Code.HOLDS, loaded.said


# --- that the gates tell ------------------------------------------------------------------------------------------


@proofs
@pytest.mark.parametrize("number", range(PROOFS))
def test_identical_code_passes(estate: Estate, service: Service, documents: Documents, number: int) -> None:
    with serving(estate) as base:
        judged = SLOWER.judge(against_base(service, base, documents.questions))
    print(judged.sentence)
    assert judged.holds, judged.sentence


@proofs
@pytest.mark.parametrize("number", range(PROOFS))
def test_a_slow_down_is_told(estate: Estate, service: Service, documents: Documents, number: int) -> None:
    with serving(estate, SLOWED, SLOWED_PERCENT="20") as slowed:
        assert httpx.get(f"{slowed.url}/healthz").headers[MARK.decode()] == "0.2"
        judged = SLOWER.judge(against_base(slowed, service, documents.questions))
    print(judged.sentence)
    assert not judged.holds, judged.sentence


@proofs
@pytest.mark.parametrize("number", range(PROOFS))
def test_a_service_that_is_well_passes_under_load(service: Service, asked: Path, tmp_path: Path, number: int) -> None:
    loaded = under_load(service, asked, tmp_path, LOAD_SECONDS)
    assert loaded.code == verdict.Code.HOLDS, loaded.said


@proofs
@pytest.mark.parametrize("number", range(PROOFS))
def test_a_stall_is_told(estate: Estate, asked: Path, tmp_path: Path, number: int) -> None:
    with serving(estate, SLOWED, STALL_AT="60", STALL_SECONDS="5") as stalled:
        loaded = under_load(stalled, asked, tmp_path, LOAD_SECONDS)
    assert loaded.code == verdict.Code.BROKEN, loaded.said
    assert "latency" in loaded.said
