"""What a measurement was made on, by a name that is no host's, and the work that any machine does alike."""

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.load.bench.calibrator import Calibrator
from tests.load.bench.machine import PACKAGES, ROOT, Machine, MachineClass, cpu_model

KNOWN = Machine(
    cpu="Intel(R) Xeon(R) Processor",
    cores=2,
    memory_gib=24,
    python="3.11.7",
    kernel="Linux 6.1",
    packages={"mcp": "2.3.0"},
    git_commit=None,
    dirty=None,
    load_before=1.5,
)


@pytest.mark.parametrize(
    ("cpu", "named"),
    [
        ("Intel(R) Xeon(R) Processor", "intel-xeon-processor-2x24"),
        ("Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz", "intel-core-i7-8650u-cpu-1-90ghz-2x24"),
        ("AMD EPYC 7763 64-Core Processor", "amd-epyc-7763-64-core-processor-2x24"),
        ("aarch64", "aarch64-2x24"),
        ("", "unknown-2x24"),
    ],
)
def test_a_class_is_model_cores_and_memory(cpu: str, named: str) -> None:
    assert KNOWN.model_copy(update={"cpu": cpu}).machine_class == named


@given(st.text(), st.integers(1, 512), st.integers(0, 4096))
def test_a_class_can_always_be_the_name_of_a_file(cpu: str, cores: int, memory_gib: int) -> None:
    named = KNOWN.model_copy(update={"cpu": cpu, "cores": cores, "memory_gib": memory_gib}).machine_class
    assert TypeAdapter(MachineClass).validate_python(named) == named


@given(st.text(), st.text(), st.floats(0, 100))
def test_what_differs_from_run_to_run_is_not_in_the_class(kernel: str, python: str, load: float) -> None:
    changed = KNOWN.model_copy(update={"kernel": kernel, "python": python, "load_before": load, "dirty": True})
    assert changed.machine_class == KNOWN.machine_class


def test_the_model_is_the_one_that_the_kernel_names() -> None:
    x86 = "processor\t: 0\nmodel\t\t: 207\nmodel name\t: Intel(R) Xeon(R) Processor\nprocessor\t: 1\n"
    assert cpu_model(x86) == "Intel(R) Xeon(R) Processor"
    assert cpu_model("processor\t: 0\nCPU implementer\t: 0x41\n") != ""


def test_this_machine_is_told_with_its_load_its_versions_and_its_commit() -> None:
    before = Machine.before(ROOT)
    found = before.after()
    assert found.machine_class.endswith(f"-{found.cores}x{found.memory_gib}")
    assert set(found.packages) == set(PACKAGES)
    assert found.python.split(".")[:2] == [str(part) for part in sys.version_info[:2]]
    assert re.fullmatch(r"[0-9a-f]{40}", found.git_commit or "")
    assert (before.load_after, found.load_after is None) == (None, False)
    assert Machine.model_validate_json(found.model_dump_json()) == found


def test_outside_of_git_the_commit_is_unknown(tmp_path: Path) -> None:
    found = Machine.before(tmp_path)
    assert (found.git_commit, found.dirty) == (None, None)


# --- the calibrator -----------------------------------------------------------------------------------------------


def test_the_calibrator_does_the_same_work_each_time() -> None:
    work = Calibrator()
    work(0)
    work(1)


def test_a_calibrator_whose_result_is_another_is_not_believed() -> None:
    work = Calibrator()
    work._weights[0, 0, 0] += 1
    with pytest.raises(AssertionError):
        work()
