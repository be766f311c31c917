"""What Docker is asked for, given what the emulator asks for and what the task definition says."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.docker import images, translation
from local.docker.translation import MARK, TASK, Place, Untranslatable
from local.engine.definitions import MIB

TASK_ARN = "arn:aws:ecs:us-east-1:000000000000:task/raglite-cluster/5f"
PLACE = Place(home="/home", network="net", task=TASK_ARN, image="raglite-service:local", address="10.0.0.3")
FARGATE = {"cpu": "1024", "memory": "2048"}
BODY = {"Image": "x/raglite:local", "Cmd": ["serve"], "Env": ["A=given", "B=given"], "Labels": {"theirs": "1"}}


def made(own: dict[str, Any], place: Place = PLACE, **task: Any) -> dict[str, Any]:
    return translation.container(BODY, {**FARGATE, **task}, {"name": "main", **own}, place)


def test_all_of_a_fargate_container_is_asked_for() -> None:
    own = {
        "cpu": 512,
        "memoryReservation": 256,
        "readonlyRootFilesystem": True,
        "user": "10001:10001",
        "entryPoint": ["init", "--"],
        "workingDirectory": "/work",
        "stopTimeout": 60,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"], "add": []}},
        "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
        "healthCheck": {"command": ["CMD", "check"], "interval": 10},
        "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/kept", "readOnly": False}],
    }
    labels = {MARK: "/home", TASK: TASK_ARN}
    assert made(own, volumes=[{"name": "scratch"}]) == {
        "Image": "raglite-service:local",
        "Cmd": ["serve"],
        "Entrypoint": ["init", "--"],
        "WorkingDir": "/work",
        "User": "10001:10001",
        "Env": ["A=given", "B=given"],
        "Labels": {"theirs": "1", **labels},
        "StopTimeout": 60,
        "Healthcheck": {
            "Test": ["CMD", "check"],
            "Interval": 10_000_000_000,
            "Timeout": 5_000_000_000,
            "Retries": 3,
            "StartPeriod": 0,
        },
        "HostConfig": {
            "NetworkMode": "net",
            "CpuShares": 512,
            "NanoCpus": 1_000_000_000,
            "Memory": 2048 * MIB,
            "MemorySwap": 2048 * MIB,
            "MemoryReservation": 256 * MIB,
            "Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}],
            "ReadonlyRootfs": True,
            "Init": True,
            "CapDrop": ["ALL"],
            "CapAdd": [],
            "LogConfig": translation.LOGS,
            "Mounts": [
                {
                    "Type": "volume",
                    "Source": "raglite-5f-scratch",
                    "Target": "/kept",
                    "ReadOnly": False,
                    "VolumeOptions": {"NoCopy": True, "Labels": labels},
                }
            ],
        },
        "NetworkingConfig": {"EndpointsConfig": {"net": {"IPAMConfig": {"IPv4Address": "10.0.0.3"}}}},
    }


def test_what_a_definition_leaves_open_is_as_ecs_has_it() -> None:
    asked = made({})
    assert (asked["StopTimeout"], asked["Healthcheck"]) == (30, {"Test": ["NONE"]})
    assert (asked["HostConfig"]["ReadonlyRootfs"], asked["HostConfig"]["Init"], asked["HostConfig"]["Mounts"]) == (
        False,
        False,
        [],
    )
    assert not {"Entrypoint", "User", "WorkingDir"} & set(asked)


def test_the_twins_variables_win() -> None:
    assert made({}, replace(PLACE, environment={"B": "twin"}))["Env"] == ["A=given", "B=twin"]


def test_addresses_that_the_emulator_serves_nothing_at_are_left_out() -> None:
    body = {**BODY, "Env": ["A=given", "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://host.docker.internal:4566/v2"]}
    assert translation.container(body, FARGATE, {"name": "main"}, PLACE)["Env"] == ["A=given"]


def test_a_second_container_shares_the_network_of_the_first() -> None:
    asked = made({}, replace(PLACE, beside="first"))
    assert asked["HostConfig"]["NetworkMode"] == "container:first"
    assert "NetworkingConfig" not in asked


def test_a_volume_that_the_image_declares_keeps_what_lies_there() -> None:
    own = {"mountPoints": [{"sourceVolume": "scratch", "containerPath": "/kept"}]}
    (mount,) = made(own, replace(PLACE, volumes=frozenset({"/kept"})))["HostConfig"]["Mounts"]
    assert mount["VolumeOptions"]["NoCopy"] is False


def test_the_sidecar_waits_in_an_image_of_ours_and_keeps_its_limits() -> None:
    asked = translation.waiting(made({"memoryReservation": 256}))
    assert asked["Entrypoint"] == images.SIDECAR_ENTRY
    assert asked["Cmd"] == []
    assert asked["HostConfig"]["Init"] is True
    assert asked["HostConfig"]["MemoryReservation"] == 256 * MIB


@pytest.mark.parametrize(
    ("own", "volumes", "named"),
    [
        ({"privileged": True}, [], "privileged"),
        ({"systemControls": [{"namespace": "net"}]}, [], "systemControls"),
        ({"dependsOn": [{"containerName": "a", "condition": "HEALTHY"}]}, [], "dependsOn"),
        ({"linuxParameters": {"tmpfs": [{"size": 1}]}}, [], "linuxParameters.tmpfs"),
        ({}, [{"name": "v", "host": {"sourcePath": "/etc"}}], "volumes.v"),
        ({}, [{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs"}}], "volumes.v"),
    ],
)
def test_a_setting_that_is_not_translated_is_refused_by_name(
    own: dict[str, Any], volumes: list[dict[str, Any]], named: str
) -> None:
    with pytest.raises(Untranslatable, match=f"does not do what main sets in {named}"):
        made(own, volumes=volumes)


@pytest.mark.parametrize(
    "setting",
    [{"pidMode": "task"}, {"ipcMode": "task"}, {"proxyConfiguration": {"type": "APPMESH"}}],
)
def test_a_setting_of_the_task_that_is_not_translated_is_refused_by_name(setting: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable, match=f"does not do what main sets in its task's {next(iter(setting))}"):
        made({}, **setting)


def test_a_setting_without_content_is_none() -> None:
    made({"systemControls": [], "volumesFrom": [], "privileged": False}, volumes=[{"name": "v", "host": {}}])


@given(units=st.integers(128, 16_384), processors=st.integers(1, 64))
def test_a_task_gets_its_share_of_processors_and_never_more_than_there_are(units: int, processors: int) -> None:
    asked = made({}, replace(PLACE, processors=float(processors)), cpu=str(units))
    granted = asked["HostConfig"]["NanoCpus"]
    assert granted == min(units * 1_000_000_000 // 1024, processors * 1_000_000_000)


@pytest.mark.parametrize(
    ("reference", "local"),
    [
        ("1.dkr.ecr.us-east-1.amazonaws.com/raglite:7", "raglite-service:7"),
        ("1.dkr.ecr.us-east-1.amazonaws.com/raglite-ingest:local", "raglite-ingest:local"),
        ("localhost:5000/raglite", "raglite-service:latest"),
        ("x/raglite@sha256:ab", "sha256:ab"),
        ("nginx:1", "nginx:1"),
    ],
)
def test_a_reference_to_the_registry_means_an_image_that_was_built_here(reference: str, local: str) -> None:
    assert images.local_name(reference) == local
