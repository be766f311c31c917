"""What every DocumentRegistry promises: on the fake, and on a DynamoDB table through boto3."""

import threading
from datetime import date

import pytest

from raglite.adapters.dynamodb_registry import DynamoDBRegistry
from raglite.errors import ConfigurationError, LeaseLost
from raglite.model import DocumentVersion, Filing, VersionState
from raglite.ports import PUBLISH_KEY, DocumentRegistry, Lease
from tests.fakes.clock import FakeClock
from tests.fakes.registry import FakeRegistry
from tests.lambda_estate import registry_table

KEY = "reports/a b+c%20é 财.pdf"
TERM = 30.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["fake", "dynamodb"])
def registry(request: pytest.FixtureRequest, clock: FakeClock) -> DocumentRegistry:
    if request.param == "fake":
        return FakeRegistry(clock)
    request.getfixturevalue("aws")
    return DynamoDBRegistry(registry_table(), clock)


def version(key: str = KEY, version_id: str = "v1", state: VersionState = VersionState.RECEIVED) -> DocumentVersion:
    return DocumentVersion(key=key, version_id=version_id, state=state)


def acquired(registry: DocumentRegistry, key: str = KEY, owner: str = "task") -> Lease:
    lease = registry.acquire(key, owner, TERM)
    assert lease is not None
    return lease


# --- records ------------------------------------------------------------------------------------------------------


def test_a_record_comes_back_as_it_was_written(registry: DocumentRegistry, clock: FakeClock) -> None:
    filing = Filing(company="Orchard Mills, Inc.", form="10-K", fiscal_year=2023, period_end=date(2023, 12, 31))
    written = version(state=VersionState.QUARANTINED).model_copy(
        update={
            "filing": filing,
            "reason": "no_text",
            "reason_sentence": "Scan it anew.",
            "uploaded": clock.now(),
            "transitions": {VersionState.RECEIVED: clock.now()},
            "stage_seconds": {"parse": 1.25},
        }
    )
    registry.record(written)
    assert registry.find(KEY, "v1") == written
    assert registry.find(KEY, "v2") is None


def test_a_later_record_replaces_the_earlier(registry: DocumentRegistry) -> None:
    registry.record(version())
    registry.record(version(state=VersionState.SEARCHABLE))
    assert [record.state for record in registry.history(KEY)] == [VersionState.SEARCHABLE]


def test_a_history_has_all_versions_of_one_key_only(registry: DocumentRegistry) -> None:
    written = [version(KEY, "v1"), version(KEY, "v2"), version(f"{KEY}x", "v3")]
    for record in written:
        registry.record(record)
    registry.request(KEY)
    assert sorted(record.version_id for record in registry.history(KEY)) == ["v1", "v2"]
    assert sorted(record.version_id for record in registry.documents()) == ["v1", "v2", "v3"]
    assert registry.history("none.pdf") == ()


def test_all_documents_are_listed_however_much_they_hold(registry: DocumentRegistry) -> None:
    long = version().model_copy(update={"reason_sentence": "x" * 100_000})
    for number in range(25):  # DynamoDB answers at most 1 MB at a time
        registry.record(long.model_copy(update={"key": f"{number}.pdf"}))
    assert len(list(registry.documents())) == 25


def test_a_record_under_a_lease_needs_the_lease(registry: DocumentRegistry, clock: FakeClock) -> None:
    lease = acquired(registry)
    registry.record(version(), lease)
    clock.advance(TERM + 1)
    with pytest.raises(LeaseLost, match="Another task"):
        registry.record(version(state=VersionState.SEARCHABLE), lease)
    registry.record(version(state=VersionState.PROCESSING), acquired(registry, owner="another"))
    with pytest.raises(LeaseLost):
        registry.record(version(state=VersionState.SEARCHABLE), lease)
    assert [record.state for record in registry.history(KEY)] == [VersionState.PROCESSING]


# --- requests -----------------------------------------------------------------------------------------------------


def test_requests_are_counted_and_wait_oldest_first(registry: DocumentRegistry, clock: FakeClock) -> None:
    for key in ("b.pdf", "a.pdf", "c.pdf"):
        clock.advance(1)
        assert registry.request(key) == 1
    assert registry.request("b.pdf") == 2  # asked again in the same second as c.pdf
    assert registry.waiting()[0] == "a.pdf"
    assert set(registry.waiting()) == {"a.pdf", "b.pdf", "c.pdf"}
    assert registry.waiting(limit=1) == ("a.pdf",)


def test_the_last_trace_header_is_kept_until_another_comes(registry: DocumentRegistry) -> None:
    assert registry.trace_header(KEY) is None
    registry.request(KEY, "Root=1-a")
    registry.request(KEY)
    assert registry.trace_header(KEY) == "Root=1-a"
    registry.request(KEY, "Root=1-b")
    assert registry.trace_header(KEY) == "Root=1-b"


def test_a_key_that_somebody_works_on_does_not_wait(registry: DocumentRegistry, clock: FakeClock) -> None:
    registry.request(KEY)
    acquired(registry)
    assert registry.waiting() == ()
    clock.advance(TERM + 1)
    assert registry.waiting() == (KEY,)


def test_a_released_key_waits_no_longer(registry: DocumentRegistry) -> None:
    registry.request(KEY)
    assert registry.release(acquired(registry)) is True
    assert registry.waiting() == ()


def test_a_key_requested_during_the_work_goes_on_waiting(registry: DocumentRegistry) -> None:
    registry.request(KEY)
    lease = acquired(registry)
    registry.request(KEY)
    assert registry.release(lease) is False
    assert registry.waiting() == (KEY,)
    assert registry.release(acquired(registry)) is True


def test_an_abandoned_key_goes_on_waiting(registry: DocumentRegistry) -> None:
    registry.request(KEY)
    registry.abandon(acquired(registry))
    assert registry.waiting() == (KEY,)
    assert registry.acquire(KEY, "another", TERM) is not None


def test_a_key_nobody_requested_is_worked_on_and_released_too(registry: DocumentRegistry) -> None:
    assert registry.release(acquired(registry)) is True
    assert registry.waiting() == ()
    assert registry.request(KEY) == 1


# --- leases -------------------------------------------------------------------------------------------------------


def test_a_lease_has_one_holder(registry: DocumentRegistry) -> None:
    lease = acquired(registry)
    assert (lease.key, lease.owner) == (KEY, "task")
    assert registry.acquire(KEY, "another", TERM) is None
    assert registry.acquire(KEY, "task", TERM) is None
    assert registry.acquire("other.pdf", "another", TERM) is not None


def test_an_expired_lease_goes_to_the_next_with_a_higher_token(registry: DocumentRegistry, clock: FakeClock) -> None:
    first = acquired(registry)
    clock.advance(TERM + 1)
    second = acquired(registry, owner="another")
    assert second.token > first.token
    with pytest.raises(LeaseLost, match="Another task"):
        registry.renew(first, TERM)
    assert registry.release(first) is False
    registry.abandon(first)
    assert registry.acquire(KEY, "third", TERM) is None
    assert registry.renew(second, TERM).token == second.token


def test_a_lease_that_ran_out_cannot_be_renewed_even_if_nobody_took_it(
    registry: DocumentRegistry, clock: FakeClock
) -> None:
    lease = acquired(registry)
    clock.advance(TERM + 1)
    with pytest.raises(LeaseLost):
        registry.renew(lease, TERM)


def test_a_renewed_lease_lasts_from_then_on(registry: DocumentRegistry, clock: FakeClock) -> None:
    lease = acquired(registry)
    clock.advance(TERM - 1)
    renewed = registry.renew(lease, TERM)
    clock.advance(TERM - 1)
    assert registry.acquire(KEY, "another", TERM) is None
    assert (renewed.token, renewed.expires > lease.expires) == (lease.token, True)


def test_of_many_who_try_at_once_one_gets_the_lease() -> None:
    """The fake alone: DynamoDB promises that a conditional write is atomic, moto's table in this process is not."""
    registry = FakeRegistry()
    leases: list[Lease | None] = []
    threads = [
        threading.Thread(target=lambda n=n: leases.append(registry.acquire(KEY, f"task {n}", TERM))) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([lease for lease in leases if lease is not None]) == 1
    assert len(leases) == 8


# --- the commit number --------------------------------------------------------------------------------------------


def test_the_commit_number_moves_one_by_one(registry: DocumentRegistry) -> None:
    assert registry.commit_number() == 0
    lease = acquired(registry, PUBLISH_KEY)
    assert [registry.advance(lease, expected) for expected in range(3)] == [1, 2, 3]
    assert registry.commit_number() == 3


@pytest.mark.parametrize("moved", [0, 2])
def test_the_number_does_not_move_from_where_it_is_not(registry: DocumentRegistry, moved: int) -> None:
    lease = acquired(registry, PUBLISH_KEY)
    registry.advance(lease, 0)
    with pytest.raises(LeaseLost):
        registry.advance(lease, moved)
    assert registry.commit_number() == 1


def test_the_number_is_moved_only_under_the_publish_lease(registry: DocumentRegistry, clock: FakeClock) -> None:
    with pytest.raises(ValueError, match="advance takes a lease on"):
        registry.advance(acquired(registry), 0)
    lost = acquired(registry, PUBLISH_KEY)
    clock.advance(TERM + 1)
    with pytest.raises(LeaseLost):
        registry.advance(lost, 0)
    acquired(registry, PUBLISH_KEY)
    with pytest.raises(LeaseLost):
        registry.advance(lost, 0)
    assert registry.commit_number() == 0


def test_the_publish_lease_is_no_work_that_waits(registry: DocumentRegistry) -> None:
    registry.abandon(acquired(registry, PUBLISH_KEY))
    assert registry.waiting() == ()
    assert list(registry.documents()) == []


# --- DynamoDB alone -----------------------------------------------------------------------------------------------


def test_a_record_and_its_lease_are_looked_at_as_one(aws: None, clock: FakeClock) -> None:
    """A holder that sleeps between looking at its lease and writing must not undo what the next one wrote."""
    table = registry_table()
    ours, theirs = DynamoDBRegistry(table, clock), DynamoDBRegistry(table, clock)
    lease = acquired(ours)
    reads: list[str] = []

    def take_over(**_: object) -> None:
        if not reads:
            reads.append("ours")
            clock.advance(TERM + 1)
            theirs.record(version(state=VersionState.SEARCHABLE), acquired(theirs, owner="another"))

    table.meta.client.meta.events.register("before-call.dynamodb.PutItem", take_over)
    table.meta.client.meta.events.register("before-call.dynamodb.TransactWriteItems", take_over)
    with pytest.raises(LeaseLost):
        ours.record(version(state=VersionState.PROCESSING), lease)
    found = theirs.find(KEY, "v1")
    assert found is not None
    assert found.state is VersionState.SEARCHABLE


def test_a_missing_table_is_a_configuration_fault(aws: None) -> None:
    with pytest.raises(ConfigurationError, match="no table nowhere"):
        DynamoDBRegistry.connect("nowhere").commit_number()


def test_a_missing_region_is_a_configuration_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(ConfigurationError, match="region"):
        DynamoDBRegistry.connect("raglite-registry")
