"""How long the embedding model took to load is told once in a process."""

from pathlib import Path

from raglite.bootstrap import bootstrap
from raglite.settings import Settings
from tests.fakes.telemetry import FakeTelemetry

MODEL = Path(__file__).resolve().parents[3] / "build/model"


def test_the_loading_of_the_model_is_measured_once() -> None:
    telemetry = FakeTelemetry()
    services = bootstrap(Settings(model_dir=MODEL), telemetry=telemetry)
    assert telemetry.metrics == []
    for _ in range(2):
        services.embedder.embed(["revenue"])
    ((name, seconds),) = telemetry.metrics
    assert name == "ModelLoad"
    assert 0 < seconds < 120
