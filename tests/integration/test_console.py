"""The console in a real browser, through the load balancer: asked, looked at, operated, judged by axe.

Screenshots lie in build/console. The browser is one that the machine has; nothing is downloaded.
"""

import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.integration.conftest import Uploaded
from tests.integration.corpus import Corpus
from tests.integration.estate import ROOT, Estate, eventually
from tests.integration.hostile_pdf import WORDS, hostile_pdf

OUT = ROOT / "build" / "console"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync")
SERIOUS = {"serious", "critical"}
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 30_000  # milliseconds

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no browser on this machine ({', '.join(BROWSERS)}): on Debian, apt-get install chromium")
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture(scope="module")
def console(estate: Estate) -> str:
    return str(estate.facts["mcp_url"]).removesuffix("/mcp") + "/console"


@pytest.fixture
def signed(browser: Browser, console: str, estate: Estate) -> Iterator[Callable[..., Page]]:
    """Open a window and sign in with the keyboard alone; what the page may not do fails the test."""
    opened: list[Any] = []
    wrong: list[str] = []

    def sign(key: str = "", **looks: Any) -> Page:
        context = browser.new_context(**({"viewport": DESKTOP} | looks))
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        page: Page = context.new_page()
        page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.extend(_foreign(request.url, console)))
        page.goto(console)
        page.get_by_label("API key").focus()
        page.keyboard.type(key or estate.facts["api_key"])
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Ask")
        return page

    yield sign
    for context in opened:
        context.close()
    assert not wrong


def _foreign(url: str, console: str) -> list[str]:
    asked, ours = urlsplit(url), urlsplit(console)
    return [] if asked.netloc == ours.netloc or asked.scheme in {"data", "blob"} else [url]


def faults(page: Page) -> list[str]:
    """What axe finds that some people could not use."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:120]})" for one in found if one["impact"] in SERIOUS
    ]


def ask(page: Page, question: str) -> None:
    page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Answer", timeout=PATIENCE)


def drawn(page: Page) -> None:
    """Wait until the pictures of pages are there."""
    page.wait_for_function(
        """async () => (await Promise.all([...document.querySelectorAll('svg image')].slice(0, 3).map(async (one) => {
             const picture = new Image(); picture.src = one.href.baseVal;
             try { await picture.decode(); } catch { return false; }
             return picture.naturalWidth > 0;
           }))).every(Boolean)""",
        timeout=PATIENCE,
    )


def shot(page: Page, name: str) -> Path:
    path = OUT / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


@pytest.mark.parametrize(
    ("name", "looks"),
    [
        ("desktop", {}),
        ("desktop-dark", {"color_scheme": "dark"}),
        ("phone", {"viewport": PHONE, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}),
    ],
)
def test_a_question_is_answered_with_its_page_marked(
    signed: Callable[..., Page], uploaded: Uploaded, documents: Corpus, name: str, looks: dict[str, Any]
) -> None:
    page = signed(**looks)
    assert not faults(page)
    asked = documents.questions[0]
    ask(page, asked["question"])
    drawn(page)
    shot(page, f"answer-{name}")
    assert not faults(page)
    first = page.locator("section", has=page.get_by_role("heading", name="Passages")).locator("article").first
    assert first.locator("svg .mark").count() > 0
    first.locator("figcaption a").click()
    drawn(page)
    shot(page, f"page-{name}")
    assert not faults(page)
    assert page.locator("svg .mark").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_mark_lies_on_the_words_that_it_marks(
    signed: Callable[..., Page], uploaded: Uploaded, documents: Corpus
) -> None:
    """The picture under the mark is darker than paper: something is printed there."""
    page = signed()
    ask(page, documents.questions[0]["question"])
    page.locator("article figcaption a").first.click()
    drawn(page)
    where = page.locator("svg .mark").first.bounding_box()
    assert where
    page.evaluate("document.querySelectorAll('svg .mark').forEach((mark) => mark.remove())")
    inked = _inked(page.screenshot(clip=where, full_page=True))
    assert inked > 0.01, f"{inked:.1%} of the marked part is print"


def _inked(picture: bytes) -> float:
    shades = Image.open(BytesIO(picture)).convert("L").getdata()
    return sum(shade < 128 for shade in shades) / len(shades)


def test_the_keyboard_alone_asks_and_opens_the_page(
    signed: Callable[..., Page], uploaded: Uploaded, documents: Corpus
) -> None:
    page = signed()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.get_by_label("Question").focus()
    page.keyboard.type(documents.questions[0]["question"])
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Answer")
    for _ in range(60):
        page.keyboard.press("Tab")
        if (page.evaluate("document.activeElement.getAttribute('href')") or "").startswith("page?"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/page?**")


def test_documents_traces_and_objectives_are_shown(
    signed: Callable[..., Page], uploaded: Uploaded, documents: Corpus
) -> None:
    page = signed()
    page.get_by_role("link", name="Documents").click()
    expect(page.locator("table")).to_be_visible()
    shot(page, "documents")
    assert not faults(page)
    page.locator("table a").first.click()
    expect(page.locator("article").first).to_be_visible()
    shot(page, "document")
    assert not faults(page)
    page.locator("dd a").click()
    expect(page.locator("svg.span").first).to_be_visible()
    assert page.locator("svg.span").count() > 10  # from the function to the publish
    shot(page, "trace")
    assert not faults(page)
    page.get_by_role("link", name="Objectives").click()
    expect(page.locator("article").first).to_be_visible()
    shot(page, "objectives")
    assert not faults(page)


def test_a_document_is_seen_on_its_way_until_it_is_searchable_and_replayed_if_it_is_broken(
    signed: Callable[..., Page], console: str, estate: Estate, uploaded: Uploaded, tmp_path: Path
) -> None:
    page = signed()
    broken = tmp_path / "console-broken.pdf"
    broken.write_bytes(b"%PDF-1.7\nnothing of it is left")
    estate.cli("upload", str(broken))
    where = f"{console}/document?{urlencode({'key': broken.name})}"

    def is_known() -> bool:
        answer = page.goto(where)
        return answer is not None and answer.ok

    eventually(is_known, 120, "the upload is known", every=1)
    expect(page.get_by_text("quarantined").first).to_be_visible(timeout=120_000)  # the page reads itself again
    page.get_by_role("button", name="Try it again").click()
    expect(page.locator("h2 .chip")).not_to_have_text("quarantined", timeout=5_000)
    expect(page.locator("h2 .chip")).to_have_text("quarantined", timeout=120_000)
    shot(page, "quarantined")
    assert not faults(page)


def test_a_hostile_document_is_inert(
    signed: Callable[..., Page], console: str, estate: Estate, uploaded: Uploaded, tmp_path: Path
) -> None:
    """Scripts in its text, its name and its metadata are words on every page: no dialog, no request, no error."""
    path = tmp_path / "<img src=x onerror=alert(1)>.pdf"
    path.write_bytes(hostile_pdf())
    estate.cli("upload", str(path), "--wait", "--timeout", "600")
    page = signed()
    ask(page, f"What does {WORDS} say about the harbour dues?")
    drawn(page)
    expect(page.get_by_text("<script>").first).to_be_attached()
    shot(page, "hostile")
    page.goto(f"{console}/documents?q=onerror")
    expect(page.get_by_text("onerror").first).to_be_visible()
    page.locator("table a").first.click()
    page.get_by_role("link", name="Look at page 1").click()
    drawn(page)
    assert page.evaluate("document.querySelectorAll('main script, main img, main iframe').length") == 0
