"""When the service's tasks answer."""

import time
from typing import TYPE_CHECKING, Any

import httpx

from local.twin.layout import TwinError

if TYPE_CHECKING:
    from local.twin.estate import Twin

READY_WITHIN = 180.0  # seconds until the service's tasks answer: two models are loaded at once


def await_ready(twin: "Twin") -> None:
    """Ask the tasks themselves: the load balancer counts what it finds no task for, and an alarm watches that."""
    outputs = twin.outputs
    ecs = twin.session.client("ecs", endpoint_url=twin.programs.url("aws"))
    described = ecs.describe_services(cluster=outputs["cluster_name"], services=[outputs["service_name"]])
    wanted = described["services"][0]["desiredCount"]
    deadline = time.monotonic() + READY_WITHIN
    said: dict[str, str] = {}
    while sum(answer.startswith("200 ") for answer in said.values()) < wanted:
        if time.monotonic() > deadline:
            raise TwinError(
                f"Not all {wanted} tasks of the service became ready within {READY_WITHIN:.0f} s. What they said: "
                f"{said or 'nothing'}. Their logs are in {twin.layout.logs}."
            )
        said = {url: _said(url) for url in _targets(twin)}
        time.sleep(0.1)


def _targets(twin: "Twin") -> list[str]:
    """Return the addresses of the tasks behind the load balancer."""
    balancers: Any = twin.session.client("elbv2", endpoint_url=twin.programs.url("aws"))
    groups = [group["TargetGroupArn"] for group in balancers.describe_target_groups()["TargetGroups"]]
    described = [balancers.describe_target_health(TargetGroupArn=arn) for arn in groups]
    targets = [entry["Target"] for one in described for entry in one["TargetHealthDescriptions"]]
    return [f"http://{target['Id']}:{target['Port']}/readyz" for target in targets]


def _said(url: str) -> str:
    try:
        answer = httpx.get(url, timeout=10)
    except httpx.TransportError as error:
        return str(error)
    return f"{answer.status_code} {answer.text[:500]}"
