"""What whoever looks all the time notices, and what is nobody's fault."""

from dataclasses import replace

from tests.faults.evidence import StoredPoint
from tests.faults.watcher import Seen

OLD = [StoredPoint(str(n), "a.txt", "v1", 1, "chunk", n, committed=1, superseded=None) for n in range(3)]
NEW = [replace(point, id=f"new {point.id}", version_id="v2", committed=2) for point in OLD]
HIDDEN = [replace(point, superseded=2) for point in OLD]


def faults(*looks: tuple[int, list[StoredPoint]], removed: set[str] = frozenset(), erased: set = frozenset()):
    seen = Seen()
    for commit, points in looks:
        seen.look(commit, points, set(removed), set(erased))
    return seen.faults


def test_a_replacement_at_one_commit_is_no_fault():
    stamped = OLD + NEW
    assert faults((0, []), (1, OLD), (1, stamped), (1, HIDDEN + NEW), (2, HIDDEN + NEW)) == []


def test_two_versions_at_one_commit_are_noticed():
    assert "2 editions" in faults((1, OLD), (2, OLD + NEW))[0]


def test_a_part_is_noticed():
    assert "2 of 3 points" in faults((1, [*OLD[:2], replace(OLD[2], committed=None)]))[0]


def test_a_moment_with_neither_is_noticed():
    assert "nothing of a.txt" in faults((1, OLD), (2, HIDDEN))[0]


def test_a_deleted_document_may_be_gone():
    assert faults((1, OLD), (2, HIDDEN), removed={"a.txt"}) == []


def test_a_commit_that_later_shows_something_else_is_noticed():
    grown = [*OLD, replace(OLD[0], id="another", ordinal=9)]
    assert "and later" in faults((1, OLD), (1, grown))[0]


def test_an_erased_version_may_vanish_from_old_commits():
    assert faults((1, OLD), (1, OLD[:1]), (1, []), removed={"a.txt"}, erased={("a.txt", "v1")}) == []
