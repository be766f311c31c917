"""Names the tests that could not run because something is missing here: they have shown nothing."""

import pytest

UNRUN = "Skipped: UNRUN: "


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found = {}
    for report in terminalreporter.stats.get("skipped", ()):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        if reason.startswith(UNRUN):
            found[report.nodeid] = reason.removeprefix(UNRUN)
    if not found:
        return
    terminalreporter.section(f"{len(found)} tests UNRUN")
    for reason in sorted(set(found.values())):
        terminalreporter.write_line(f"{reason}:")
        for name in sorted(name for name, why in found.items() if why == reason):
            terminalreporter.write_line(f"  {name}")
