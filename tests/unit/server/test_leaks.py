"""Whoever asks, whatever tool or path, in whatever way: no word, name or address of a foreign document comes back.

Each document has two words of its own: one in its key and its company's name, which callers ask for, and one that only
its text has. What a principal gets is searched for both, and for the ids, of all documents that are not his; what he
wrote himself does not count.
"""

import base64
import json
import random
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from raglite.model import document_id, group_of
from raglite.ports import Principal
from raglite.server.app import create_app
from raglite.settings import Settings
from tests.fakes.credentials import FakeCredentials
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import World
from tests.unit.server.asking import headers, message

COMBINATIONS = 10_000
AT_ONCE = 2_500  # combinations in one world; the next world has other documents and principals

pytestmark = pytest.mark.anyio

GROUPS = ("red", "blue", "Red", "re", "red ", "", "red/x", "*")
SCOPES = ("read", "ingest", "admin", "canary")
KIND = {
    "query_financial_documents": "query",
    "get_financial_figure": "figure",
    "list_documents": "documents",
    "get_document_outline": "outline",
    "get_page": "page",
    "ingest_document": "ingest",
    "get_ingestion_status": "status",
    "resources/list": "resources/list",
    "resources/read": "resources/read",
    "completion/complete": "completion",
    "GET /api/documents": "documents",
    "GET /api/outline": "outline",
    "GET /api/page": "page",
    "GET /api/ingestion": "status",
    "POST /api/query": "query",
    "POST /mcp/query_financial_documents": "query",
    "POST /api/figure": "figure",
    "POST /api/ingest": "ingest",
    "POST /console/": "form",
    "GET /console/documents": "search",
    "GET /console/document": "status",
    "GET /console/page": "picture",
    "GET /console/image": "picture",
}
TOOLS = tuple(KIND)


@dataclass(frozen=True)
class Planted:
    """A document, known by words that stand nowhere else: `word` in its names, `secret` in its text."""

    key: str
    word: str
    secret: str
    version_id: str

    def is_of(self, principal: Principal) -> bool:
        return principal.groups is None or group_of(self.key) in principal.groups

    @property
    def marks(self) -> tuple[str, ...]:
        return (self.word, self.secret, str(document_id(self.key)))


def planted(chance: random.Random, world: World) -> Iterator[Planted]:
    for group in GROUPS:
        for kind in ("good", "broken", "replaced", "deleted"):
            word, secret = ("".join(chance.choices(string.ascii_lowercase, k=12)) for _ in range(2))
            key = "/".join(part for part in (group, f"{word}.pdf") if part)
            body = report(f"{word.title()} Holdings, Inc.", 2023, f"Revenue was 12 million, {secret} said.")
            if kind == "replaced":
                world.ingest(key, body)
            version = world.ingest(key, BROKEN if kind == "broken" else body)
            yield Planted(key, word, secret, version.version_id)


def principals(chance: random.Random) -> Sequence[Principal]:
    made = [Principal("everybody's", frozenset(SCOPES)), Principal("nobody's", frozenset(SCOPES), ())]
    for number in range(14):
        groups = tuple(chance.sample(GROUPS, chance.randint(1, 3)))
        scopes = frozenset({"read", *chance.sample(SCOPES, chance.randint(0, 2))})
        made.append(Principal(f"p{number}", scopes, groups))
    return made


def asked(chance: random.Random, tool: str, wanted: Planted, others: Sequence[Planted]) -> dict[str, Any]:
    """Return arguments that go for a document, in one of the ways there are."""
    company, number = f"{wanted.word.title()} Holdings, Inc.", str(document_id(wanted.key))
    version = chance.choice(({}, {"version_id": wanted.version_id}))
    page = f"/versions/{wanted.version_id}/pages/2"
    ways: dict[str, Callable[[], dict[str, Any]]] = {
        "query": lambda: {
            "query": chance.choice((f"What was revenue of {company}?", "What was revenue?", wanted.word)),
            "top_k": 50,
            "filters": chance.choice((None, {"companies": [company]}, {"document_ids": [number]})),
        },
        "figure": lambda: {"company": company, "metric": "revenue"},
        "documents": lambda: {"cursor": chance.choice((None, _cursor(chance.choice(others))))},
        "status": lambda: {"key": wanted.key, **version},
        "ingest": lambda: {"key": wanted.key, **chance.choice(({}, {"content_base64": "YQ=="}))},
        "resources/list": dict,
        "resources/read": lambda: {"uri": f"raglite://documents/{number}{chance.choice(('', page, page[:-8]))}"},
        "completion": lambda: _completion(chance, wanted),
        "form": lambda: {"query": f"What was revenue of {company}?", "company": chance.choice(("", company))},
        "search": lambda: {"q": chance.choice(("", wanted.word)), "cursor": _cursor(chance.choice(others))},
        "picture": lambda: {
            "document": chance.choice((wanted.key, number)),
            "page": chance.choice((1, 2)),
            "version_id": wanted.version_id,
        },
        "outline": lambda: {"document": chance.choice((wanted.key, number)), **version},
        "page": lambda: {"document": chance.choice((wanted.key, number)), "page": chance.choice((1, 2)), **version},
    }
    return ways[KIND[tool]]()


def _completion(chance: random.Random, wanted: Planted) -> dict[str, Any]:
    page = "raglite://documents/{document_id}/versions/{version_id}/pages/{page}"
    number = str(document_id(wanted.key))
    what = chance.choice(("document_id", "version_id", "page", "company", "period"))
    prompt = {"type": "ref/prompt", "name": "extract_metric"}
    return {
        "ref": prompt if what in {"company", "period"} else {"type": "ref/resource", "uri": page},
        "argument": {"name": what, "value": chance.choice(("", wanted.word, number[:4]))},
        "context": {"arguments": {"document_id": number, "company": wanted.word}},
    }


def _cursor(after: Planted) -> str:
    return base64.urlsafe_b64encode(json.dumps([after.key, after.version_id]).encode()).decode()


async def answer(client: httpx2.AsyncClient, principal: Principal, tool: str, arguments: dict[str, Any]) -> str:
    key = {"X-API-Key": principal.name}
    if tool.startswith("GET "):
        given = {name: value for name, value in arguments.items() if value is not None}
        return (await client.get(tool.removeprefix("GET "), headers=key, params=given)).text
    if tool.startswith("POST /console"):
        return (await client.post(tool.removeprefix("POST "), headers=key, data=arguments)).text
    if tool.startswith("POST "):
        return (await client.post(tool.removeprefix("POST "), headers=key, json=arguments)).text
    method, params = (tool, arguments) if "/" in tool else ("tools/call", {"name": tool, "arguments": arguments})
    return (await client.post("/mcp", json=message(method, params), headers=headers(principal.name, method))).text


async def played(seed: int, look: Callable[[Principal, str, str, Sequence[str]], None]) -> int:
    """Ask AT_ONCE times in one world, and show each answer to `look` with the marks of what the caller may not see.

    Returns how often a foreign document was asked for.
    """
    chance = random.Random(seed)  # noqa: S311  the same play each time
    known = principals(chance)
    world = World(credentials=FakeCredentials(*known))
    documents = list(planted(chance, world))
    world.clock.advance(60)
    app, foreign = create_app(world.services(), Settings()), 0
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://alb.example")
    async with app.router.lifespan_context(app), http as client:
        for _ in range(AT_ONCE):
            principal, tool, wanted = chance.choice(known), chance.choice(TOOLS), chance.choice(documents)
            arguments = asked(chance, tool, wanted, documents)
            written = json.dumps(arguments, ensure_ascii=False).casefold() + _read(arguments.get("cursor"))
            others = [mark for one in documents if not one.is_of(principal) for mark in one.marks]
            foreign += not wanted.is_of(principal)
            text = await answer(client, principal, tool, arguments)
            look(principal, tool, text.casefold(), [mark for mark in others if mark not in written])
    return foreign


def _read(cursor: str | None) -> str:
    return base64.urlsafe_b64decode(cursor or "").decode().casefold()


@pytest.mark.parametrize("seed", range(COMBINATIONS // AT_ONCE))
async def test_no_answer_has_anything_of_a_document_that_is_not_the_callers(seed: int) -> None:
    leaks: list[tuple[str, str, str]] = []

    def look(principal: Principal, tool: str, text: str, foreign: Sequence[str]) -> None:
        leaks.extend((principal.name, tool, mark) for mark in foreign if mark in text)

    foreign = await played(seed, look)
    assert leaks == []
    assert foreign > AT_ONCE / 4


async def test_the_search_for_leaks_would_find_them() -> None:
    """Every way to ask shows something of a document to somebody who may see it."""
    seen: set[str] = set()

    def look(principal: Principal, tool: str, text: str, _: Sequence[str]) -> None:
        if principal.groups is None and ("holdings" in text or "raglite://" in text or "version_id" in text):
            seen.add(tool)

    for seed in range(2):  # of the rarest answers one world has none
        await played(seed, look)
    assert seen == set(TOOLS)
