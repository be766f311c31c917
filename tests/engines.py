"""The two engines that run the twin's tasks, as processes of their own, for tests that hold them to one promise."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.docker import daemon, images
from local.engine import images as known
from local.twin.layout import ROOT
from tests.processes import end, until

KINDS = ("process", "docker")
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


def docker_engine() -> Path:
    """Return the socket of this machine's Docker Engine; skips where there is none."""
    socket = daemon.found(daemon.places(os.environ))
    if socket is None:
        pytest.skip("no Docker Engine answers here: scripts/docker-engine installs and starts one on Debian")
    return socket


def tag_of(image: known.Image) -> str:
    """Return the tag of an image that was built on this machine's Docker Engine; skips if none was."""
    repository = images.REPOSITORIES[image]
    with daemon.client(docker_engine()) as asked:
        shown = asked.get("/images/json", params={"filters": json.dumps({"reference": [repository]})}).json()
    tags = [tag for one in shown for tag in one["RepoTags"] or ()]
    return tags[0].rpartition(":")[2] if tags else pytest.skip(f"no image {repository} here: `make image` builds it")


@contextmanager
def serving(kind: str, home: Path, endpoint: str, *settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run an engine for the emulator at `endpoint`; its socket is `engine.sock` in its home, its logs lie in `logs`."""
    socket = home / "engine.sock"
    place = {
        "process": ("local.engine", "--scratch", str(home / "scratch")),
        "docker": ("local.docker", "--home", str(home), "--daemon", str(docker_engine() if kind == "docker" else "")),
    }[kind]
    words = [*place, "--socket", str(socket), "--logs", str(home / "logs"), "--endpoint", endpoint]
    words += [word for setting in settings for word in ("--set", setting)]
    process = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, env=os.environ | CREDENTIALS)
    until(lambda: daemon.answers(socket), "the engine answers")
    yield process
    end(process)
