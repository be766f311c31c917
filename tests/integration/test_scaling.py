"""The service under load: it grows and shrinks, takes a new version, and gives a bad one back; all by AWS's APIs.

`make scaling`. In order on one estate. Raw numbers and drawings lie in build/scaling/.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import Any

import httpx
import pytest

from scripts.service_page import draw
from tests.integration.arrivals import Arrivals
from tests.integration.crowd import THINGS, TOWNS, written
from tests.integration.estate import ROOT, Estate, eventually, run
from tests.integration.journal import Journal
from tests.integration.service import NAMED, Service

BUILD = ROOT / "build" / "scaling"
MINUTE = 10  # seconds that a minute of autoscaling lasts in this run
CALM = 4.0  # questions a second
BUSY = 130.0  # percent of two tasks' shares: more than three tasks could carry at the target of 70
DOCUMENTS = 12
VARIABLES = "-var-file=environments/local.tfvars"
TAG = os.environ.get("RELEASE_TAG", "next")  # of the new version's image

pytestmark = pytest.mark.timeout(1800)


@dataclass
class Load:
    """Questions behind the load balancer, over the same few connections for the whole run."""

    estate: Estate
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def ask(self, number: int) -> int:
        """Ask a question and return its status; an answer without a passage is none."""
        town, thing = TOWNS[number % 10], THINGS[number // 10 % 10]
        question = f"How many {thing} did the company sell in {town} in fiscal 2024, against {number} in 2023?"
        answer = self.http.post(
            f"{self.estate.facts['api_url'].rstrip('/')}/api/query",
            json={"query": question, "top_k": 5},
            headers={"Authorization": f"Bearer {self.estate.facts['api_key']}"},
        )
        return answer.status_code if answer.status_code != 200 or answer.json()["results"] else 0


@pytest.fixture(scope="module")
def service(estate: Estate, journal: Journal) -> Service:
    with journal.phase("index some documents"):
        for number in range(DOCUMENTS):
            estate.put(f"scaling/{number}.txt", written("txt", number, f"mark{number}"))
        eventually(lambda: searchable(estate) == DOCUMENTS, 300, "the documents are searchable", every=2)
    return Service(estate)


def searchable(estate: Estate) -> int:
    return sum(record["state"] == "searchable" for record in estate.documents())


@dataclass
class Run:
    """One run's raw numbers."""

    name: str
    service: Service
    arrivals: Arrivals
    samples: list[dict[str, Any]]
    began: float = field(default_factory=time.time)
    more: dict[str, Any] = field(default_factory=dict)

    def keep(self, text: str) -> Path:
        """Write the numbers down, whatever they say, and draw them."""
        BUILD.mkdir(parents=True, exist_ok=True)
        period = int(self.more.get("minute_seconds", MINUTE))
        share = int(self.service.definition()["cpu"])
        numbers = {
            "name": self.name,
            "text": text,
            "minute_seconds": period,
            "share_units": share,
            "processors": os.cpu_count(),
            "questions": self.arrivals.asked,
            "troubles": self.arrivals.troubles,
            "samples": self.samples,
            "cpu": self.service.cpu(self.began, period),
            **self.more,
        }
        file = BUILD / f"{self.name}.json"
        file.write_text(json.dumps(numbers, indent=1, default=str))
        return draw(file)


@contextmanager
def running(name: str, service: Service) -> Iterator[Run]:
    """Ask and watch while the body runs."""
    arrivals = Arrivals(Load(service.estate).ask)
    with service.sampled() as samples, arrivals.coming():
        yield Run(name, service, arrivals, samples)


def wait(seconds: float) -> None:
    """Let so much time be measured."""
    until = time.monotonic() + seconds
    eventually(lambda: time.monotonic() >= until, seconds + 5, "the time has passed")


@pytest.fixture(scope="module")
def share(service: Service, journal: Journal) -> int:
    """Give each task a share of which four, the load and the rest fit on this machine; return its units.

    The policy is on shares, and four tasks of a whole processor cannot be busy where there are two processors. Alarms
    are left out of this deployment: it is no release, and nothing is scaled in while one is watched.
    """
    processors = os.cpu_count() or 1
    wanted = max(size for size in (256, 512, 1024) if size == 256 or 4 * size <= processors * 1024 / 2)
    declared = service.described["deploymentConfiguration"]
    unwatched = declared | {"alarms": declared["alarms"] | {"enable": False}}
    ecs = service.client("ecs")
    with journal.phase("give each task a share that fits the machine"):
        ecs.update_service(**NAMED, deploymentConfiguration=unwatched)
        deployment = service.release(cpu=str(wanted))
        eventually(lambda: service.rollout(deployment) == "COMPLETED", 180, "the tasks have their share", every=1)
        ecs.update_service(**NAMED, deploymentConfiguration=declared)
    return wanted


def test_under_load_the_service_goes_from_two_tasks_to_four_and_back_without_a_failed_question(
    service: Service, share: int, journal: Journal
) -> None:
    scaling = service.client("application-autoscaling")
    policy = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"][0]
    rules = policy["TargetTrackingScalingPolicyConfiguration"]
    httpx.put(f"{scaling.meta.endpoint_url}/minute", json={"seconds": MINUTE}).raise_for_status()
    with journal.phase("scale out and in"), running("autoscaling", service) as seen:
        busy = rate_for(BUSY, seen, service)
        seen.arrivals.rate = busy
        eventually(lambda: service.described["runningCount"] == 4, 240, "four tasks run", every=1)
        wait(5 * MINUTE)
        seen.arrivals.rate = CALM
        eventually(lambda: counts(service) == (2, 2), 600, "two tasks are left", every=1)
        wait(2 * MINUTE)
    activities = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"]
    seen.more = {"policy": policy, "target": rules["TargetValue"], "activities": activities, "busy_rate": busy}
    seen.keep(
        f"# From two tasks to four and back\n\nOne minute of the policy lasts {MINUTE} s here (factor "
        f"{60 / MINUTE:.0f}): 3 of them above {rules['TargetValue']:.0f} % scale out, 15 below 90 % of it scale in, "
        f"and cooldowns of {rules['ScaleOutCooldown']} and {rules['ScaleInCooldown']} s are that much shorter. A "
        f"task's share is {share} units, of 1024 a processor. {len(seen.arrivals.asked)} questions, "
        f"{len(seen.arrivals.failed)} failed; {CALM:.0f} a second, then {busy:.1f}, then {CALM:.0f}."
    )
    sizes = [size for size, _ in groupby(one["desired"] for one in seen.samples)]
    journal.sections.setdefault("measures", {}).update(
        {"questions while scaling": len(seen.arrivals.asked), "failed": len(seen.arrivals.failed), "sizes": sizes}
    )
    assert seen.arrivals.failed == [], seen.arrivals.troubles[:3]
    assert (sizes[0], max(sizes), sizes[-1]) == (2, 4, 2)
    assert sizes.index(4) == len(set(sizes[: sizes.index(4) + 1])) - 1, "it only grew until it was four"
    assert {one["StatusCode"] for one in activities} <= {"Successful", "Overridden"}
    assert activities[0]["Description"] == "Setting desired count to 2."
    assert all("raglite-cpu" in one["Cause"] for one in activities)
    first = min(one["StartTime"].timestamp() for one in activities)
    before = [percent for at, percent in service.cpu(seen.began, MINUTE) if at <= first][-3:]
    assert min(before) > rules["TargetValue"]


def rate_for(percent: float, seen: Run, service: Service) -> float:
    """Return the questions a second at which the tasks use so much of their shares, from what they use at two rates."""
    idle = measured(seen, service, 0.0)
    calm = measured(seen, service, CALM)
    assert calm > idle + 1, f"{CALM} questions a second cost nothing: {idle} and {calm} percent"
    return CALM * (percent - idle) / (calm - idle)


def measured(seen: Run, service: Service, rate: float) -> float:
    """Return what the tasks use at a rate, in percent of their shares, over two whole minutes."""
    seen.arrivals.rate = rate
    began = time.time() + MINUTE
    eventually(lambda: len(service.cpu(began, MINUTE)) > 2, 8 * MINUTE, "two minutes are measured", every=1)
    return fmean(percent for _, percent in service.cpu(began, MINUTE)[1:3])


def counts(service: Service) -> tuple[int, int]:
    described = service.described
    return described["desiredCount"], described["runningCount"]


def test_a_version_that_does_not_start_is_rolled_back_by_the_circuit_breaker_without_a_failed_question(
    service: Service, journal: Journal
) -> None:
    with journal.phase("release a version that does not start"), running("crashing", service) as seen:
        seen.arrivals.rate = CALM
        wait(MINUTE)
        deployment = service.release({"RAGLITE_NO_SUCH_SETTING": "1"})
        failed = eventually(lambda: service.rollout(deployment) == "FAILED", 180, "it is given up", every=0.5)
        back = eventually(lambda: service.rollout(service.primary["id"]) == "COMPLETED", 180, "it is back", every=1)
        wait(MINUTE)
    [given_up] = [one for one in service.described["deployments"] if one["id"] == deployment]
    seen.more = {"deployment": given_up, "given_up_seconds": failed, "back_seconds": back, "events": told(service)}
    seen.keep(
        f"# A version that does not start\n\nGiven up after {given_up['failedTasks']} tasks and {failed:.0f} s: "
        f"{len(seen.arrivals.asked)} questions, {len(seen.arrivals.failed)} failed."
    )
    assert seen.arrivals.failed == [], seen.arrivals.troubles[:3]
    assert given_up["failedTasks"] == 3
    assert service.primary["id"] != deployment
    assert sum(service.versions().values()) == 2


def test_a_version_that_starts_and_fails_its_users_is_rolled_back_by_the_alarm(
    service: Service, journal: Journal
) -> None:
    await_silence(service, journal)
    with journal.phase("release a version that fails its users"), running("harmful", service) as seen:
        seen.arrivals.rate = 1.0
        wait(MINUTE)
        before = service.primary["id"]
        deployment = service.release({"RAGLITE_REGISTRY_TABLE": "no-such-table"})
        service.rolled_out(deployment, 180)
        failed = eventually(lambda: service.rollout(deployment) == "FAILED", 660, "the alarm has gone off", every=1)
        back = eventually(
            lambda: (service.primary["id"], service.rollout(before)) == (before, "COMPLETED"), 240, "back", every=1
        )
        well = time.time()
        wait(2 * MINUTE)
    [given_up] = [one for one in service.described["deployments"] if one["id"] == deployment]
    seen.more = {"deployment": given_up, "given_up_seconds": failed, "back_seconds": back, "events": told(service)}
    seen.keep(
        f"# A version that starts and fails its users\n\nIts alarm took {failed:.0f} s, the way back {back:.0f} s: "
        f"{len(seen.arrivals.asked)} questions, {len(seen.arrivals.failed)} failed, none afterwards."
    )
    assert "raglite-high-error-rate" in given_up["rolloutStateReason"]
    assert {one[2] for one in seen.arrivals.failed} == {500}, "it was ready and let in, and failed by its own fault"
    assert service.versions() == {service.described["taskDefinition"]: 2}
    assert {one[2] for one in seen.arrivals.since(well)} == {200}


def await_silence(service: Service, journal: Journal) -> None:
    """Wait until no alarm is on: ECS watches none during a release that begins while one is."""
    with journal.phase("wait until no alarm is on"):
        eventually(lambda: not service.ringing, 600, "no alarm is on that would send a release back", every=5)


def told(service: Service) -> list[str]:
    """The service's events, oldest first."""
    return [str(event["message"]) for event in reversed(service.described["events"])]


def test_a_new_version_applied_by_terraform_takes_over_under_load_without_a_failed_question(
    service: Service, journal: Journal
) -> None:
    await_silence(service, journal)
    before = service.described["taskDefinition"]
    with journal.phase("release a new version"), running("release", service) as seen:
        seen.arrivals.rate = CALM
        wait(MINUTE)
        apply(service.estate, TAG)
        deployment = service.primary["id"]
        took = service.rolled_out(deployment, 180)
        wait(MINUTE)
    after = service.described["taskDefinition"]
    seen.more = {"deployment": service.primary, "rolled_out_seconds": took, "from": before, "to": after}
    seen.keep(
        f"# A new version under load\n\n`terraform apply -var image_tag={TAG}`: {len(seen.arrivals.asked)} questions, "
        f"{len(seen.arrivals.failed)} failed."
    )
    journal.sections.setdefault("measures", {})["questions while releasing"] = len(seen.arrivals.asked)
    assert seen.arrivals.failed == [], seen.arrivals.troubles[:3]
    assert service.versions() == {after: 2}
    [image] = [one["image"] for one in service.definition(after)["containerDefinitions"] if one["name"] == "raglite"]
    assert image.endswith(f":{TAG}")
    assert min(one["running"] for one in seen.samples) >= 2
    assert service.rollout(deployment) == "IN_PROGRESS", "its alarms are watched now"


def apply(estate: Estate, tag: str) -> None:
    """Apply the root module with another image tag, as a release does."""
    run(
        str(ROOT / "scripts" / "terraform"),
        f"-chdir={ROOT / '.local' / 'terraform'}",
        *("apply", "-auto-approve", "-input=false", "-parallelism=40", VARIABLES, f"-var=image_tag={tag}"),
        env=estate.environment,
    )
