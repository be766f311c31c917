"""What the tasks are told and how the service is reached, released and scaled."""

import re

import pytest

from raglite.model import CollectionParameters
from raglite.server.__main__ import DRAIN_SECONDS, KEEP_ALIVE_SECONDS
from raglite.server.health import Readiness, routes
from raglite.settings import Settings
from tests.unit.infra.estate import ROOT, Estate, environment

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
    assert settings.collection_parameters == CollectionParameters(
        shard_number=6, replication_factor=2, scalar_quantization=True, oversampling=1.5
    )


def test_the_service_takes_tokens_that_are_made_for_its_own_name(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(estate.container("raglite-service", "raglite")).items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environment()
    assert (settings.oauth_issuer, settings.resource) == (
        "https://login.example.com/",
        "https://raglite.example.com/mcp",
    )


def test_the_service_keeps_the_limits_it_is_given_and_its_own_where_it_is_given_none(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(estate.container("raglite-service", "raglite")).items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environment()
    assert (settings.requests_per_minute, settings.unknown_keys_per_minute) == (600, 0)
    assert settings.requests_burst == Settings.model_fields["requests_burst"].default


@pytest.mark.parametrize(("family", "container"), TASKS.items())
def test_a_task_logs_and_traces_beside_a_sidecar_it_does_not_depend_on(
    estate: Estate, family: str, container: str
) -> None:
    work, sidecar = estate.container(family, container), estate.container(family, "xray-daemon")
    assert (work["essential"], sidecar["essential"]) == (True, False)
    groups = {group["name"] for group in estate.all("aws_cloudwatch_log_group").values()}
    assert work["logConfiguration"]["options"]["awslogs-group"] in groups
    assert sidecar["portMappings"] == [{"containerPort": 2000, "hostPort": 2000, "protocol": "udp"}]


@pytest.mark.parametrize(("family", "container"), TASKS.items())
def test_a_task_writes_to_an_empty_disk_of_its_own_and_nowhere_else(
    estate: Estate, family: str, container: str
) -> None:
    work = estate.container(family, container)
    assert work["readonlyRootFilesystem"]
    assert work["linuxParameters"]["capabilities"] == {"add": [], "drop": ["ALL"]}
    [mount] = work["mountPoints"]
    assert (mount["containerPath"], mount["readOnly"]) == ("/tmp", False)  # noqa: S108  in the container
    [definition] = [one for one in estate.all("aws_ecs_task_definition").values() if one["family"] == family]
    [volume] = definition["volume"]
    assert volume["name"] == mount["sourceVolume"]
    assert not volume["host_path"]


def test_a_pushed_image_is_named_by_its_digest_and_any_other_by_its_tag(estate: Estate) -> None:
    images = {name: estate.container(family, name)["image"] for family, name in TASKS.items()}
    assert re.search(r"@sha256:[0-9a-f]{64}$", images["raglite"])
    assert re.search(r"[^@]:0123abc$", images["raglite-ingest"])


def test_the_image_holds_the_model_where_the_task_looks_for_it(estate: Estate) -> None:
    places = {environment(estate.container(*task))["RAGLITE_MODEL_DIR"] for task in TASKS.items()}
    assert places == set(re.findall(r"RAGLITE_MODEL_DIR=(\S+)", (ROOT / "Dockerfile").read_text()))


def test_the_parser_fits_into_its_task(estate: Estate) -> None:
    task = estate["module.ingestion.module.task.aws_ecs_task_definition.task"]
    assert int(task["memory"]) * 1024**2 >= 1.5 * Settings().parse_memory_bytes


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


def test_a_revision_stays_when_the_next_one_comes_so_that_a_release_can_go_back_to_it(estate: Estate) -> None:
    # ECS takes no service back to a revision that is INACTIVE, nor starts an ingest task of it.
    assert all(task["skip_destroy"] for task in estate.all("aws_ecs_task_definition").values())


def test_two_to_four_tasks_follow_the_processor(estate: Estate) -> None:
    target = estate["module.service.aws_appautoscaling_target.service"]
    policy = estate["module.service.aws_appautoscaling_policy.cpu"]["target_tracking_scaling_policy_configuration"][0]
    assert (target["min_capacity"], target["max_capacity"], policy["target_value"]) == (2, 4, 70)
    assert target["resource_id"] == "service/raglite-cluster/raglite-service"
