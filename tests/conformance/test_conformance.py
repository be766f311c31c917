"""MCP's own conformance suite against two replicas of the service: all that either revision requires holds."""

import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest

from tests.conformance.server import KEY
from tests.conformance.suite import HOME, REVISIONS, ROOT, Scenario, page, ran, required
from tests.processes import end, free_port, listening, until

PAGE = ROOT / "docs" / "reference" / "conformance.md"
RESULTS: dict[str, tuple[Scenario, ...]] = {}

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def replicas() -> Iterator[tuple[int, int, int]]:
    """The ports of two replicas, and of the balancer before them."""
    one, two, front = free_port(), free_port(), free_port()
    commands = ([str(one)], [str(two)], ["balancer", f"{one},{two}", str(front)])
    started = [
        subprocess.Popen([sys.executable, "-m", "tests.conformance.server", *command], cwd=ROOT) for command in commands
    ]
    try:
        until(lambda: all(map(listening, (one, two, front))), "both replicas and the balancer listen", within=60)
        yield one, two, front
    finally:
        for process in started:
            end(process)


def test_the_replicas_take_turns_and_ask_for_a_key(replicas: tuple[int, int, int]) -> None:
    one, two, front = replicas
    tasks = [httpx2.get(f"http://127.0.0.1:{port}/healthz").json()["task"] for port in (one, two)]
    seen = [httpx2.get(f"http://127.0.0.1:{front}/healthz").json()["task"] for _ in range(4)]
    assert sorted(seen) == sorted(tasks * 2)
    for port in (one, two):
        assert httpx2.post(f"http://127.0.0.1:{port}/mcp", json={}).status_code == 401
        assert httpx2.get(f"http://127.0.0.1:{port}/api/documents", headers={"X-API-Key": KEY}).status_code == 200


@pytest.mark.parametrize("revision", REVISIONS)
def test_whatever_a_revision_requires_holds(replicas: tuple[int, int, int], revision: str) -> None:
    code, scenarios = ran(revision, f"http://127.0.0.1:{replicas[2]}/mcp")
    RESULTS[revision] = scenarios
    scored = [one for one in scenarios if one.why is None]
    assert {one.name for one in scored} == set(required(revision))
    assert [one for one in scored if not one.holds] == []
    assert code == 0


def test_the_published_report_says_what_was_found() -> None:
    made = page(RESULTS)
    (HOME / "conformance.md").write_text(made)
    assert set(RESULTS) == set(REVISIONS)
    assert PAGE.exists(), "cp build/conformance/conformance.md docs/reference/"
    assert PAGE.read_text() == made, "look at the difference, then cp build/conformance/conformance.md docs/reference/"
