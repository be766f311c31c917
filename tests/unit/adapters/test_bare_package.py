"""Modules of a package without its `__init__`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from raglite.adapters.bare_package import bare

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def heavy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = f"heavy_{tmp_path.name.replace('-', '_')}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("made = 1\nfrom . import part\n")
    (tmp_path / name / "part.py").write_text("used = 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    for module in [one for one in sys.modules if one.partition(".")[0] == name]:
        del sys.modules[module]


def test_a_module_is_imported_without_what_its_package_does(heavy: str) -> None:
    bare(heavy)
    part = __import__(f"{heavy}.part", fromlist=["part"])
    assert part.used == 2
    assert not hasattr(sys.modules[heavy], "made")


def test_what_only_the_package_makes_cannot_be_imported(heavy: str) -> None:
    bare(heavy)
    with pytest.raises(ImportError, match="made"):
        exec(f"from {heavy} import made")  # noqa: S102  the statement that is meant


def test_a_package_that_was_imported_stays_as_it_is(heavy: str) -> None:
    whole = __import__(heavy)
    bare(heavy)
    assert sys.modules[heavy] is whole
    assert whole.made == 1


def test_a_package_that_is_not_there_is_told() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        bare("no_such_package")


def test_tracing_makes_no_client_for_the_rules_of_sampling() -> None:
    program = "import sys, raglite.adapters.xray_telemetry; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()
    assert "aws_xray_sdk.core.models.segment" in loaded
    assert "aws_xray_sdk.core.sampling.sampler" not in loaded
