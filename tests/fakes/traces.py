"""A TraceStore in a list, oldest first."""

from raglite.observability.traces import Kind, Trace

OURS = {"trigger", "ingest", "query"}


class FakeTraces:
    def __init__(self, *traces: Trace) -> None:
        self.traces = list(traces)

    def trace(self, trace_id: str) -> Trace | None:
        return next((one for one in self.traces if one.id == trace_id), None)

    def newest(self) -> str | None:
        return next(
            (one.id for one in reversed(self.traces) if "canary" not in _names(one) and _names(one) & OURS), None
        )

    def newest_of(self, document: str) -> str | None:
        return next((one.id for one in reversed(self.traces) if _is_of(one, document)), None)


def _names(trace: Trace) -> set[str]:
    return {part.name for part in trace.every() if part.kind is Kind.SEGMENT}


def _is_of(trace: Trace, document: str) -> bool:
    return any(part.annotations.get("document") == document for part in trace.every())
