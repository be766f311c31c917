"""What befalls a task, and in which task it does."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.services import World
from tests.faults.documents import Document, Nature
from tests.faults.steps import Point, Then
from tests.faults.task import Trap, Traps, trapped

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def laid(tmp_path: Path) -> Path:
    (tmp_path / "traps").touch()
    return tmp_path


def lay(laid: Path, code: str, then: Then) -> None:
    trap = Trap(Point.parse(code), then, laid / "claim 1")
    (laid / "traps").write_text(trap.line + "\n")
    assert Trap.parse(trap.line) == trap


def run(laid: Path, calls: int) -> int:
    """Hear of calls in a process of its own, and return how it ended."""
    script = (
        "import sys; from pathlib import Path; from tests.faults.task import Traps\n"
        "traps = Traps(Path(sys.argv[1]) / 'traps', Path(sys.argv[1]) / 'notes')\n"
        "for _ in range(int(sys.argv[2])): traps.hear('before', 'index', 'publish')\n"
    )
    command = [sys.executable, "-c", script, str(laid), str(calls)]
    return subprocess.run(command, cwd=ROOT, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}).returncode


def test_a_task_dies_at_the_nth_call_and_only_the_first_that_comes_there_does(laid):
    lay(laid, "before:index.publish:2", Then.KILL)
    assert run(laid, 1) == 0
    assert run(laid, 2) == -signal.SIGKILL
    assert (laid / "notes").read_text() == "at work\nat work\nreached KILL\n"
    assert run(laid, 2) == 0


def test_a_task_is_told_to_stop(laid):
    lay(laid, "before:index.publish:1", Then.STOP)
    assert run(laid, 1) == -signal.SIGTERM  # this one has no handler; the product's ends with 143


def test_a_poisonous_document_ends_whoever_parses_it(laid, tmp_path):
    poison = tmp_path / "poison.txt"
    poison.write_bytes(Document(1, 1, Nature.POISON).body(".txt"))
    script = (
        "import sys; from pathlib import Path; from tests.faults.task import PoisonedParser, Traps\n"
        "from tests.fakes.parser import FakeParser\n"
        "traps = Traps(Path(sys.argv[1]) / 'traps', Path(sys.argv[1]) / 'notes')\n"
        "PoisonedParser(FakeParser(), traps).parse(Path(sys.argv[1]) / 'poison.txt', 'poison.txt')\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(laid)], cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert (laid / "notes").read_text() == "poisoned\n"


def test_a_full_disk_is_found_by_the_kernel_and_once(laid):
    lay(laid, "before:documents.fetch:1", Then.FULL)
    world = World()
    version = world.upload("a.txt", Document(1, 1).body(".txt"))
    documents = trapped(world.services(), Traps(laid / "traps", laid / "notes")).documents
    with pytest.raises(OSError, match="No space left") as caught:
        documents.fetch("a.txt", version.version_id, laid / "document")
    assert caught.value.errno == errno.ENOSPC
    (laid / "document").unlink()
    documents.fetch("a.txt", version.version_id, laid / "document")
    assert (laid / "document").read_bytes() == Document(1, 1).body(".txt")


def test_without_a_trap_the_services_are_the_same(laid):
    world = World()
    services = trapped(world.services(), Traps(laid / "traps", laid / "notes"))
    world.upload("a.txt", Document(1, 1).body(".txt"))
    assert services.documents.versions("a.txt") == world.documents.versions("a.txt")
    assert services.parser.version == world.parser.version
    assert (laid / "notes").read_text() == "at work\n"
