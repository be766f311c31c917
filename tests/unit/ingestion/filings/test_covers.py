"""Covers of many kinds, written for this test, against what each of them is."""

from collections import Counter

from raglite.ingestion.filings.filing import read_filing
from tests.unit.ingestion.filings.covers import covers

LEAST = 0.95


def test_of_every_field_at_least_95_in_100_covers_are_read_right() -> None:
    cases = covers()
    asked, right, wrong = Counter(), Counter(), []
    for case in cases:
        found = case.wrong(read_filing(case.parsed))
        asked.update(case.asked)
        right.update(field for field in case.asked if field not in found)
        wrong += [f"{case.title}: {field} {sentence}" for field, sentence in found.items()]
    print(*wrong, *(f"{field:<9}{right[field]:>4} of {asked[field]}" for field in asked), sep="\n")
    assert len(cases) >= 80
    assert {field for field in asked if right[field] < LEAST * asked[field]} == set(), wrong


def test_no_two_covers_are_the_same_case() -> None:
    assert [title for title, times in Counter(case.title for case in covers()).items() if times > 1] == []
