"""Counts what functions do, whoever invoked them."""

import time
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from local.emulator.monitoring.series import Store
from local.emulator.monitoring.vended import Replace, put


def count_invocations(store: Store, functions: ModuleType, replace: Replace) -> None:
    """Record every execution from now on: the emulator counts only those that its API was asked for."""
    execute = functions._execute_function_dispatch  # noqa: SLF001  replaced, so asserted, below

    def note(name: str, seconds: float, is_error: bool) -> None:
        readings = [("Invocations", 1, "Count"), ("Errors", is_error, "Count")]
        put(store, "AWS/Lambda", {"FunctionName": name}, [*readings, ("Duration", seconds * 1000, "Milliseconds")])

    def execute_and_count(function: Any, config: Mapping[str, Any], *rest: Any) -> Any:
        began, failed = time.monotonic(), True
        try:
            result = execute(function, config, *rest)
            failed = isinstance(result, dict) and bool(result.get("error"))
        finally:
            note(str(config.get("FunctionName")), time.monotonic() - began, failed)
        return result

    replace(functions, "_execute_function_dispatch", execute_and_count)
    replace(functions, "_emit_lambda_metrics", lambda *_, **__: None)
