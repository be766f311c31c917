"""The console's pages, over fakes: who may see what, what is shown, and that nothing a document says is markup."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from raglite.observability.traces import Kind, Part, Trace
from raglite.observability.views import Views
from raglite.ports import Principal
from raglite.server.app import create_app
from raglite.server.console.door import COOKIE
from raglite.settings import Settings
from raglite.telemetry import AuditAction
from tests.fakes.counts import FakeCounts
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import World
from tests.fakes.traces import FakeTraces

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"
TRACE = "1-65a0b1c2-0123456789abcdef01234567"
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
PAGES = (
    "/console/",
    "/console/documents",
    "/console/document?key=plain.pdf",
    "/console/page?document=plain.pdf&version_id={plain}&page=1",
    "/console/image?document=plain.pdf&version_id={plain}&page=1",
    "/console/trace",
    "/console/objectives",
)
OPERATOR = Principal("chief", frozenset({"read", "admin"}))
RED_OPERATOR = Principal("red chief", frozenset({"read", "admin"}), ("red",))


class Counts:
    """Metrics of which nothing was ever counted, or what a test records."""

    def __init__(self) -> None:
        self.fake = FakeCounts()
        self.counted = self.fake


@pytest.fixture
def counts() -> Counts:
    return Counts()


@pytest.fixture
def pages(world: World, counts: Counts) -> Iterator[TestClient]:
    for who in (OPERATOR, RED_OPERATOR):
        world.credentials.principals[who.name] = who
    query = Part(name="query", kind=Kind.SEGMENT, began=0.0, ended=0.5, annotations={"tool": HOSTILE})
    views = Views(FakeTraces(Trace(id=TRACE, parts=(query,))), counts)
    app = create_app(world.services(), Settings(), views=lambda: views)
    with TestClient(app, follow_redirects=False) as made:
        yield made


@pytest.fixture
def signed(pages: TestClient) -> Callable[[str], TestClient]:
    def sign(key: str) -> TestClient:
        pages.cookies.clear()
        answer = pages.post("/console/sign-in", data={"key": key}, headers=SAME_SITE)
        assert answer.status_code == 303, answer.text
        return pages

    return sign


def version_of(world: World, key: str) -> str:
    return world.documents.versions(key)[0].version_id


def test_who_has_not_signed_in_is_sent_to_where_one_does_and_back(pages: TestClient, world: World) -> None:
    sent = pages.get("/console/documents?q=orchard")
    assert sent.status_code == 303
    form = urlsplit(sent.headers["location"])
    assert form.path == "sign-in"
    signed = pages.post(
        "/console/sign-in", data={"key": "analyst", "then": parse_qs(form.query)["then"][0]}, headers=SAME_SITE
    )
    assert (signed.status_code, signed.headers["location"]) == (303, "documents?q=orchard")
    assert "Orchard Mills" in pages.get("/console/documents?q=orchard").text


def test_the_console_is_found_without_its_slash(pages: TestClient) -> None:
    answer = pages.get("/console")
    assert (answer.status_code, answer.headers["location"]) == (303, "console/")


def test_a_wrong_key_is_refused_where_it_was_given_and_recorded(pages: TestClient, world: World) -> None:
    answer = pages.post("/console/sign-in", data={"key": "nobody's"}, headers=SAME_SITE)
    assert answer.status_code == 401
    assert "Unknown API key" in answer.text
    assert COOKIE not in answer.headers.get("set-cookie", "")
    assert world.audit.records[-1][0] is AuditAction.ACCESS


def test_the_cookie_is_for_these_pages_alone_and_no_script_reads_it(pages: TestClient) -> None:
    plain = pages.post("/console/sign-in", data={"key": "analyst"}, headers=SAME_SITE).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict"} <= {part.strip() for part in plain.split(";")}
    assert "Path" not in plain  # so that it is the page's folder, wherever that lies
    encrypted = SAME_SITE | {"X-Forwarded-Proto": "https"}
    assert "Secure" in pages.post("/console/sign-in", data={"key": "analyst"}, headers=encrypted).headers["set-cookie"]
    pages.cookies.set(COOKIE, "analyst", path="/")
    assert pages.get("/api/documents").status_code == 401


@pytest.mark.parametrize(
    "then",
    ["https://elsewhere.test/", "//elsewhere.test", "/api/documents", "../api/documents", "javascript:1", "sign-in"],
)
def test_signing_in_leads_nowhere_else(pages: TestClient, then: str) -> None:
    answer = pages.post("/console/sign-in", data={"key": "analyst", "then": then}, headers=SAME_SITE)
    assert answer.headers["location"] == "./"


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://elsewhere.test"}, {}],
)
def test_a_form_of_another_site_does_nothing(
    signed: Callable[[str], TestClient], world: World, headers: dict[str, str]
) -> None:
    before = len(world.audit.records)
    answer = signed("analyst").post("/console/", data={"query": "What was revenue?"}, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text
    asked = [told for action, _, told in world.audit.records[before:] if action is AuditAction.QUERY]
    assert all(told["outcome"] == "refused" for told in asked)


def test_signing_out_forgets_the_key(signed: Callable[[str], TestClient]) -> None:
    client = signed("analyst")
    assert client.get("/console/").status_code == 200
    client.post("/console/sign-out", headers=SAME_SITE)
    assert client.get("/console/").status_code == 303


def test_an_answer_shows_its_passages_with_links_to_their_pages(
    signed: Callable[[str], TestClient], world: World
) -> None:
    answer = signed("analyst").post(
        "/console/", data={"query": "What was the revenue of Orchard Mills?", "fiscal_year": "2023"}, headers=SAME_SITE
    )
    assert answer.status_code == 200
    assert "Revenue was 200 million." in answer.text
    links = re.findall(r'href="(page\?[^"]+)"', answer.text.replace("&amp;", "&"))
    assert links
    shown = signed("analyst").get(f"/console/{links[0]}")
    assert shown.status_code == 200
    assert "Orchard Mills" in shown.text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"query": ""}, "The query is empty"),
        ({"query": "revenue", "fiscal_year": "last"}, "fiscal_years"),
        ({"query": "revenue", "as_of": "yesterday"}, "as_of"),
        ({"query": "x" * 20_000}, "characters"),
    ],
)
def test_what_cannot_be_asked_is_refused_on_a_page(
    signed: Callable[[str], TestClient], form: dict[str, str], sentence: str
) -> None:
    answer = signed("analyst").post("/console/", data=form, headers=SAME_SITE)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert sentence in answer.text


def test_a_form_that_is_none_is_refused(signed: Callable[[str], TestClient]) -> None:
    answer = signed("analyst").post("/console/", content=b"query=%ff", headers=SAME_SITE)
    assert (answer.status_code, "cannot be read" in answer.text) == (422, True)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_that_nothing_foreign_may_run_in_it(
    signed: Callable[[str], TestClient], world: World, path: str
) -> None:
    answer = signed("chief").get(path.format(plain=version_of(world, "plain.pdf")))
    assert answer.status_code == 200, answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r'(?:src|href)="(?:https?:)?/', answer.text)


def test_nothing_that_a_document_says_is_markup(signed: Callable[[str], TestClient], world: World) -> None:
    key = f"{HOSTILE.replace('/', '-')}.pdf"
    world.ingest(key, report(f"{HOSTILE} Inc.", 2023, f"Revenue {HOSTILE} was 12 million."))
    world.ingest("bad.pdf", BROKEN + HOSTILE.encode())
    client, version = signed("chief"), version_of(world, key)
    answers = [
        client.post("/console/", data={"query": f"Revenue {HOSTILE}"}, headers=SAME_SITE),
        client.get("/console/documents", params={"q": HOSTILE[:8]}),
        client.get("/console/document", params={"key": key}),
        client.get("/console/document", params={"key": HOSTILE}),
        client.get("/console/page", params={"document": key, "version_id": version, "page": 2}),
        client.get("/console/page", params={"document": key, "version_id": HOSTILE, "page": 2}),
        client.get("/console/page", params={"document": key, "version_id": version, "page": 2, "marks": HOSTILE}),
        client.get("/console/trace", params={"id": TRACE}),
        client.get("/console/trace", params={"id": HOSTILE}),
        client.get("/console/" + HOSTILE),
        client.post("/console/sign-in", data={"key": HOSTILE, "then": HOSTILE}, headers=SAME_SITE),
    ]
    assert all("text/html" in answer.headers["content-type"] for answer in answers)
    for answer in answers:
        assert not re.search(r"<script>|<img|onerror=alert\(2\)>", answer.text), answer.text
    assert any("&lt;script&gt;" in answer.text for answer in answers)


def test_a_page_is_shown_only_to_whom_its_document_is(signed: Callable[[str], TestClient], world: World) -> None:
    version = version_of(world, "red/orchard.pdf")
    for path in ("/console/page", "/console/image"):
        wanted = {"document": "red/orchard.pdf", "version_id": version, "page": "2"}
        assert signed("red").get(path, params=wanted).status_code == 200
        refused = signed("blue").get(path, params=wanted)
        assert refused.status_code == 404
        assert "Orchard" not in refused.text
    assert signed("blue").get("/console/document?key=red/orchard.pdf").status_code == 404
    assert "orchard" not in signed("blue").get("/console/documents").text.lower()


def test_a_picture_is_of_the_page_and_the_version_that_are_named(
    signed: Callable[[str], TestClient], world: World
) -> None:
    before = version_of(world, "plain.pdf")
    world.ingest("plain.pdf", report("Quarry Stone, Inc.", 2022, "Revenue was 8 million."))
    wanted = {"document": "plain.pdf", "page": "2"}
    drawn = [
        signed("analyst").get("/console/image", params={**wanted, "version_id": version})
        for version in (before, version_of(world, "plain.pdf"))
    ]
    assert [b"7 million" in drawn[0].content, b"8 million" in drawn[1].content] == [True, True]
    assert {one.headers["content-type"] for one in drawn} == {"image/webp"}
    assert all("immutable" in one.headers["cache-control"] for one in drawn)
    assert (
        signed("analyst").get("/console/image", params={**wanted, "page": "9", "version_id": before}).status_code == 404
    )


def test_a_list_says_of_each_document_how_it_fares_and_why(signed: Callable[[str], TestClient], world: World) -> None:
    world.ingest("bad.pdf", BROKEN)
    world.upload("new.pdf", b"waits")
    listed = signed("analyst").get("/console/documents").text
    assert "cannot be read: save it anew" in listed
    assert "1 quarantined" in listed
    only = signed("analyst").get("/console/documents?state=quarantined").text
    assert ("bad.pdf" in only, "plain.pdf" in only) == (True, False)
    assert signed("analyst").get("/console/documents?state=lost").status_code == 422


def test_what_is_on_its_way_is_read_again_and_what_is_not_is_not(
    signed: Callable[[str], TestClient], world: World
) -> None:
    assert "data-live" not in signed("analyst").get("/console/document?key=plain.pdf").text
    world.ingest("bad.pdf", BROKEN)
    assert signed("chief").post("/console/replay", data={"key": "bad.pdf"}, headers=SAME_SITE).status_code == 303
    assert "data-live" in signed("analyst").get("/console/document?key=bad.pdf").text


def test_an_operator_has_a_quarantined_document_tried_again_and_is_named(
    signed: Callable[[str], TestClient], world: World
) -> None:
    world.ingest("bad.pdf", BROKEN)
    assert "Try it again" in signed("chief").get("/console/document?key=bad.pdf").text
    answer = signed("chief").post("/console/replay", data={"key": "bad.pdf"}, headers=SAME_SITE)
    assert (answer.status_code, answer.headers["location"]) == (303, "document?key=bad.pdf")
    assert [state.value for state in world.states("bad.pdf").values()] == ["received"]
    replayed = [actor for action, actor, _ in world.audit.records if action is AuditAction.DOCUMENT_REPLAYED]
    assert replayed == ["chief"]
    again = signed("chief").post("/console/replay", data={"key": "bad.pdf"}, headers=SAME_SITE)
    assert (again.status_code, "No version of bad.pdf is quarantined" in again.text) == (422, True)


def test_nobody_else_replays_and_no_operator_what_is_not_his(signed: Callable[[str], TestClient], world: World) -> None:
    world.ingest("blue/bad.pdf", BROKEN)
    for who, status in (("analyst", 403), ("editor", 403), ("red chief", 404)):
        answer = signed(who).post("/console/replay", data={"key": "blue/bad.pdf"}, headers=SAME_SITE)
        assert answer.status_code == status
    assert "Try it again" not in signed("analyst").get("/console/document?key=blue/bad.pdf").text
    assert [state.value for state in world.states("blue/bad.pdf").values()] == ["quarantined"]


def test_a_rating_is_kept_as_every_rating_is(signed: Callable[[str], TestClient], world: World) -> None:
    rated = {"trace_id": TRACE, "rating": "9", "comment": "well cited", "replaced": "on"}
    assert "Thank you" in signed("analyst").post("/console/feedback", data=rated, headers=SAME_SITE).text
    action, _, told = world.audit.records[-1]
    assert (action, told["rating"], told["replaced"]) == (AuditAction.FEEDBACK_GIVEN, 9, True)
    for wrong in ({"rating": "11"}, {"rating": "many"}, {"trace_id": "none"}):
        assert signed("analyst").post("/console/feedback", data=rated | wrong, headers=SAME_SITE).status_code == 422


def test_a_trace_is_drawn_and_one_that_there_is_not_is_said_to_be_missing(signed: Callable[[str], TestClient]) -> None:
    client = signed("chief")
    drawn = client.get("/console/trace", params={"id": TRACE})
    assert (drawn.status_code, "500.0" in drawn.text) == (200, True)
    missing = client.get("/console/trace", params={"id": TRACE[:-1] + "8"})
    assert (missing.status_code, "There is no trace" in missing.text) == (200, True)
    assert signed("analyst").get("/console/trace").status_code == 403


def test_objectives_show_what_is_left_of_their_budgets(signed: Callable[[str], TestClient], counts: Counts) -> None:
    counts.fake.record("Queries", *[1] * 1000)
    counts.fake.record("Errors", *[1] * 500)
    shown = signed("chief").get("/console/objectives")
    assert shown.status_code == 200
    assert "burning" in shown.text
    assert signed("analyst").get("/console/objectives").status_code == 403


def test_what_is_wrong_further_in_is_told_on_a_page(signed: Callable[[str], TestClient], world: World) -> None:
    client = signed("analyst")
    lost = client.get("/console/nowhere")
    assert (lost.status_code, lost.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Back to the console" in lost.text
    too_long = client.post("/console/", content=b"x" * 2_000_000, headers=SAME_SITE)
    assert (too_long.status_code, "1,048,576 bytes" in too_long.text) == (413, True)


def test_programs_are_not_told_of_the_console(app: FastAPI) -> None:
    assert not [path for path in app.openapi()["paths"] if path.startswith("/console")]
