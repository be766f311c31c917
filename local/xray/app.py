"""The daemon's datagrams and X-Ray's REST routes over one store of traces."""

import asyncio
import json
import logging
import re
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.xray.described import graph, summary, whole
from local.xray.filters import NotUnderstood, parse
from local.xray.schema import UnusableSegment
from local.xray.traces import Traces

LONGEST_SPAN = 24 * 3600  # seconds between start and end of one GetTraceSummaries, as X-Ray allows
PAGE = 100  # summaries
HEADER = re.compile(r'\s*{\s*"format":\s*"json",\s*"version":\s*1\s*}\s*')
MOST_IDS = 5  # of one BatchGetTraces or GetTraceGraph
BUFFER = 4 * 1024**2  # bytes of datagrams that may wait; the kernel gives what it allows
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
        """Keep one document; what X-Ray would not take is logged and counted, for the sender hears of nothing."""
        header, _, document = data.decode(errors="replace").partition("\n")
        if not HEADER.fullmatch(header):
            self._traces.refuse("a datagram begins with a line that says format json, version 1", header)
            return
        try:
            self._traces.put(document)
        except UnusableSegment as error:
            log.warning("refused a segment: %s", error)


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
                refused.append({"ErrorCode": "ParseError", "Message": str(error)} | _id_of(text))
        return {"UnprocessedTraceSegments": refused}

    def batch_get_traces(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return whole traces by id."""
        found = {trace: self._traces.get(trace) for trace in _ids(body)}
        return {
            "Traces": [whole(trace, documents) for trace, documents in found.items() if documents],
            "UnprocessedTraceIds": [trace for trace, documents in found.items() if not documents],
        }

    def get_trace_graph(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return who called whom in some traces."""
        return {"Services": graph([document for trace in _ids(body) for document in self._traces.get(trace)])}

    def get_trace_summaries(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return summaries of the traces of a span of time that a filter lets through, newest first, page by page."""
        start, end = float(body["StartTime"]), float(body["EndTime"])
        if not 0 <= end - start <= LONGEST_SPAN:
            raise NotUnderstood("EndTime must follow StartTime by at most 24 hours.")
        chosen, after = parse(body.get("FilterExpression") or ""), body.get("NextToken")
        found = list(self._traces.between(start, end))
        matching = [(trace, documents) for trace, documents in found if chosen(documents)]
        if after is not None:
            names = [trace for trace, _ in matching]
            if after not in names:
                raise NotUnderstood("NextToken is not one that this question was answered with.")
            matching = matching[names.index(after) + 1 :]
        page = matching[:PAGE]
        answer = {"TraceSummaries": [summary(trace, documents) for trace, documents in page]}
        more = {"NextToken": page[-1][0]} if len(matching) > PAGE else {}
        return answer | more | {"TracesProcessedCount": len(found), "ApproximateTime": time.time()}

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
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        try:
            yield
        finally:
            transport.close()

    operations = {
        "/TraceSegments": api.put_trace_segments,
        "/Traces": api.batch_get_traces,
        "/TraceGraph": api.get_trace_graph,
        "/TraceSummaries": api.get_trace_summaries,
        "/GetSamplingRules": api.get_sampling_rules,
        "/SamplingTargets": api.get_sampling_targets,
    }
    routes = [Route(path, _answering(operation), methods=["POST"]) for path, operation in operations.items()]

    async def doubtful(_: Request) -> JSONResponse:
        """Tell what nobody else does: what was refused, and what names a parent that has not come."""
        listed = {"refused": list(traces.refused), "orphans": list(traces.orphans())}
        return JSONResponse({"refusals": traces.refusals, **listed})

    return Starlette(routes=[*routes, Route("/_refused", doubtful)], lifespan=lifespan)


def _ids(body: dict[str, Any]) -> list[str]:
    ids: list[str] = body["TraceIds"]
    if len(ids) > MOST_IDS:
        raise NotUnderstood(f"TraceIds holds {len(ids)} ids: at most {MOST_IDS} may be asked for at once.")
    return ids


def _id_of(text: str) -> dict[str, str]:
    """Return the id that a refused document gives itself, if it has any."""
    try:
        return {"Id": str(json.loads(text)["id"])}
    except (ValueError, LookupError, TypeError):
        return {}


def _answering(operation: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> JSONResponse:
        try:
            return JSONResponse(operation(await request.json()))
        except (KeyError, ValueError) as error:
            message = f"{error} is required." if isinstance(error, KeyError) else str(error)
            headers = {"x-amzn-errortype": "InvalidRequestException"}
            return JSONResponse({"message": message}, 400, headers=headers)

    return answer
