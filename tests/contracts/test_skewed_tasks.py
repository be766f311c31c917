"""Real ingest tasks whose clocks are an hour off, among others, on the emulator and the vector store's stand-in."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from local.twin.programs import MODEL
from raglite.bootstrap import bootstrap
from raglite.model import VersionState
from tests.dr import skewed
from tests.emulators import REQUIRED
from tests.fakes.parser import report
from tests.faults.ground import Ground, Names
from tests.processes import until

pytestmark = [
    REQUIRED,
    skewed.REQUIRED,
    pytest.mark.skipif(not MODEL.exists(), reason="no exported model here: `make setup` makes it"),
    pytest.mark.timeout(400),
]

HOUR = 3600  # seconds
OFF = (HOUR, 0, -HOUR)
LEASES = {"RAGLITE_LEASE_SECONDS": "120", "RAGLITE_PUBLISH_SECONDS": "30"}
SLACK = timedelta(seconds=5)
SHOW = "import time; print(time.time(), time.monotonic())"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return skewed.compiled(tmp_path_factory.mktemp("skew"))


class Tasks:
    """Starts tasks for keys of one bucket, each with a clock of its own, and looks at what they leave."""

    def __init__(self, ground, names, library):
        self.names, self._ground, self._library = names, ground, library
        self.services = bootstrap(ground.settings(names))

    def upload(self, key, text):
        body = report("Orchard Mills, Inc.", 2023, text).replace(b"\f", b"\n\n")
        self._ground.aws("s3").put_object(Bucket=self.names.documents, Key=key, Body=b"<pre>" + body + b"</pre>")
        self.services.registry.request(key)

    def start(self, key, off):
        environment = self._ground.environment(self.names, 3, self._ground.home) | LEASES
        return subprocess.Popen(
            (sys.executable, "-m", "raglite.ingestion.pipeline", "--s3-path", f"s3://{self.names.documents}/{key}"),
            env=environment | skewed.wrong_clock(self._library, off),
        )

    def run(self, key, off):
        return self.start(key, off).wait(180)

    def record(self, key):
        (found,) = self.services.registry.history(key)
        return found

    def is_shown_once(self, key):
        """Whether exactly its chunks are answered from."""
        registry, index = self.services.registry, self.services.index
        return index.count(key, commit=registry.commit_number()) == self.record(key).chunks > 0


@pytest.fixture(scope="module")
def tasks(tmp_path_factory, library):
    with Ground(tmp_path_factory.mktemp("skewed") / "ground") as ground, pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "RAGLITE_")):
                patch.delenv(name)
        ground.use_here()
        names = Names.of("skewed")
        ground.make(names)
        made = Tasks(ground, names, library)
        made.upload("first.html", "Revenue was 1 million.")
        assert made.run("first.html", 0) == 0
        yield made


@pytest.mark.parametrize("off", OFF)
def test_the_time_of_day_moves_and_durations_do_not(library, off):
    shown = subprocess.run(
        (sys.executable, "-c", SHOW),
        env=skewed.wrong_clock(library, off),
        check=True,
        stdout=subprocess.PIPE,
        timeout=30,
    )
    day, duration = map(float, shown.stdout.split())
    assert day - time.time() == pytest.approx(off, abs=10)
    assert duration == pytest.approx(time.monotonic(), abs=10)


def test_tasks_with_wrong_clocks_make_every_document_searchable_once_and_leave_live_holders_alone(tasks):
    registry, begun = tasks.services.registry, datetime.now(UTC)
    before = registry.commit_number()
    keys = [f"together/{number}.html" for number in range(4)]
    for number, key in enumerate(["held.html", *keys]):
        tasks.upload(key, f"Revenue was {number + 2} million.")
    held, died = registry.acquire("held.html", "somebody", 300), registry.acquire(keys[0], "somebody", 1)
    until(lambda: keys[0] in registry.waiting(), "its holder died")
    started = [tasks.start(key, off) for key, off in zip(["held.html", *keys], OFF, strict=False)]
    assert [one.wait(180) for one in started] == [0, 0, 0]
    records, ended = [tasks.record(key) for key in keys], datetime.now(UTC)
    assert [(one.state, one.attempts) for one in records] == [(VersionState.SEARCHABLE, 1)] * 4
    assert all(tasks.is_shown_once(key) for key in keys)
    assert registry.commit_number() == before + 4, "each was published once"
    assert registry.commit_at(begun - SLACK) <= before
    assert registry.commit_at(ended + SLACK) == before + 4
    assert registry.history("held.html") == ()
    assert registry.release(held)
    assert not registry.release(died)
