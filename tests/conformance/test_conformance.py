"""MCP's own conformance suite against two replicas behind the twin's load balancer: all that is required holds."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.conformance.server import KEY
from tests.conformance.suite import HOME, REVISIONS, ROOT, Scenario, page, ran, required
from tests.emulators import REQUIRED, clients, running
from tests.processes import end, free_port, until

PAGE = ROOT / "docs" / "reference" / "conformance.md"
RESULTS: dict[str, tuple[Scenario, ...]] = {}

NAME, HOSTS = "raglite", ("127.0.9.3", "127.0.9.4")  # the emulator knows a target by its address without the port

pytestmark = [pytest.mark.timeout(600), REQUIRED]


@dataclass(frozen=True)
class Replicas:
    """The addresses of two replicas, and of the load balancer before them."""

    urls: tuple[str, ...]
    front: str


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    with ExitStack() as stack:
        endpoint = stack.enter_context(running(tmp_path_factory.mktemp("aws")))
        port = free_port()
        for host in HOSTS:
            command = [sys.executable, "-m", "tests.conformance.server", host, str(port)]
            stack.callback(end, subprocess.Popen(command, cwd=ROOT))
        alb = clients(endpoint)("elbv2")
        group = balanced(alb, port)
        until(lambda: states(alb, group) == ["healthy"] * len(HOSTS), "both replicas are healthy", within=90)
        yield Replicas(tuple(f"http://{host}:{port}" for host in HOSTS), f"{endpoint}/_alb/{NAME}")


def balanced(alb: Any, port: int) -> str:
    """Put a load balancer before the replicas; return its target group."""
    made = alb.create_load_balancer(Name=NAME, Subnets=["a", "b"])["LoadBalancers"][0]["LoadBalancerArn"]
    check = {"TargetType": "ip", "HealthCheckPath": "/healthz"}
    told = alb.create_target_group(Name=NAME, Protocol="HTTP", Port=8000, VpcId="v", **check)
    group: str = told["TargetGroups"][0]["TargetGroupArn"]
    alb.register_targets(TargetGroupArn=group, Targets=[{"Id": host, "Port": port} for host in HOSTS])
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    alb.create_listener(LoadBalancerArn=made, Protocol="HTTP", Port=80, DefaultActions=forward)
    return group


def states(alb: Any, group: str) -> list[str]:
    described = alb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [one["TargetHealth"]["State"] for one in described]


def test_the_replicas_take_turns_and_ask_for_a_key(replicas: Replicas) -> None:
    tasks = [httpx2.get(f"{url}/healthz").json()["task"] for url in replicas.urls]
    seen = [httpx2.get(f"{replicas.front}/healthz").json()["task"] for _ in range(4)]
    assert sorted(seen) == sorted(tasks * 2)
    assert httpx2.post(f"{replicas.front}/mcp", json={}, headers={"X-API-Key": "nobody's"}).status_code == 401
    for url in replicas.urls:
        assert httpx2.post(f"{url}/mcp", json={}).status_code == 401
        assert httpx2.get(f"{url}/api/documents", headers={"X-API-Key": KEY}).status_code == 200


@pytest.mark.parametrize("revision", REVISIONS)
def test_whatever_a_revision_requires_holds(replicas: Replicas, revision: str) -> None:
    code, scenarios = ran(revision, f"{replicas.front}/mcp")
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
