"""Images of servers in containers fit their clients, and whatever cannot run here is said to be UNRUN."""

from importlib.metadata import version

import docker
import pytest
from docker.errors import DockerException, ImageNotFound

from tests import containers

pytest_plugins = ["pytester"]


def test_the_qdrant_image_is_within_one_minor_version_of_the_client():
    major, minor = (int(part) for part in containers.QDRANT.rpartition(":v")[2].split(".")[:2])
    client = [int(part) for part in version("qdrant-client").split(".")[:2]]
    assert major == client[0]
    assert abs(minor - client[1]) <= 1


def test_who_has_a_token_gets_the_image_that_needs_it_and_nobody_else_does():
    image, variables = containers.localstack_for({"LOCALSTACK_AUTH_TOKEN": "t"})
    assert (image, variables["LOCALSTACK_AUTH_TOKEN"]) == (containers.LICENSED, "t")
    assert containers.localstack_for({}) == (containers.LOCALSTACK, containers.QUIET)
    assert "LOCALSTACK_AUTH_TOKEN" not in containers.QUIET
    assert containers.LICENSED.partition(":")[2] == containers.LOCALSTACK.partition(":")[2]


class Images:
    """Has no image; pulling one ends as it is told."""

    def __init__(self, ending=None):
        self.ending = ending
        self.pulled = []

    @property
    def images(self):
        return self

    def get(self, image):
        raise ImageNotFound(image)

    def pull(self, image):
        self.pulled.append(image)
        if self.ending:
            raise self.ending


def test_an_image_that_is_not_here_is_pulled(monkeypatch):
    engine = Images()
    monkeypatch.setattr(docker, "from_env", lambda: engine)
    containers.need("some:1")
    assert engine.pulled == ["some:1"]


def test_without_a_registry_a_test_is_unrun(monkeypatch):
    monkeypatch.setattr(docker, "from_env", lambda: Images(DockerException("dial tcp: no such host")))
    with pytest.raises(pytest.skip.Exception, match=r"^UNRUN: the image some:1 .*no such host"):
        containers.need("some:1")


def test_without_an_engine_a_test_is_unrun(monkeypatch):
    def nobody():
        raise DockerException("nobody there")

    monkeypatch.setattr(docker, "from_env", nobody)
    with pytest.raises(pytest.skip.Exception, match=r"^UNRUN: no Docker Engine"):
        containers.need("some:1")


def test_what_is_unrun_is_listed_by_name_and_other_skips_are_not(pytester):
    pytester.makeconftest("from tests.unrun import pytest_terminal_summary")
    pytester.makepyfile(
        """
        import pytest
        def test_real(): pytest.skip("UNRUN: no image")
        def test_other(): pytest.skip("not ours")
        """
    )
    said = pytester.runpytest("-p", "no:cacheprovider").stdout
    said.fnmatch_lines(["*1 tests UNRUN*", "no image:", "  *::test_real"])
    said.no_fnmatch_line("  *::test_other")
