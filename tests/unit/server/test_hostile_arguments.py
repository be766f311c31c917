"""Whatever stands in an argument: no fault of ours; a refusal says which one and what to do, and keeps nothing of it.

Arguments that are good are spoiled one or some at a time, so that each is reached: by what its own schema only just
forbids, and by what people and programs send who mean harm or know no better. Through the whole application, over MCP.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from raglite.model import document_id
from raglite.ports import Principal
from raglite.server.app import create_app
from raglite.server.limits import TOO_LARGE
from raglite.settings import Settings
from tests.fakes.credentials import FakeCredentials
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.unit.server.asking import REVISIONS, headers, message

EXAMPLES = 80  # of each tool, and of resources, prompts and completion
KEY, CALL = "red/orchard.pdf", "tools/call"
TRACE = "1-67891233-abcdef012345678912345678"
PARSE_ERROR, INTERNAL_ERROR, NO_CODE = -32700, -32603, 0
GOOD: dict[str, dict[str, Any]] = {
    "query_financial_documents": {"query": "What was revenue?", "filters": {"companies": ["Orchard Mills, Inc."]}},
    "get_financial_figure": {"company": "Orchard Mills", "metric": "revenue", "period": "FY2023"},
    "list_documents": {"company": "Orchard", "fiscal_year": 2023},
    "get_document_outline": {"document": KEY},
    "get_page": {"document": KEY, "page": 1},
    "ingest_document": {"key": "red/new.txt", "content_base64": "YQ=="},
    "get_ingestion_status": {"key": KEY},
    "submit_feedback": {"trace_id": TRACE, "rating": 7},
}
PROMPTS = {
    "compare_periods": {"company": "A", "metric": "m", "period": "FY2022", "other_period": "FY2023"},
    "extract_metric": {"company": "A", "metric": "m", "period": "FY2022"},
    "audit_answer": {"answer": "It was 7."},
}
TEMPLATES = (
    "raglite://documents/{document_id}",
    "raglite://documents/{document_id}/versions/{version_id}",
    "raglite://documents/{document_id}/versions/{version_id}/pages/{page}",
)
# What a refusal tells its reader to do, in the words that ours do it in.
STEPS = (
    "Ask",
    "Shorten",
    "Change",
    "Write",
    "take",
    "Take",
    "leave",
    "Leave",
    "ask for",
    "send",
    "encode",
    "list",
    "brings",
    "numbered",
)

HOSTILE_TEXTS = (
    *("", " ", "\n", "\0", "\x7f", "\ud800", "\udfff?", "\ufeff", "\u200b\u200d", "\u202e)(fdp.a", "\u0661"),
    *("../../etc/passwd", "/etc/passwd", "..\\..\\x", "%2e%2e%2f", "%00", "%", "a//b", "./a", "a/", "C:\\x"),
    *("' OR 1=1 --", "'; DROP TABLE documents;--", "$(id)", "`id`", "{{7*7}}", "<script>alert(1)</script>"),
    *("NaN", "-Infinity", "1e999", "0x10", "null", "true", "[]", "{}", "raglite://documents/x", "submission#x"),
    *("2026-13-45", "0000-00-00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:59", "tomorrow"),
    *("=", "YQ", "YQ==\n", "WzEsMl0=", "bnVsbA==", "W10=", "*", "x" * 2_000, "\u00e9" * 70_000, "9" * 500),
    *(KEY, str(document_id(KEY)), "a.pdf", "v1", TRACE, TRACE.upper()),
)
HOSTILE_NUMBERS = (0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**40, 1.5, -0.0, 1e308, math.inf, -math.inf, math.nan)
HOSTILE = (*HOSTILE_TEXTS, *HOSTILE_NUMBERS, None, True, False, [], {}, [None], [[[]]], {"a": {"b": []}})
TEXTS = st.sampled_from(HOSTILE_TEXTS) | st.text(max_size=40)
NUMBERS = st.sampled_from(HOSTILE_NUMBERS) | st.floats() | st.integers()
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(TEXTS.filter(lambda name: len(name) < 100), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.one_of(st.sampled_from(("Query", "filter", "top-k", "__proto__", "self", "ctx", "\u202e", "")), st.text())


@dataclass(frozen=True)
class Reply:
    """`sentence` is why not, empty if it was answered."""

    status: int
    body: Any
    sentence: str
    outcome: str


class Service:
    """The application over fakes, asked by somebody who may do everything."""

    def __init__(self, world: World, client: TestClient) -> None:
        self.world, self._client = world, client
        (found,) = world.registry.history(KEY)
        self.version_id = found.version_id
        listed = self.ask("tools/list", {}).body["result"]["tools"]
        self.arguments: dict[str, Mapping[str, Any]] = {tool["name"]: tool["inputSchema"] for tool in listed}

    def ask(self, method: str, params: dict[str, Any], name: str = "", revision: str = "2025-11-25") -> Reply:
        told = {**headers("editor", method, name, revision), "Content-Type": "application/json"}
        response = self._client.post("/mcp", content=json.dumps(message(method, params, revision)), headers=told)
        outcome = str(self.world.telemetry.segments[-1].annotations["outcome"])
        return Reply(response.status_code, response.json(), _sentence(response.json()), outcome)

    @property
    def kept(self) -> tuple[int, int, int]:
        """How many versions, submissions and ratings are kept."""
        rated = sum("rating" in fields for _, _, fields in self.world.audit.records)
        return len(self.world.documents.bodies), len(self.world.submissions.kept), rated


def _sentence(body: Any) -> str:
    if "error" in body:
        return str(body["error"]["message"])
    return str(body["result"]["content"][0]["text"]) if body["result"].get("isError") else ""


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    world = World(credentials=FakeCredentials(Principal("editor", frozenset({"read", "ingest"}))))
    world.ingest(KEY, report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.", "Debt was 9 million."))
    world.clock.advance(60)
    app = create_app(world.services(), Settings(requests_per_minute=0))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Service(world, client)


def judge(reply: Reply, touched: set[str]) -> None:
    """Hold a reply to what all of them must be; `touched` are the arguments that may be why it is a refusal."""
    code = reply.body.get("error", {}).get("code")
    assert reply.status < 500
    assert reply.outcome != "failed"
    assert code not in {INTERNAL_ERROR, NO_CODE}
    if not reply.sentence:
        assert reply.outcome in {"answered", "abstained"}
        return
    assert reply.outcome == "refused"
    if code == PARSE_ERROR:  # half a surrogate pair, or nested too deeply: it is no JSON, so it has no arguments
        assert "line 1 column" in reply.sentence
        return
    if reply.status == TOO_LARGE:  # nobody has read which arguments it has
        assert "send less" in reply.sentence
        return
    assert any(name in reply.sentence for name in touched), reply.sentence
    assert any(step in reply.sentence for step in STEPS), reply.sentence
    assert len(reply.sentence) < 3_000


def beyond(schema: Mapping[str, Any]) -> list[Any]:
    """Return what an argument's schema only just forbids."""
    found: list[Any] = []
    for one in (schema, *schema.get("anyOf", ())):
        found += [one["minimum"] - 1] if "minimum" in one else []
        found += [one["maximum"] + 1] if "maximum" in one else []
        found += ["x" * (one["maxLength"] + 1)] if "maxLength" in one else []
        found += [{"companies": "x" * 300}, {"years": ["x"]}, {"nothing": 1}] if "$ref" in one else []
    return found


@st.composite
def spoiled(draw: st.DrawFn, good: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Draw arguments of which at least one is missing, too many or not as it was; and which they are."""
    taken = schema["properties"]
    names = draw(st.sets(st.sampled_from(sorted(taken)), max_size=2))
    dropped = draw(st.sets(st.sampled_from(sorted(good)), max_size=1)) - names
    more = draw(st.dictionaries(NAMES, VALUES, max_size=2).filter(lambda found: not set(found) & set(taken)))
    arguments = {name: value for name, value in good.items() if name not in dropped} | more
    for name in names:
        arguments[name] = draw(VALUES | st.sampled_from(edges) if (edges := beyond(taken[name])) else VALUES)
    return arguments, names | dropped | (set(more) and {*more, "(no name of a field)"})


@pytest.mark.parametrize("tool", GOOD)
def test_no_value_in_one_argument_of_a_tool_breaks_anything(service: Service, tool: str) -> None:
    for name, schema in service.arguments[tool]["properties"].items():
        for value in (*HOSTILE, *beyond(schema)):
            before = service.kept
            reply = service.ask(CALL, {"name": tool, "arguments": GOOD[tool] | {name: value}})
            judge(reply, {name})
            assert not reply.sentence or service.kept == before


@pytest.mark.parametrize("tool", GOOD)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_no_argument_of_a_tool_breaks_anything(service: Service, tool: str, data: st.DataObject) -> None:
    arguments, touched = data.draw(spoiled(GOOD[tool], service.arguments[tool]))
    before = service.kept
    revision = data.draw(st.sampled_from(list(REVISIONS)))
    reply = service.ask(CALL, {"name": tool, "arguments": arguments}, tool, revision)
    judge(reply, touched)
    assert not reply.sentence or service.kept == before


@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_no_arguments_and_no_name_of_a_tool_break_anything(service: Service, data: st.DataObject) -> None:
    before = service.kept
    name = data.draw(VALUES | st.sampled_from(list(GOOD)))
    reply = service.ask(CALL, {"name": name, "arguments": data.draw(VALUES)})
    judge(reply, {"name", "arguments", "tool", *(one for tool in GOOD.values() for one in tool)})
    assert not reply.sentence or service.kept == before


@pytest.mark.parametrize("name", ["document_id", "version_id", "page"])
def test_no_part_of_a_resource_s_address_breaks_anything(service: Service, name: str) -> None:
    good = {"document_id": str(document_id(KEY)), "version_id": service.version_id, "page": "1"}
    for text in HOSTILE_TEXTS:
        for template in TEMPLATES:
            for part in (text, quote(text, safe="", errors="replace")):
                uri = template.format(**good | {name: part})
                judge(service.ask("resources/read", {"uri": uri}), {"document", "version_id", "page", "uri"})


@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_no_address_of_a_resource_breaks_anything(service: Service, data: st.DataObject) -> None:
    good = {"document_id": str(document_id(KEY)), "version_id": service.version_id, "page": "1"}
    texts = TEXTS | TEXTS.filter(lambda text: text.isprintable()).map(lambda text: quote(text, safe=""))
    parts = {name: data.draw(st.just(value) | texts) for name, value in good.items()}
    uri = data.draw(st.sampled_from(TEMPLATES).map(lambda template: template.format(**parts)) | VALUES)
    judge(service.ask("resources/read", {"uri": uri}), {"document", "version_id", "page", "uri"})


@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_no_argument_of_a_prompt_breaks_anything(service: Service, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(PROMPTS)))
    schema = {"properties": {one: {} for one in PROMPTS[name]}}
    arguments, touched = data.draw(spoiled(PROMPTS[name], schema))
    judge(service.ask("prompts/get", {"name": name, "arguments": arguments}), touched)
    judge(service.ask("prompts/get", {"name": data.draw(VALUES), "arguments": PROMPTS[name]}), {"name", "prompt"})


@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_nothing_that_is_to_be_completed_breaks_anything(service: Service, data: st.DataObject) -> None:
    argument = {
        "name": data.draw(TEXTS | st.sampled_from(("company", "period", "metric", "document_id", "page"))),
        "value": "",
    }
    good = {
        "ref": data.draw(
            st.sampled_from(
                ({"type": "ref/prompt", "name": "extract_metric"}, {"type": "ref/resource", "uri": TEMPLATES[2]})
            )
        ),
        "argument": argument | {"value": data.draw(TEXTS)},
        "context": {"arguments": data.draw(st.dictionaries(st.sampled_from(("company", "document_id")), TEXTS))},
    }
    params = good | data.draw(st.dictionaries(st.sampled_from(list(good)), VALUES, max_size=2))
    reply = service.ask("completion/complete", params)
    judge(reply, set(good))
    assert reply.sentence or len(reply.body["result"]["completion"]["values"]) <= 100


@settings(max_examples=EXAMPLES)
@example(cursor=["\u00e9" * 70_000] * 3, method="tools")
@given(cursor=VALUES, method=st.sampled_from(("tools", "prompts", "resources", "resources/templates")))
def test_no_cursor_breaks_anything(service: Service, cursor: Any, method: str) -> None:
    judge(service.ask(f"{method}/list", {"cursor": cursor}), {"cursor"})


def test_good_arguments_are_answered_so_that_what_is_refused_is_refused_for_what_was_spoiled(service: Service) -> None:
    replies = [service.ask(CALL, {"name": tool, "arguments": good}) for tool, good in GOOD.items()]
    replies += [service.ask("prompts/get", {"name": name, "arguments": good}) for name, good in PROMPTS.items()]
    assert [reply.sentence for reply in replies] == [""] * len(replies)
    assert set(service.arguments) == set(GOOD)
