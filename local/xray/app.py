"""The daemon's datagrams and X-Ray's REST routes over one store of traces."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.xray.filters import NotUnderstood, parse
from local.xray.traces import Traces, UnusableSegment, described, summary

LONGEST_SPAN = 24 * 3600  # seconds between start and end of one GetTraceSummaries, as X-Ray allows
DEFAULT_RULE = {  # what X-Ray itself samples by until somebody says otherwise
    "RuleName": "Default",
    "RuleARN": "arn:aws:xray:us-east-1:000000000000:sampling-rule/Default",
    "Priority": 10000,
    "FixedRate": 0.05,
    "ReservoirSize": 1,
    "Version": 1,
} | dict.fromkeys(("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"), "*")

log = logging.getLogger(__name__)


class Daemon(asyncio.DatagramProtocol):
    """Takes segments as the SDK sends them: a header line, then one document."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:  # noqa: ARG002  the protocol's signature
        """Keep one document; a datagram nobody can read is logged and dropped, as the daemon does."""
        _header, _, document = data.decode(errors="replace").partition("\n")
        try:
            self._traces.put(document)
        except UnusableSegment as error:
            log.warning("dropped a datagram: %s", error)


class Api:
    """The operations, each from a request's JSON body to an answer's."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces

    def put_trace_segments(self, body: dict[str, Any]) -> dict[str, Any]:
        """Keep documents; those that are none come back."""
        refused = []
        for text in body["TraceSegmentDocuments"]:
            try:
                self._traces.put(text)
            except UnusableSegment as error:
                refused.append({"ErrorCode": "ParseError", "Message": str(error)})
        return {"UnprocessedTraceSegments": refused}

    def batch_get_traces(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return whole traces by id."""
        found = {trace: self._traces.get(trace) for trace in body["TraceIds"]}
        return {
            "Traces": [described(trace, documents) for trace, documents in found.items() if documents],
            "UnprocessedTraceIds": [trace for trace, documents in found.items() if not documents],
        }

    def get_trace_summaries(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return summaries of the traces of a span of time that a filter lets through, all on one page."""
        start, end = float(body["StartTime"]), float(body["EndTime"])
        if not 0 <= end - start <= LONGEST_SPAN:
            raise NotUnderstood("EndTime must follow StartTime by at most 24 hours.")
        chosen = parse(body.get("FilterExpression") or "")
        found = list(self._traces.between(start, end))
        summaries = [summary(trace, documents) for trace, documents in found if chosen(documents)]
        return {"TraceSummaries": summaries, "TracesProcessedCount": len(found), "ApproximateTime": time.time()}

    def get_sampling_rules(self, _body: dict[str, Any]) -> dict[str, Any]:
        """Return the rule every account has."""
        return {"SamplingRuleRecords": [{"SamplingRule": DEFAULT_RULE, "CreatedAt": 0, "ModifiedAt": 0}]}

    def get_sampling_targets(self, _body: dict[str, Any]) -> dict[str, Any]:
        """Give no quota: SDKs then keep to the rule's own rate."""
        return {"SamplingTargetDocuments": [], "UnprocessedStatistics": [], "LastRuleModification": 0}


def create_app(traces: Traces, udp_port: int) -> Starlette:
    """Return the API; while it runs, the daemon listens on `udp_port` of loopback."""
    api = Api(traces)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        transport, _protocol = await loop.create_datagram_endpoint(
            lambda: Daemon(traces), local_addr=("127.0.0.1", udp_port)
        )
        try:
            yield
        finally:
            transport.close()

    operations = {
        "/TraceSegments": api.put_trace_segments,
        "/Traces": api.batch_get_traces,
        "/TraceSummaries": api.get_trace_summaries,
        "/GetSamplingRules": api.get_sampling_rules,
        "/SamplingTargets": api.get_sampling_targets,
    }
    routes = [Route(path, _answering(operation), methods=["POST"]) for path, operation in operations.items()]
    return Starlette(routes=routes, lifespan=lifespan)


def _answering(operation: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> JSONResponse:
        try:
            return JSONResponse(operation(await request.json()))
        except (KeyError, ValueError) as error:
            message = f"{error} is required." if isinstance(error, KeyError) else str(error)
            headers = {"x-amzn-errortype": "InvalidRequestException"}
            return JSONResponse({"message": message}, 400, headers=headers)

    return answer
