"""Servers in containers that tests hold to a contract; where an image cannot be had, those tests are left UNRUN."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import docker
import pytest
from docker.errors import DockerException, ImageNotFound
from testcontainers.community.localstack import LocalStackContainer
from testcontainers.community.qdrant import QdrantContainer
from testcontainers.core.config import ConnectionMode, testcontainers_config
from testcontainers.core.container import DockerContainer

QDRANT = "qdrant/qdrant:v1.20.0"  # the client's minor version
LOCALSTACK = "localstack/localstack:4.14.0"  # the last that asks for no token
LICENSED = "localstack/localstack-pro:4.14.0"  # serves what the other lacks to who has a token
TOKEN = "LOCALSTACK_AUTH_TOKEN"
QUIET = {"DISABLE_EVENTS": "1", "SKIP_SSL_CERT_DOWNLOAD": "1"}


@contextmanager
def qdrant(key: str) -> Iterator[str]:
    """Yield the address of a Qdrant that wants a key."""
    need(QDRANT)
    with started(QdrantContainer(QDRANT, api_key=key), 6333) as url:
        yield url


@contextmanager
def localstack() -> Iterator[str]:
    """Yield the address of a LocalStack."""
    image, variables = localstack_for(os.environ)
    need(image)
    container = LocalStackContainer(image)
    container.env |= variables
    with started(container, 4566) as url:
        yield url


def localstack_for(environment: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the image for who has a token or has none, and its variables."""
    token = environment.get(TOKEN)
    return (LICENSED, {**QUIET, TOKEN: token}) if token else (LOCALSTACK, QUIET)


def need(image: str) -> None:
    """Leave the test UNRUN unless the image is here or can be pulled; whatever goes wrong afterwards is a failure."""
    try:
        images = docker.from_env().images
    except DockerException as error:
        pytest.skip(f"UNRUN: no Docker Engine answers, so {image} cannot be started ({error})")
    try:
        images.get(image)
    except ImageNotFound:
        pull(image)


def pull(image: str) -> None:
    try:
        docker.from_env().images.pull(image)
    except DockerException as error:
        pytest.skip(f"UNRUN: the image {image} is not here and cannot be pulled ({cause(error)})")


def cause(error: DockerException) -> str:
    return str(getattr(error, "explanation", error)).strip('")').rpartition(": ")[2]


@contextmanager
def started(container: DockerContainer, port: int) -> Iterator[str]:
    """Yield the loopback address of a container's port."""
    testcontainers_config.ryuk_disabled = True  # one more image to pull; the container ends with this block
    testcontainers_config.connection_mode_override = ConnectionMode.docker_host
    container.ports = {f"{port}/tcp": ("127.0.0.1", None)}
    with container:
        yield f"http://127.0.0.1:{container.get_exposed_port(port)}"
