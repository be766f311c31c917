"""Notes what became of every test, where EVIDENCE_OUTCOMES names a folder: `make evidence` loads it into every pytest.

Under pytest-xdist the workers leave tests out, and the controller hears of all outcomes.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

FOLDER = "EVIDENCE_OUTCOMES"
LEFT_OUT = "left_out"


def pytest_configure(config: pytest.Config) -> None:
    if folder := os.environ.get(FOLDER):
        watcher = Worker(config) if hasattr(config, "workerinput") else Watcher(config, Path(folder))
        config.pluginmanager.register(watcher, "evidence")
        if not getattr(config.option, "numprocesses", None):  # workers have yet to inherit it
            for name in (FOLDER, "PYTEST_PLUGINS"):  # a pytest that a test starts is no part of this run
                os.environ.pop(name, None)


class Worker:
    """Tells the controller how many tests it left out."""

    def __init__(self, config: Any) -> None:
        self.output = config.workeroutput
        self.output[LEFT_OUT] = 0

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self.output[LEFT_OUT] += len(items)


class Watcher:
    """Gathers outcomes by test, and writes them when the session ends."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self.config, self.folder = config, folder
        self.tests: dict[str, dict[str, Any]] = {}
        self.left_out = 0

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self.left_out += len(items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.left_out = max(self.left_out, getattr(node, "workeroutput", {}).get(LEFT_OUT, 0))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.outcome != "passed":
            outcome = "error" if report.failed else "skipped"
            self.tests[report.nodeid] = {"outcome": outcome, "seconds": 0.0, "reason": _reason(report)}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        known = self.tests.setdefault(report.nodeid, {"outcome": "passed", "seconds": 0.0, "reason": None})
        known["seconds"] = round(known["seconds"] + report.duration, 4)
        outcome = _outcome(report)
        if outcome != "passed":
            known |= {"outcome": outcome, "reason": _reason(report)}

    def pytest_sessionfinish(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        tests = [{"test": name, **found} for name, found in sorted(self.tests.items())]
        (self.folder / f"{os.getpid()}.json").write_text(json.dumps({"tests": tests, "deselected": self.left_out}))


def _outcome(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.failed:
        return "failed" if report.when == "call" else "error"
    return report.outcome


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str | None:
    if expected := getattr(report, "wasxfail", None):
        return expected
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr).strip().splitlines()[-1] if report.longrepr else None
