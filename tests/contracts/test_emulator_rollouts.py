"""A service rolls out on the corrected emulator as it does on ECS: real processes behind a real load balancer."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.deployed import CALM, asking, deployed, emulator_and_engine
from tests.emulators import REQUIRED
from tests.processes import until

pytestmark = [REQUIRED, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with emulator_and_engine(tmp_path_factory.mktemp("emulator")) as endpoint:
        yield deployed(endpoint)


def test_a_new_version_takes_over_without_a_failed_request(service):
    with asking(service.url) as answers:
        deployment = service.deploy("second")
        until(lambda: service.state(deployment) == "COMPLETED", "it is completed", within=60)
        until(lambda: service.answers() == {"second"}, "only the new version answers")
    assert set(answers) == {(200, "first"), (200, "second")}
    assert len(service.tasks()) == 2


def test_a_version_that_does_not_start_is_rolled_back_by_the_circuit_breaker(service):
    before = service.primary["id"]
    with asking(service.url) as answers:
        deployment = service.deploy("crash")
        until(lambda: service.state(deployment) == "FAILED", "it is given up", within=60)
        until(lambda: (service.primary["id"], service.state(before)) == (before, "COMPLETED"), "it is back", within=60)
    assert set(answers) == {(200, "second")}
    failed = next(one for one in service.described["deployments"] if one["id"] == deployment)
    assert failed["failedTasks"] == 3
    assert "rolled back" in service.said()


def test_a_version_that_is_never_healthy_gets_no_traffic_and_is_rolled_back(service):
    before = service.primary["id"]
    with asking(service.url) as answers:
        deployment = service.deploy("sick")
        until(lambda: service.health() == ["healthy", "healthy", "initial", "initial"], "the new ones are checked")
        until(lambda: service.state(deployment) == "FAILED", "it is given up", within=90)
        until(lambda: (service.primary["id"], service.state(before)) == (before, "COMPLETED"), "it is back", within=60)
    assert set(answers) == {(200, "second")}
    assert "failed ELB health checks" in service.said()
    until(lambda: service.health() == ["healthy", "healthy"], "only those that answer are left")


@dataclass(frozen=True)
class Alarms:
    """Two alarms that are on and off as they are told: nothing is measured."""

    watch: Any
    names: tuple[str, str] = ("before", "during")

    def make(self) -> dict[str, Any]:
        """Make both, off; return what a deployment's configuration says of them."""
        for name in self.names:
            self.watch.put_metric_alarm(
                AlarmName=name, Namespace="N", MetricName=name, Statistic="Sum", Period=10, EvaluationPeriods=1,
                Threshold=0, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore",
            )  # fmt: skip
            self.ring(name, "OK")
        return {"alarmNames": list(self.names), "enable": True, "rollback": True}

    def ring(self, name: str, state: str = "ALARM") -> None:
        self.watch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="told to")


def test_an_alarm_that_goes_off_during_a_deployment_rolls_it_back_and_one_that_was_on_does_not(service):
    alarms = Alarms(service.client("cloudwatch"))
    watched = {"deploymentConfiguration": {**CALM, "alarms": alarms.make()}}
    alarms.ring("before")
    deployment = service.deploy("third", **watched)
    until(lambda: "watches no alarms: before was on" in service.said(), "nothing is watched")
    alarms.ring("during")
    until(lambda: service.state(deployment) == "COMPLETED", "it is completed all the same", within=60)
    for name in alarms.names:
        alarms.ring(name, "OK")
    before = service.primary["id"]
    deployment = service.deploy("harmful", **watched)
    until(lambda: service.answers() == {"harmful"}, "only the new version answers", within=60)
    assert service.state(deployment) == "IN_PROGRESS", "its alarms are watched for a while"
    alarms.ring("during")
    until(lambda: service.state(deployment) == "FAILED", "it is given up", within=30)
    until(lambda: service.answers() == {"third"}, "the version before answers again", within=60)
    until(lambda: service.state(before) == "COMPLETED", "it is completed", within=60)
    assert "during in alarm" in service.said()


def test_a_task_that_is_stopped_first_answers_what_it_was_asked(service):
    with ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(httpx.get, f"{service.url}/slow", timeout=20) for _ in range(4)]
        time.sleep(0.5)  # the requests are on their way; a test that came too early would prove nothing
        service.client("ecs").update_service(cluster="cluster", service="service", desiredCount=1)
        assert [one.result().status_code for one in slow] == [200] * 4
    until(lambda: len(service.tasks()) == 1, "one task is left")


def test_a_part_of_a_deployments_configuration_that_an_update_does_not_name_stays(service):
    before = service.described["deploymentConfiguration"]
    unwatched = {"alarmNames": ["during"], "enable": False, "rollback": True}
    service.client("ecs").update_service(
        cluster="cluster", service="service", deploymentConfiguration={"alarms": unwatched}
    )
    assert service.described["deploymentConfiguration"] == {**before, "alarms": unwatched}
    assert before["deploymentCircuitBreaker"]["enable"]


def test_a_task_that_somebody_stops_is_replaced_although_nothing_is_deployed(service):
    ecs = service.client("ecs")
    ecs.update_service(cluster="cluster", service="service", desiredCount=2)
    until(lambda: len(service.health()) == 2 and set(service.health()) == {"healthy"}, "two tasks answer", within=60)
    (gone, *_) = ecs.list_tasks(cluster="cluster", serviceName="service")["taskArns"]
    ecs.stop_task(cluster="cluster", task=gone)
    until(lambda: len(service.tasks()) == 2, "there are two again", within=30)
    assert gone not in ecs.list_tasks(cluster="cluster", serviceName="service")["taskArns"]
