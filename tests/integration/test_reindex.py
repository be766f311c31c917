"""Another collection beside the live one, on the running estate, while questions are asked without a pause."""

import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import httpx
import pytest
from reportlab.pdfgen.canvas import Canvas

from raglite.bootstrap import bootstrap
from raglite.ingestion.live import work_on_live
from raglite.ingestion.synchronize import Policy, synchronize
from raglite.model import document_id
from raglite.ports import CollectionMissing, Services, SystemClock
from raglite.settings import Settings
from tests.fakes.audit import FakeAudit
from tests.fakes.registry import FakeRegistry
from tests.fakes.telemetry import FakeTelemetry
from tests.integration.estate import Estate, eventually
from tests.integration.journal import Journal
from tests.integration.releases import Release, in_this_process, shorter_window, turned_vectors
from tests.integration.test_versions import ANSWERED, Askers, Paper, by_every_task, now

PARTS = ("rim", "crown", "foot", "clapper")
FILLERS = 3
KILLED_AT = (0, 20, 50, 90)  # points that it has written, of some 140
UNDISTURBED = Policy("rebuild", 600, 600, 3, 10**8)
LOOKED_UP = 2.0  # seconds after which no task reads an older commit number

pytestmark = pytest.mark.timeout(1500)


def report(name: str, colour: str) -> bytes:
    """Return a PDF whose passages are longer than half the model's window."""
    out = BytesIO()
    canvas = Canvas(out, invariant=1)
    for part in PARTS:
        lines = [
            f"{name} annual report for fiscal 2022: the {part} of the auditor's seal.",
            f"The colour of the auditor's seal of {name} on the {part} is {colour}.",
            *(
                f"Keeper number {number} of the {part} wrote {number} lines on how {colour} it is."
                for number in range(9)
            ),
            f"Nobody but the keeper may polish the {part} of the seal of {name}.",
        ]
        for place, line in enumerate(lines):
            canvas.drawString(72, 720 - 16 * place, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@dataclass(frozen=True)
class Seal(Paper):
    """A document of this kind, asked about at the estate's address or at a task of the service beside it."""

    at: Any = None

    def ask(self, as_of: str | None = None) -> dict[str, Any]:
        body = {
            "query": f"What is the colour of the auditor's seal of {self.name}?",
            "top_k": 10,
            "filters": {"document_ids": [str(document_id(self.key))]},
            "as_of": as_of,
        }
        response = (self.at or self.estate).post("/api/query", body)
        assert response.status_code == 200, response.text
        return response.json()

    def put(self, colour: str) -> str:
        version = self.estate.put(self.key, report(self.name, colour))
        eventually(by_every_task(lambda: self.versions() == {version}), ANSWERED, f"{colour} answered from")
        return version

    def versions(self, as_of: str | None = None) -> set[str]:
        return {result["document"]["version_id"] for result in self.ask(as_of)["results"]}

    def excerpts(self, as_of: str | None = None) -> frozenset[str]:
        return frozenset(result["excerpt"] for result in self.ask(as_of)["results"])


@dataclass
class Watch(Askers):
    """Threads that ask without a pause, and note which passages they were shown, and when."""

    shown: list[tuple[float, float, frozenset[str]]] = field(default_factory=list)  # asked, answered, excerpts

    def _ask(self) -> None:
        while not self._enough.is_set():
            asked = time.monotonic()
            try:
                excerpts = self.paper.excerpts()
            except (AssertionError, httpx.HTTPError, KeyError, ValueError) as error:
                self.failed.append(error)
            else:
                self.shown.append((asked, time.monotonic(), excerpts))


@pytest.fixture(scope="module")
def released(estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Release]:
    folder = tmp_path_factory.mktemp("models")
    return {
        "now": Release(estate),
        "shorter": Release(estate, shorter_window(folder / "shorter")),
        "turned": Release(estate, turned_vectors(folder / "turned")),
    }


@pytest.fixture(scope="module")
def seals(estate: Estate) -> dict[str, Seal]:
    """Upload documents, and wait until they are answered from."""
    names = {key: f"{key.title()} Holdings" for key in ("plain", "replaced", "deleted", "erased")}
    names |= {f"filler-{number}": f"Filler {number} Partners" for number in range(FILLERS)}
    found = {key: Seal(estate, f"reindex/{key}.pdf", name) for key, name in names.items()}
    for seal in found.values():
        estate.put(seal.key, report(seal.name, "vermilion"))
    for seal in found.values():
        answered = by_every_task(lambda seal=seal: bool(seal.versions()))
        eventually(answered, 3 * ANSWERED, f"{seal.key} answered from", every=1)
    return found


def test_while_it_is_killed_resumed_and_switched_every_answer_is_of_one_collection(
    estate: Estate, released: dict[str, Release], seals: dict[str, Seal], journal: Journal
) -> None:
    plain, shorter = seals["plain"], released["shorter"]
    before, then = plain.excerpts(), now()
    as_of_then = {key: seal.versions(then) for key, seal in seals.items()}
    erased = next(iter(seals["erased"].versions()))
    watch = Watch(plain)
    in_this_process(shorter)
    with journal.phase("reindex while questions are asked"), watch.asking():
        killed = [kill(shorter, points) for points in KILLED_AT]
        shorter.reindex("--prepare")
        replaced = seals["replaced"].put("ochre")
        seals["deleted"].delete()
        second = seals["erased"].put("magenta")
        estate.erase(seals["erased"].key, erased)
        new = Seal(estate, "reindex/new.pdf", "New Holdings")
        first_of_new = new.put("teal")
        eventually(lambda: seals["erased"].ask(then)["erased"] != [], ANSWERED, "the erased version named")
        begun = time.monotonic()
        done = shorter.reindex()
        switched = time.monotonic()
        eventually(lambda: time.monotonic() > switched + LOOKED_UP, 60, "asked for a while after the switch")
    after = plain.excerpts()
    note(journal, watch, killed=killed, reindexed=done, seconds=switched - begun)
    assert [(one["exit"], one["was_at_work"]) for one in killed] == [(-signal.SIGKILL, True)] * len(KILLED_AT)
    assert (done["switched"], done["faults"]) == (True, [])
    assert watch.failed == []
    assert before & after == frozenset()
    assert {excerpts for _, _, excerpts in watch.shown} == {before, after}
    assert {excerpts for _, answered, excerpts in watch.shown if answered < begun} == {before}
    assert {excerpts for asked, _, excerpts in watch.shown if asked > switched} == {after}
    expected = {"replaced": {replaced}, "deleted": set(), "erased": {second}}
    assert {key: seals[key].versions() for key in expected} == expected
    assert new.versions() == {first_of_new}
    assert {key: seal.versions(then) for key, seal in seals.items()} == {**as_of_then, "erased": set()}


def test_the_new_collection_holds_what_the_old_one_does_and_what_a_clean_rebuild_does(
    estate: Estate, released: dict[str, Release], seals: dict[str, Seal], journal: Journal
) -> None:
    in_this_process(released["shorter"])
    services = bootstrap(Settings.from_environment(), audit=FakeAudit(), telemetry=FakeTelemetry())
    roster, commit = services.registry.roster(), services.registry.commit_number()
    assert roster.live is not None
    assert roster.beside is not None
    live, kept = services.index.beside(roster.live.name), services.index.beside(roster.beside.name)
    states = [{(one.edition, one.committed, one.superseded) for one in index.holdings()} for index in (live, kept)]
    assert states[0] == states[1]
    clean = rebuilt(services)
    seen = {
        "points": [live.count(commit=commit), clean.index.count(commit=clean.registry.commit_number())],
        "digests": [live.digest(commit), clean.index.digest(clean.registry.commit_number())],
        "editions": len(states[0]),
    }
    journal.sections["rebuild"] = seen
    assert seen["points"][0] == seen["points"][1] > 0
    assert seen["digests"][0] == seen["digests"][1]
    found = released["now"].cli("reconcile", "--grace", "0", "--json", check=False)
    assert found.returncode == 0, found.stdout


def test_going_back_answers_as_before(released: dict[str, Release], seals: dict[str, Seal]) -> None:
    plain, shorter = seals["plain"], released["shorter"]
    after = plain.excerpts()
    assert shorter.reindex("--back")["switched"]
    before = plain.excerpts()
    assert before & after == frozenset()
    assert shorter.reindex("--back")["switched"]  # the collection that is kept is now that one
    assert plain.excerpts() == after
    assert released["now"].reindex("--back")["switched"]
    assert plain.excerpts() == before
    shorter.cli("reindex", "--drop-old")
    assert plain.excerpts() == before


def test_another_model_comes_with_its_tasks_and_no_question_is_compared_with_the_others_vectors(
    estate: Estate, released: dict[str, Release], seals: dict[str, Seal], journal: Journal
) -> None:
    plain, turned = seals["plain"], released["turned"]
    before = plain.excerpts()
    watch = Watch(plain)
    with turned.service() as early:
        assert early.process.wait(90) == 78  # there is nothing that its questions could be compared with
    with journal.phase("reindex to another model"), watch.asking():
        done = turned.reindex()
        with turned.service() as beside:
            other = replace(plain, at=beside.wait())
            shown = [other.excerpts() for _ in range(20)]
            uploaded = estate.put("reindex/later.pdf", report("Later Holdings", "teal"))
            later = Seal(estate, "reindex/later.pdf", "Later Holdings", beside)
            assert released["now"].ingest(later.key).returncode == 78
            assert turned.ingest(later.key).returncode == 0
            eventually(lambda: later.versions() == {uploaded}, LOOKED_UP + 30, "what was uploaded later answered from")
    note(journal, watch, another_model=done)
    assert done["switched"]
    assert watch.failed == []
    assert {excerpts for _, _, excerpts in watch.shown} == {before}
    # The same vectors in another order, so the same passages; of two that are equally near, the other may come last.
    assert max(len(before - one) for one in shown) <= 1
    back = released["now"].reindex("--back")
    assert (back["switched"], back["faults"]) == (True, [])
    here = Seal(estate, later.key, later.name)
    eventually(by_every_task(lambda: here.versions() == {uploaded}), LOOKED_UP + 30, "it came along on the way back")


def kill(release: Release, points: int) -> dict[str, Any]:
    """Start a reindex that would only prepare, kill it once so many points are written, and wait until it is missed."""
    services = bootstrap(Settings.from_environment())
    process = release.started("--prepare")
    eventually(lambda: process.poll() is not None or has_written(services, points), 60, "it is at work", every=0.01)
    process.kill()
    left = services.registry.roster()
    eventually(
        lambda: not services.registry.roster().is_owned(datetime.now(UTC), but_by=""), 20, "the claim has run out"
    )
    return {"points": points, "exit": process.wait(), "phase": left.phase, "was_at_work": left.owner is not None}


def has_written(services: Services, points: int) -> bool:
    """Tell whether a reindex is at work and its collection holds so many points."""
    roster = services.registry.roster()
    if roster.owner is None or roster.beside is None:
        return False
    with suppress(CollectionMissing):
        return services.index.beside(roster.beside.name).count() >= points
    return points == 0


def rebuilt(services: Services) -> Services:
    """Ingest every key of the bucket anew, with an empty registry and an empty index."""
    other = bootstrap(Settings.from_environment().model_copy(update={"collection": f"rebuild-{int(time.time())}"}))
    empty = FakeRegistry(SystemClock())
    clean = replace(services, registry=empty, index=other.index)
    clean.index.begin(clean.embedder.spec)
    work_on_live(clean)
    with services.parser.ready("document.pdf"):
        for versions in services.documents.inventory():
            synchronize(versions[0].key, clean, UNDISTURBED)
    return clean


def note(journal: Journal, watch: Watch, **measured: Any) -> None:
    """Keep raw numbers: how many questions, how long each took, how many failed."""
    latencies = sorted(answered - asked for asked, answered, _ in watch.shown)
    journal.sections.setdefault("reindexing", []).append(
        {
            **measured,
            "questions": len(watch.shown),
            "failed": [str(error) for error in watch.failed],
            "different_answers": len({excerpts for _, _, excerpts in watch.shown}),
            "latency_seconds": [round(one, 4) for one in latencies],
        }
    )
