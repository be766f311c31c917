"""Settings become services: each part when it is first used, each replaceable."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from raglite.bootstrap import _Late, bootstrap
from raglite.errors import ConfigurationError
from raglite.ports import SystemClock
from raglite.settings import Settings
from tests.fakes.services import World

ROOT = Path(__file__).resolve().parents[2]
NAMED = Settings(documents_bucket="documents", parsed_bucket="parsed", model_dir=ROOT / "build/model")


def test_nothing_is_built_before_it_is_used() -> None:
    bootstrap(Settings(model_dir=Path("/nowhere")))


@pytest.mark.parametrize("name", ["documents_bucket", "parsed_bucket"])
def test_a_missing_bucket_is_named_when_it_is_needed(name: str) -> None:
    settings = NAMED.model_copy(update={name: ""})
    with pytest.raises(ConfigurationError, match=f"Set RAGLITE_{name.upper()} to the bucket's name."):
        bootstrap(settings).documents.versions("a.pdf")


def test_a_missing_model_is_named_when_it_is_needed() -> None:
    services = bootstrap(NAMED.model_copy(update={"model_dir": Path("/nowhere")}))
    with pytest.raises(ConfigurationError, match="make setup"):
        services.embedder.embed(["revenue"])


def test_every_part_is_replaceable_by_its_name() -> None:
    world = World()
    services = bootstrap(Settings(), **{name: getattr(world, name) for name in ("documents", "index", "clock")})
    assert (services.documents, services.index, services.clock) == (world.documents, world.index, world.clock)
    assert isinstance(bootstrap(Settings()).clock, SystemClock)


@pytest.mark.parametrize(
    ("part", "attribute"),
    [
        ("documents", "versions"),
        ("registry", "commit_number"),
        ("parser", "parse"),
        ("embedder", "embed"),
        ("index", "search"),
        ("telemetry", "trace"),
        ("audit", "append"),
        ("credentials", "authenticate"),
        ("tasks", "wake"),
    ],
)
def test_every_part_is_built_without_touching_the_network(
    monkeypatch: pytest.MonkeyPatch, part: str, attribute: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert callable(getattr(getattr(bootstrap(NAMED), part), attribute))


def test_threads_that_come_at_once_share_one_part() -> None:
    built: list[object] = []
    gate = threading.Event()

    def build() -> World:
        gate.wait(10)
        built.append(World())
        return built[-1]  # type: ignore[return-value]  # a World

    part, seen = _Late(build), []
    threads = [threading.Thread(target=lambda: seen.append(part.clock)) for _ in range(8)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert len({id(clock) for clock in seen}) == 1


def test_the_service_loads_no_parser_and_the_task_no_web_framework() -> None:
    def loaded(module: str) -> set[str]:
        program = f"import sys, {module}; print(*sorted(name for name in sys.modules if '.' not in name))"
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
        return set(done.stdout.split())

    assert loaded("raglite.server.app").isdisjoint({"docling", "pypdfium2", "torch", "sentence_transformers"})
    assert loaded("raglite.ingestion.pipeline").isdisjoint({"fastapi", "starlette", "mcp", "uvicorn", "torch"})
