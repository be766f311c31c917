import json
from pathlib import Path

import pytest

from scripts.compare_engines import main


def report(build: Path, name: str, seconds: float, **measures: float) -> None:
    (build / name).mkdir()
    content = {
        "started": f"{name} then",
        "outcomes": [{"name": "a", "outcome": "passed"}],
        "twin_phases": {"start": seconds},
        "phases_seconds": {"upload": 2 * seconds},
        "measures": measures,
    }
    (build / name / "report.json").write_text(json.dumps(content))


def test_figures_of_both_engines_stand_side_by_side_with_their_ratio(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report(tmp_path, "e2e", 2, both=0, only_here=1)
    report(tmp_path, "e2e-docker", 3, both=4)
    out = tmp_path / "engines" / "compared.md"
    assert main(["--build", str(tmp_path), "--out", str(out)]) == 0
    assert out.read_text() == capsys.readouterr().out
    assert out.read_text().splitlines() == [
        "| | process | docker | docker / process |",
        "|---|---:|---:|---:|",
        "| started | e2e then | e2e-docker then | |",
        "| tests passed | 1 | 1 | 1.00 |",
        "| tests failed | 0 | 0 |  |",
        "| tests skipped | 0 | 0 |  |",
        "| twin up: start, s | 2 | 3 | 1.50 |",
        "| upload, s | 4 | 6 | 1.50 |",
        "| both | 0 | 4 |  |",
    ]


def test_another_target_is_shown_if_it_was_run(tmp_path: Path) -> None:
    for name, seconds in (("e2e", 2), ("e2e-docker", 3), ("e2e-localstack", 5)):
        report(tmp_path, name, seconds)
    assert main(["--build", str(tmp_path), "--out", str(tmp_path / "out.md")]) == 0
    head, *_, upload = (tmp_path / "out.md").read_text().splitlines()
    assert head == "| | process | docker | localstack | docker / process |"
    assert upload == "| upload, s | 4 | 6 | 10 | 1.50 |"


def test_a_missing_report_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report(tmp_path, "e2e", 2)
    assert main(["--build", str(tmp_path), "--out", str(tmp_path / "out.md")]) == 1
    assert "e2e-docker/report.json: run `make e2e ENGINE=docker`" in capsys.readouterr().err
