"""Any history of a bucket, with faults and deaths on the way, ends with exactly the latest version answering."""

from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from raglite.errors import TransientError
from raglite.ingestion.synchronize import Policy, synchronize
from raglite.model import ObjectVersion, VersionState
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing

KEYS = ("a.pdf", "red/b.pdf")
POLICY = Policy(owner="task", lease_seconds=60, publish_seconds=30, max_attempts=1000, max_document_bytes=10_000)
CALLS = [
    ("documents", "fetch"),
    ("documents", "versions"),
    ("parser", "parse"),
    ("embedder", "embed"),
    *(
        ("index", call)
        for call in ("holdings", "vectors", "sweep", "discard", "write", "rollback", "publish", "supersede")
    ),
    *(("registry", call) for call in ("record", "find", "history", "renew", "advance", "commit_number")),
]
DURABLE = {("index", call) for call in ("sweep", "discard", "write", "publish", "supersede")} | {
    ("registry", "record"),
    ("registry", "advance"),
}


class Died(BaseException):
    """The process is gone: no lease is given back."""


class Bucket(RuleBasedStateMachine):
    """Two keys, a few contents, one broken file; tasks that finish, fail or die at any call."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    # --- what people and tasks do ---------------------------------------------------------------------------------

    @rule(key=st.sampled_from(KEYS), content=st.integers(0, 3))
    def upload(self, key: str, content: int) -> None:
        pages = [f"Revenue was {content} million." for _ in range(content)]
        self.world.upload(key, report("Acme, Inc.", 2020 + content, *pages) if content else BROKEN)

    @rule(key=st.sampled_from(KEYS))
    def delete(self, key: str) -> None:
        self.world.documents.delete(key)
        self.world.registry.request(key)

    @precondition(lambda self: any(self.world.documents.versions(key) for key in KEYS))
    @rule(draw=st.data())
    def erase(self, draw: st.DataObject) -> None:
        held = [version for key in KEYS for version in self.world.documents.versions(key)]
        chosen = draw.draw(st.sampled_from(held))
        self.world.documents.erase(chosen.key, chosen.version_id)
        self.world.registry.request(chosen.key)

    @rule(key=st.sampled_from(KEYS))
    def work(self, key: str) -> None:
        synchronize(key, self.world.services(), POLICY)

    @rule(key=st.sampled_from(KEYS), call=st.sampled_from(CALLS))
    def work_and_fail(self, key: str, call: tuple[str, str]) -> None:
        part, name = call
        with suppress(TransientError):
            synchronize(key, self.world.services(**{part: Watched(getattr(self.world, part), failing(name))}), POLICY)

    @rule(key=st.sampled_from(KEYS), call=st.sampled_from(sorted(DURABLE)), nth=st.integers(0, 3))
    def work_and_die(self, key: str, call: tuple[str, str], nth: int) -> None:
        part, name = call
        left = [nth]

        def after(done: str) -> None:
            left[0] -= done == name
            if left[0] < 0:
                raise Died

        watched: dict[str, object] = {
            "registry": Watched(self.world.registry, failing("abandon", times=99, error=OSError("dead")))
        }
        watched[part] = Watched(watched.get(part, getattr(self.world, part)), after=after)
        with suppress(Died, OSError):
            synchronize(key, self.world.services(**watched), POLICY)
        self.world.clock.advance(POLICY.lease_seconds + 1)

    # --- what always holds ----------------------------------------------------------------------------------------

    @invariant()
    def no_commit_shows_two_versions_of_a_document(self) -> None:
        for key in KEYS:
            assert len(self.visible(key)) <= 1

    def teardown(self) -> None:
        for key in KEYS:
            synchronize(key, self.world.services(), POLICY)
        assert self.world.registry.waiting() == ()
        for key in KEYS:
            self.agrees(key)
        settled = dict(self.world.registry.records)
        for key in KEYS:
            synchronize(key, self.world.services(), POLICY)
        assert self.world.registry.records == settled

    def agrees(self, key: str) -> None:
        held = self.world.documents.versions(key)
        records = {record.version_id: record for record in self.world.registry.history(key)}
        kept = {version.version_id for version in held if not version.is_delete_marker}
        assert kept <= set(records)
        assert {v for v, r in records.items() if r.state is VersionState.DELETED} >= set(records) - kept
        assert all(not self.world.index.count(key, gone) for gone in set(records) - kept)
        searchable = {v for v, r in records.items() if r.state is VersionState.SEARCHABLE}
        assert self.visible(key) == searchable
        for version in searchable:
            shown = self.world.index.count(key, version, self.world.registry.commit_number())
            assert shown == records[version].chunks
        self.latest_is_settled(held, {version: record.state for version, record in records.items()})

    def latest_is_settled(self, held: tuple[ObjectVersion, ...], states: dict[str, VersionState]) -> None:
        if not held or held[0].is_delete_marker:
            assert set(states.values()) <= {VersionState.DELETED, VersionState.SUPERSEDED}
            return
        latest = held[0].version_id
        broken = self.world.documents.bodies[held[0].key, latest] == BROKEN
        assert states[latest] is (VersionState.QUARANTINED if broken else VersionState.SEARCHABLE)
        others = {state for version, state in states.items() if version != latest}
        still_answering = {VersionState.SEARCHABLE} if broken else set()
        assert others <= {VersionState.SUPERSEDED, VersionState.DELETED} | still_answering

    def visible(self, key: str) -> set[str]:
        commit = self.world.registry.commit_number()
        stored = self.world.index.stored.values()
        return {s.point.version_id for s in stored if s.point.key == key and s.visible(commit)}


TestHistories = Bucket.TestCase
TestHistories.settings = settings(max_examples=80, stateful_step_count=20, deadline=None)
