"""What every DocumentRegistry promises: on the fake, and on a DynamoDB table through boto3."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from itertools import product
from threading import Barrier, Lock
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from raglite.adapters.dynamodb_registry import DynamoDBRegistry
from raglite.errors import ConfigurationError, DependencyUnavailable, ForbiddenTransition, LeaseLost
from raglite.model import DocumentVersion, Filing, VersionState, allowed_before
from raglite.ports import PUBLISH_KEY, DocumentRegistry, Lease, WorkItem
from tests.aws import aws_under_test
from tests.fakes.clock import FakeClock
from tests.fakes.registry import FakeRegistry
from tests.lambda_estate import registry_table

KEY = "reports/a b+c%20é 财.pdf"
TERM = 30.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


KINDS = ("fake", "dynamodb")


@contextmanager
def made(kind: str, clock: FakeClock) -> Iterator[DocumentRegistry]:
    with nullcontext() if kind == "fake" else aws_under_test():
        yield FakeRegistry(clock) if kind == "fake" else DynamoDBRegistry(one_call_at_a_time(registry_table()), clock)


def one_call_at_a_time(table: Any) -> Any:
    """DynamoDB promises that a conditional write or a transaction is atomic; moto in this process needs a lock."""
    client, lock = table.meta.client, Lock()
    call = client._make_api_call

    def locked(*arguments: Any) -> Any:
        with lock:
            return call(*arguments)

    client._make_api_call = locked
    return table


@pytest.fixture(params=KINDS)
def registry(request: pytest.FixtureRequest, clock: FakeClock) -> Iterator[DocumentRegistry]:
    with made(request.param, clock) as one:
        yield one


def version(key: str = KEY, version_id: str = "v1", state: VersionState = VersionState.RECEIVED) -> DocumentVersion:
    return DocumentVersion(key=key, version_id=version_id, state=state)


def acquired(registry: DocumentRegistry, key: str = KEY, owner: str = "task") -> Lease:
    lease = registry.acquire(key, owner, TERM)
    assert lease is not None
    return lease


def in_state(registry: DocumentRegistry, state: VersionState | None, version_id: str = "v1") -> DocumentVersion | None:
    """Bring a version into a state by allowed ways; None: no record."""
    if state is not None and None not in allowed_before(state):
        registry.record(version(version_id=version_id, state=VersionState.PROCESSING))
    if state is not None:
        registry.record(version(version_id=version_id, state=state))
    return registry.find(KEY, version_id)


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
    registry.record(version(state=VersionState.PROCESSING))
    registry.record(written)
    assert registry.find(KEY, "v1") == written
    assert registry.find(KEY, "v2") is None


def test_a_later_record_replaces_the_earlier(registry: DocumentRegistry) -> None:
    registry.record(version())
    registry.record(version(state=VersionState.PROCESSING))
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


# --- states -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leased", [True, False])
def test_a_state_follows_only_those_that_the_table_allows(registry: DocumentRegistry, leased: bool) -> None:
    lease = acquired(registry) if leased else None
    for before, after in product([None, *VersionState], VersionState):
        there = in_state(registry, before, f"{before} {after}")
        wanted = version(version_id=f"{before} {after}", state=after).model_copy(update={"chunks": 7})
        if before in allowed_before(after):
            registry.record(wanted, lease)
            assert registry.find(KEY, wanted.version_id) == wanted
        else:
            was = before or "not recorded yet"
            with pytest.raises(ForbiddenTransition, match=f"{was} cannot become {after}"):
                registry.record(wanted, lease)
            assert registry.find(KEY, wanted.version_id) == there


def test_one_versions_state_is_nothing_to_another(registry: DocumentRegistry) -> None:
    in_state(registry, VersionState.SEARCHABLE, "v1")
    with pytest.raises(ForbiddenTransition):
        registry.record(version(version_id="v2", state=VersionState.SEARCHABLE))


def test_a_late_holder_is_told_so_even_if_its_transition_is_forbidden_too(
    registry: DocumentRegistry, clock: FakeClock
) -> None:
    in_state(registry, VersionState.SUPERSEDED)
    lease = acquired(registry)
    clock.advance(TERM + 1)
    with pytest.raises(LeaseLost, match="Another task"):
        registry.record(version(state=VersionState.QUARANTINED), lease)


# --- requests -----------------------------------------------------------------------------------------------------


def test_requests_are_counted_and_wait_oldest_first(registry: DocumentRegistry, clock: FakeClock) -> None:
    for key in ("b.pdf", "a.pdf", "c.pdf"):
        clock.advance(1)
        assert registry.request(key) == 1
    assert registry.request("b.pdf") == 2  # asked again in the same second as c.pdf
    assert registry.waiting()[0] == "a.pdf"
    assert set(registry.waiting()) == {"a.pdf", "b.pdf", "c.pdf"}
    assert registry.waiting(limit=1) == ("a.pdf",)


def test_a_lease_tells_of_the_request_that_it_answers(registry: DocumentRegistry, clock: FakeClock) -> None:
    registry.request(KEY, "Root=1-a")
    asked = clock.now()
    clock.advance(5)
    lease = registry.renew(acquired(registry), TERM)
    assert (lease.requested, lease.trace_header) == (asked, "Root=1-a")

    registry.abandon(lease)
    again = acquired(registry)
    assert (again.requested, again.trace_header) == (asked, "Root=1-a")

    registry.release(again)
    nobody_asked = acquired(registry)
    assert (nobody_asked.requested, nobody_asked.trace_header) == (None, None)


def test_a_request_without_a_trace_belongs_to_none_that_came_before(registry: DocumentRegistry) -> None:
    registry.request(KEY, "Root=1-a")
    registry.release(acquired(registry))
    registry.request(KEY)
    assert acquired(registry).trace_header is None


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


def test_work_is_what_waits_and_what_is_held(registry: DocumentRegistry, clock: FakeClock) -> None:
    for key in ("waits.pdf", "both.pdf", "done.pdf", "expired.pdf"):
        clock.advance(1)
        registry.request(key)
    asked = clock.now()
    registry.release(acquired(registry, "done.pdf"))
    acquired(registry, "expired.pdf")
    clock.advance(TERM + 1)
    for key in ("both.pdf", "held.pdf", PUBLISH_KEY):
        acquired(registry, key)
    registry.record(version())
    registry.advance(registry.renew(Lease(PUBLISH_KEY, "task", 1, clock.now(), 0), TERM), 0)
    assert sorted(registry.work(), key=lambda item: item.key) == [
        WorkItem("both.pdf", waiting=True, held=True, requested=asked - timedelta(seconds=2)),
        WorkItem("expired.pdf", waiting=True, held=False, requested=asked),
        WorkItem("held.pdf", waiting=False, held=True),
        WorkItem("waits.pdf", waiting=True, held=False, requested=asked - timedelta(seconds=3)),
    ]


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


def at_once(call: Callable[[int], object]) -> list[object]:
    """Call from eight threads and return what each got, or the kind of error it met."""
    barrier = Barrier(8)

    def outcome(number: int) -> object:
        barrier.wait(10)
        try:
            return call(number)
        except (LeaseLost, ForbiddenTransition) as error:
            return type(error)

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(outcome, range(8)))


def test_of_many_who_try_at_once_one_gets_the_lease(registry: DocumentRegistry) -> None:
    leases = at_once(lambda number: registry.acquire(KEY, f"task {number}", TERM))
    assert leases.count(None) == 7


def test_of_many_who_publish_at_once_one_moves_the_number(registry: DocumentRegistry) -> None:
    lease = acquired(registry, PUBLISH_KEY)
    assert sorted(at_once(lambda _: registry.advance(lease, 0)), key=str) == [1, *[LeaseLost] * 7]
    assert registry.commit_number() == 1


def test_of_two_states_that_exclude_each_other_one_is_recorded(registry: DocumentRegistry) -> None:
    in_state(registry, VersionState.PROCESSING)
    states = (VersionState.SEARCHABLE, VersionState.QUARANTINED)
    outcomes = at_once(lambda number: registry.record(version(state=states[number % 2])))
    (found,) = registry.history(KEY)
    assert {states[number % 2] for number in range(8) if outcomes[number] is None} == {found.state}
    assert outcomes.count(ForbiddenTransition) == 4


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


def test_the_number_of_a_moment_is_the_one_that_was_current_then(registry: DocumentRegistry, clock: FakeClock) -> None:
    start = clock.now()
    assert registry.commit_at(start) == 0
    lease = acquired(registry, PUBLISH_KEY)
    for expected in range(3):  # commits at 10, 20 and 20
        if expected < 2:
            clock.advance(10)
        registry.advance(lease, expected)
    seen = {seconds: registry.commit_at(start + timedelta(seconds=seconds)) for seconds in (0, 9.9, 10, 15, 20, 1e9)}
    assert seen == {0: 0, 9.9: 0, 10: 1, 15: 1, 20: 3, 1e9: 3}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(steps=st.lists(st.integers(-100, 100), max_size=6), moments=st.lists(st.integers(-1300, 1300), min_size=2))
@example(steps=[10, -5], moments=[6, 11])
def test_a_later_moment_never_has_an_earlier_number_whatever_the_publishers_clocks_say(
    kind: str, steps: list[int], moments: list[int]
) -> None:
    clock = FakeClock()
    start = clock.now()
    with made(kind, clock) as registry:
        for expected, step in enumerate(steps):
            clock.advance(step)
            lease = acquired(registry, PUBLISH_KEY)
            assert registry.commit_at(start + timedelta(days=1)) == expected
            registry.advance(lease, expected)
            assert registry.commit_at(clock.now() + timedelta(seconds=1300)) == expected + 1
            registry.abandon(lease)
        numbers = [registry.commit_at(start + timedelta(seconds=moment)) for moment in sorted(moments)]
    assert numbers == sorted(numbers)
    assert all(0 <= number <= len(steps) for number in numbers)


def test_the_publish_lease_is_no_work_that_waits(registry: DocumentRegistry) -> None:
    registry.abandon(acquired(registry, PUBLISH_KEY))
    assert registry.waiting() == ()
    assert list(registry.documents()) == []


# --- DynamoDB alone -----------------------------------------------------------------------------------------------


def test_a_record_that_a_newer_release_wrote_can_be_read_after_a_rollback(aws: None, clock: FakeClock) -> None:
    table = registry_table()
    registry = DynamoDBRegistry(table, clock)
    filing = Filing(company="Orchard Mills, Inc.", form="10-K", fiscal_year=2023)
    written = version().model_copy(update={"filing": filing})
    registry.record(written)
    [item] = table.scan()["Items"]
    record = json.loads(item["record"])
    newer = {**record, "filing": {**record["filing"], "auditor": "Oak & Elm"}, "language": "en"}
    table.put_item(Item={**item, "record": json.dumps(newer)})
    assert registry.history(KEY) == (written,)


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
            another = acquired(theirs, owner="another")
            for state in (VersionState.PROCESSING, VersionState.SEARCHABLE):
                theirs.record(version(state=state), another)

    table.meta.client.meta.events.register("before-call.dynamodb.PutItem", take_over)
    table.meta.client.meta.events.register("before-call.dynamodb.TransactWriteItems", take_over)
    with pytest.raises(LeaseLost):
        ours.record(version(state=VersionState.PROCESSING), lease)
    found = theirs.find(KEY, "v1")
    assert found is not None
    assert found.state is VersionState.SEARCHABLE


def test_a_number_that_is_not_current_yet_was_current_at_no_moment(aws: None, clock: FakeClock) -> None:
    """A query may see the second half of a transaction before the first."""
    table = registry_table()
    registry = DynamoDBRegistry(table, clock)
    registry.advance(acquired(registry, PUBLISH_KEY), 0)
    table.put_item(Item={"pk": "commits", "sk": "2026-01-01T00:00:00.000000+00:00#000000000002", "number": 2})
    assert registry.commit_at(clock.now()) == registry.commit_number() == 1


def failing(table: Any, code: str, times: int, *reasons: str) -> list[str]:
    """Let DynamoDB refuse the next writes with `code`; returns the list that they are noted in."""
    told: dict[str, Any] = {"Error": {"Code": code, "Message": code}}
    told |= {"CancellationReasons": [{"Code": reason} for reason in reasons]} if reasons else {}
    seen: list[str] = []

    def answer(model: Any, **_: object) -> Any:
        seen.append(model.name)
        return (SimpleNamespace(status_code=400), told) if len(seen) <= times else None

    for operation in ("UpdateItem", "TransactWriteItems"):
        table.meta.client.meta.events.register(f"before-call.dynamodb.{operation}", answer)
    return seen


COLLISIONS = [
    ("TransactionCanceledException", "None", "TransactionConflict"),
    ("TransactionCanceledException", "ThrottlingError", "None"),
    ("TransactionCanceledException", "None", "ProvisionedThroughputExceeded"),
]


@pytest.mark.parametrize("collision", COLLISIONS)
def test_a_transaction_that_collides_is_made_again(aws: None, clock: FakeClock, collision: tuple[str, ...]) -> None:
    table = registry_table()
    registry = DynamoDBRegistry(table, clock)
    lease = acquired(registry)
    code, *reasons = collision
    seen = failing(table, code, 3, *reasons)
    registry.record(version(), lease)
    assert registry.find(KEY, "v1") == version()
    assert seen == ["TransactWriteItems"] * 4


def test_a_heartbeat_that_meets_a_transaction_on_its_lease_is_made_again(aws: None, clock: FakeClock) -> None:
    table = registry_table()
    registry = DynamoDBRegistry(table, clock)
    lease = acquired(registry)
    failing(table, "TransactionConflictException", 3)
    clock.advance(1)
    assert registry.renew(lease, TERM).expires > lease.expires


def test_collisions_without_end_are_a_transient_fault_and_no_lost_lease(aws: None, clock: FakeClock) -> None:
    table = registry_table()
    registry = DynamoDBRegistry(table, clock)
    lease = acquired(registry)
    seen = failing(table, "TransactionCanceledException", 100, "None", "TransactionConflict")
    with pytest.raises(DependencyUnavailable, match="DynamoDB"):
        registry.record(version(), lease)
    assert len(seen) == 6


def test_a_condition_that_refuses_beside_a_collision_is_final(aws: None, clock: FakeClock) -> None:
    table = registry_table()
    registry = DynamoDBRegistry(table, clock)
    lease = acquired(registry)
    seen = failing(table, "TransactionCanceledException", 100, "ConditionalCheckFailed", "TransactionConflict")
    with pytest.raises(LeaseLost):
        registry.record(version(), lease)
    assert len(seen) == 1


def test_a_refusal_that_does_not_say_what_it_found_is_never_taken_for_a_record(aws: None, clock: FakeClock) -> None:
    table = registry_table()
    registry = DynamoDBRegistry(table, clock)
    failing(table, "TransactionCanceledException", 100, "ConditionalCheckFailed")
    with pytest.raises(DependencyUnavailable, match="did not say"):
        registry.record(version())


def test_a_missing_table_is_a_configuration_fault(aws: None) -> None:
    with pytest.raises(ConfigurationError, match="no table nowhere"):
        DynamoDBRegistry.connect("nowhere").commit_number()


def test_a_missing_region_is_a_configuration_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(ConfigurationError, match="region"):
        DynamoDBRegistry.connect("raglite-registry")
