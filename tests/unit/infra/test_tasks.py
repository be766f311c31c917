"""What the tasks are told and how the service is reached, released and scaled."""

import re

import pytest

from raglite.server.__main__ import DRAIN_SECONDS, KEEP_ALIVE_SECONDS
from raglite.server.health import Readiness, routes
from raglite.settings import Settings
from tests.unit.infra.estate import Estate, environment

TASKS = {"raglite-service": "raglite", "raglite-ingest": "raglite-ingest"}


@pytest.mark.parametrize(("family", "container"), TASKS.items())
def test_a_task_knows_every_setting_it_is_given(
    estate: Estate, family: str, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = estate.container(family, container)
    given = environment(definition) | {secret["name"]: "secret" for secret in definition["secrets"]}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environment()
    assert settings.documents_bucket == "raglite-documents-production-example"
    assert settings.qdrant_api_key is not None
    assert settings.environment == "production"
    assert given["AWS_XRAY_DAEMON_ADDRESS"] == "127.0.0.1:2000"


@pytest.mark.parametrize(("family", "container"), TASKS.items())
def test_a_task_logs_and_traces_beside_a_sidecar_it_does_not_depend_on(
    estate: Estate, family: str, container: str
) -> None:
    work, sidecar = estate.container(family, container), estate.container(family, "xray-daemon")
    assert (work["essential"], sidecar["essential"]) == (True, False)
    groups = {group["name"] for group in estate.all("aws_cloudwatch_log_group").values()}
    assert work["logConfiguration"]["options"]["awslogs-group"] in groups
    assert sidecar["portMappings"] == [{"containerPort": 2000, "hostPort": 2000, "protocol": "udp"}]


def test_the_parser_fits_into_its_task(estate: Estate) -> None:
    task = estate["module.ingestion.module.task.aws_ecs_task_definition.task"]
    assert int(task["memory"]) * 1024**2 >= 1.5 * Settings().parse_memory_bytes


def test_the_service_runs_in_two_zones_without_a_public_address(estate: Estate) -> None:
    service = estate["module.service.aws_ecs_service.raglite"]
    [network] = service["network_configuration"]
    assert set(network["subnets"]) == {subnet["id"] for subnet in estate.private_subnets()}
    assert len({subnet["availability_zone"] for subnet in estate.private_subnets()}) == 2
    assert not network["assign_public_ip"]
    assert network["security_groups"] == [estate["module.network.aws_security_group.service"]["id"]]


def test_the_load_balancer_asks_a_route_that_exists_and_never_reuses_a_closed_connection(estate: Estate) -> None:
    health = estate["module.service.aws_lb_target_group.service"]["health_check"][0]
    known = {route.path for route in routes(Readiness(services=None)).routes}
    assert health["path"] in known
    assert estate["module.service.aws_lb.raglite"]["idle_timeout"] < KEEP_ALIVE_SECONDS
    assert estate.container("raglite-service", "raglite")["stopTimeout"] > DRAIN_SECONDS


def test_only_https_answers_and_http_redirects(estate: Estate) -> None:
    http = estate["module.service.aws_lb_listener.http"]["default_action"][0]
    https = estate["module.service.aws_lb_listener.https[0]"]
    assert (http["type"], http["redirect"][0]["protocol"]) == ("redirect", "HTTPS")
    assert re.fullmatch(r"ELBSecurityPolicy-TLS13-1-2-.+", https["ssl_policy"])


def test_a_bad_release_goes_back_by_itself(estate: Estate) -> None:
    service = estate["module.service.aws_ecs_service.raglite"]
    assert service["deployment_circuit_breaker"] == [{"enable": True, "rollback": True}]
    [alarms] = service["alarms"]
    assert alarms["rollback"]
    assert set(alarms["alarm_names"]) == {"raglite-high-error-rate", "raglite-high-latency"}


def test_two_to_four_tasks_follow_the_processor(estate: Estate) -> None:
    target = estate["module.service.aws_appautoscaling_target.service"]
    policy = estate["module.service.aws_appautoscaling_policy.cpu"]["target_tracking_scaling_policy_configuration"][0]
    assert (target["min_capacity"], target["max_capacity"], policy["target_value"]) == (2, 4, 70)
    assert target["resource_id"] == "service/raglite-cluster/raglite-service"
