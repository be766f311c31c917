"""Whatever is done to a chain of audit records, the first bad one is named."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raglite.observability.audit import Deed, Head, Record
from raglite.observability.audit_anchors import Anchor
from raglite.observability.audit_verification import Verdict, verify
from raglite.telemetry import AuditAction
from tests.unit.observability.chains import NOW, anchored, chain, lines

LENGTH = 9
RECORDS = chain(LENGTH)
ANCHORS = [anchored(RECORDS[3]), anchored(RECORDS[-1])]  # of records 4 and 9
DAY = timedelta(days=1)


def judged(kept: list[str], anchors: list[Anchor] = ANCHORS) -> Verdict:
    return verify("task-1", kept, anchors)


def first_bad(kept: list[str], anchors: list[Anchor] = ANCHORS) -> int:
    """The number in the verdict's sentence."""
    fault = judged(kept, anchors).fault
    assert fault, "nothing was found"
    return int(re.search(r"[Rr]ecord (\d+)", fault)[1])


def deed_of(record: Record, actor: str) -> Deed:
    return Deed(AuditAction.QUERY, actor, record.written["fields"], record.written["texts"])


places = st.integers(0, LENGTH - 1)


def test_an_untouched_chain_is_intact() -> None:
    assert judged(lines(RECORDS)) == Verdict(RECORDS[-1].head, LENGTH, LENGTH, 0)
    assert judged(lines(RECORDS), ANCHORS[:1]) == Verdict(RECORDS[-1].head, LENGTH, 4, 0)
    assert judged([], []) == Verdict(Head("task-1"), 0, 0, 0)


@given(places, st.integers(0, 10_000), st.characters())
def test_a_changed_record_is_named(place: int, column: int, character: str) -> None:
    kept = lines(RECORDS)
    column %= len(kept[place])
    changed = f"{kept[place][:column]}{character}{kept[place][column + 1 :]}"
    if changed != kept[place]:
        kept[place] = changed
        assert judged(kept).fault == f"Record {place + 1} was changed: it is no longer what its hash says."


@given(places, st.integers(1, LENGTH))
def test_missing_records_are_named(place: int, count: int) -> None:
    kept = lines(RECORDS)
    del kept[place : place + count]
    assert first_bad(kept) == place + 1


@given(places, places)
def test_exchanged_records_are_named(one: int, other: int) -> None:
    kept = lines(RECORDS)
    kept[one], kept[other] = kept[other], kept[one]
    if one != other:
        assert judged(kept).fault.startswith(f"Record {min(one, other) + 1} is not in its place")


@given(st.permutations(range(LENGTH)))
def test_any_other_order_is_noticed_where_it_first_differs(order: list[int]) -> None:
    differs = next((place for place, number in enumerate(order) if place != number), None)
    kept = [RECORDS[number].line for number in order]
    assert judged(kept).intact if differs is None else first_bad(kept) == differs + 1


@given(places)
def test_a_record_put_in_later_is_named_although_its_own_hash_is_right(place: int) -> None:
    kept = lines(RECORDS)
    before = RECORDS[place - 1].head if place else Head("task-1")
    forged = before.follow(NOW + timedelta(seconds=60 * place), deed_of(RECORDS[place], "somebody else"))
    kept.insert(place, forged.line)
    if place + 1 in {anchor.number for anchor in ANCHORS}:
        assert first_bad(kept) == place + 1
    else:  # it follows rightly: the genuine one is what does not fit then
        assert (
            judged(kept).fault
            == f"Before record {place + 2} stands another record {place + 1}: it was put there later."
        )


@given(places)
def test_another_chains_record_is_named(place: int) -> None:
    kept = lines(RECORDS)
    kept.insert(place, chain(LENGTH, "task-2")[place].line)
    assert judged(kept).fault == f"Record {place + 1} is not this chain's: it was written by task-2."


@given(st.integers(1, LENGTH - 1))
def test_a_chain_spliced_from_two_is_named_where_the_second_begins(place: int) -> None:
    assert first_bad(lines(RECORDS[:place] + chain(LENGTH, "task-2")[place:])) == place + 1
    other = chain(LENGTH, actor="somebody else")  # under the same name
    assert first_bad(lines(RECORDS[:place] + other[place:]), []) == place + 1


@given(places)
def test_a_missing_end_shows_against_the_anchor(kept: int) -> None:
    verdict = judged(lines(RECORDS[:kept]))
    anchor = f"the chain was anchored up to record {LENGTH} at 2026-03-01 12:08:10"
    assert verdict.fault == f"Record {kept + 1} is missing: {anchor}."


def test_behind_the_last_anchor_records_can_be_cut_off_unseen_and_the_verdict_says_where_it_stands() -> None:
    verdict = judged(lines(RECORDS[:6]), ANCHORS[:1])
    assert (verdict.intact, verdict.records, verdict.anchored) == (True, 6, 4)


@given(places)
def test_a_chain_written_anew_from_some_record_on_does_not_fit_its_anchors(place: int) -> None:
    head, kept = (RECORDS[place - 1].head if place else Head("task-1")), RECORDS[:place]
    for record in RECORDS[place:]:
        kept = [*kept, head.follow(record.head.time, deed_of(record, "somebody else"))]
        head = kept[-1].head
    anchor, time, before = (9, "12:08:10", 4) if place >= 4 else (4, "12:03:10", 0)
    assert judged(lines(kept)).fault == (
        f"Record {anchor} is not the one that was anchored at 2026-03-01 {time}: "
        f"the chain was rewritten, somewhere after record {before}."
    )


@given(st.lists(places))
def test_a_batch_that_was_sent_twice_is_told_apart(again: list[int]) -> None:
    kept = lines(RECORDS)
    for place in sorted(again, reverse=True):
        kept.insert(place + 1, kept[place])
    assert judged(kept) == Verdict(RECORDS[-1].head, LENGTH, LENGTH, len(again))


# --- what is no longer kept -------------------------------------------------------------------------------------------

OLD = chain(6, every=86_400)  # a record a day


@pytest.mark.parametrize("gone", range(1, 6))
def test_records_whose_time_is_over_may_be_gone(gone: int) -> None:
    verdict = verify("task-1", lines(OLD[gone:]), [anchored(OLD[-1])], OLD[gone].head.time)
    assert (verdict.fault, verdict.records) == (None, 6 - gone)


def test_records_whose_time_is_not_over_may_not() -> None:
    verdict = verify("task-1", lines(OLD[4:]), [anchored(OLD[-1])], OLD[0].head.time)
    assert verdict.fault == "Record 1 is missing, and so are all up to record 4."


def test_a_late_first_record_is_enough_if_an_anchor_tells_how_old_the_one_before_it_was() -> None:
    first = OLD[0].head.follow(NOW + 90 * DAY, deed_of(OLD[0], "analyst"))
    missing = "Record 1 is missing."
    assert verify("task-1", [first.line], [], NOW).fault == missing
    assert verify("task-1", [first.line], [anchored(OLD[0])], NOW).intact
    assert verify("task-1", [first.line], [anchored(chain(1, actor="somebody else")[0])], NOW).fault == missing


def test_a_whole_chain_may_be_gone_when_its_time_is_over_and_not_before() -> None:
    assert verify("task-1", [], [anchored(OLD[-1])], OLD[-1].head.time).intact
    assert verify("task-1", [], [anchored(OLD[-1])], OLD[0].head.time).fault.startswith("Record 1 is missing")


def test_without_a_time_to_be_kept_nothing_may_be_gone() -> None:
    assert verify("task-1", lines(OLD[1:]), []).fault == "Record 1 is missing."


# --- anchors ----------------------------------------------------------------------------------------------------------


def test_an_anchor_is_known_by_its_key_alone() -> None:
    anchor = anchored(RECORDS[0])
    assert Anchor.read(anchor.key, anchor.written) == anchor
    assert anchor.key == f"audit-anchors/2026-03-01/task-1/000000000001-{RECORDS[0].head.hash}.json"


@pytest.mark.parametrize("key", ["audit-anchors/x", "audit-anchors/2026-03-01/task-1/1-ab.json", "other/1.json"])
def test_what_is_no_anchor_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="no anchor's key"):
        Anchor.read(key, NOW)


def test_an_anchor_of_just_now_vouches_for_what_can_be_read_and_misses_nothing_yet() -> None:
    just_before = ANCHORS[1].written - timedelta(seconds=1)

    def now(kept: list[Record]) -> Verdict:
        return verify("task-1", lines(kept), ANCHORS, settled_before=just_before)

    assert (now(RECORDS).fault, now(RECORDS).anchored) == (None, LENGTH)
    assert (now(RECORDS[:6]).fault, now(RECORDS[:6]).anchored) == (None, 4)
    assert now(RECORDS[:3]).fault.startswith("Record 4 is missing: the chain was anchored up to record 4")
