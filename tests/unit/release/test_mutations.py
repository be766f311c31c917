"""Whatever single field of good evidence is spoilt, and the file sealed anew, the release is refused."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raglite.release.evidence import Evidence
from raglite.release.promote import refusals
from raglite.release.reading import read_folder
from raglite.release.refusals import Refusal, Why
from tests.unit.release.made import EVENTS, IMAGE, NOW, Release, repository

PAST, FUTURE = "2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"
STEP, TEST = r"\w+\.steps\.\d+\.", r"\w+\.steps\.\d+\.tests\."

# What is bad in each field, by its path.
BAD: dict[str, list[Any]] = {
    r"\w+\.schema_version": [0, 2, None],
    r"\w+\.kind": ["other", "unit", "plan"],
    r"\w+\.git_sha": ["e" * 40, ""],
    r"\w+\.dirty": [["raglite/errors.py"]],
    r"\w+\.locks\..+": ["0" * 64],
    r"\w+\.off_lock\..+": [["numpy 1.0"]],
    r"\w+\.images\..+": [IMAGE.replace("1", "2"), "latest"],
    r"\w+\.tools\..+": ["", "9.9"],
    r"\w+\.machine\.(cpus|memory_gib)": [-1],
    r"\w+\.(started|ended)": [PAST, FUTURE],
    STEP + "name": ["other"],
    STEP + "(started|ended)": [PAST, FUTURE],
    STEP + "exit_code": [1, -9, False, "0"],
    STEP + "tests": [[{"test": "a", "outcome": "failed", "seconds": 0, "reason": None}]],
    TEST + r"1\.test": ["tests/made.py::test_b"],
    TEST + r"[02]\.outcome": ["failed", "error", "skipped", "xfailed", "xpassed", "fine"],
    TEST + r"1\.outcome": ["failed", "error", "xpassed"],
    TEST + r"\d\.seconds": [-1],
    STEP + "deselected": [1, -1, False, "0"],
    STEP + "relies_on": [["s3.events", "backup.plans"]],
    STEP + r"relies_on\.\d": ["other"],
    r"unit\.coverage\.(lines|branches)": [10**6, -1],
    r"unit\.coverage\.\w+_covered": [0, -1, 10**6, "900"],
    r"accuracy\.accuracy\.questions\.0\.(id|question|doc|answer|unit)": ["other"],
    r"accuracy\.accuracy\.questions\.0\.evidence_pages\.0": [2],
    r"accuracy\.accuracy\.questions\.0\.evidence": [[{"doc": "acme", "page": 9}]],
    r"accuracy\.accuracy\.questions\.0\.evidence_mode": ["any_sufficient"],
    r"accuracy\.accuracy\.questions\.0\.answerable": [False],
    r"accuracy\.accuracy\.run\.0\.(id|failed|ranked\.0\.doc)": ["other"],
    r"accuracy\.accuracy\.run\.0\.ranked\.0\.page": [99],
    r"accuracy\.accuracy\.corpus\.documents\.0\.(name|content_sha256)": ["other"],
    r"accuracy\.accuracy\.corpus\.documents\.0\.state": ["processing", "quarantined"],
    r"accuracy\.accuracy\.corpus\.documents\.0\.(pages|chunks|embeddings)": [0],
    r"accuracy\.accuracy\.corpus\.parts\.\w+": ["down"],
    r"accuracy\.accuracy\.corpus\.embedding": ["other", None],
    r"accuracy\.accuracy\.corpus\.dense": [False],
    r"(load|rollout)\.load\.samples\.(Query|Ingestion)Latency": [
        [],
        [40_000.0] * EVENTS,
        [-1.0] * EVENTS,
        [True] * EVENTS,
        ["40"] * EVENTS,
    ],
    r"(load|rollout)\.load\.samples\.Queries": [[]],
    r"(load|rollout)\.load\.samples\.Errors": [[1.0] * EVENTS],
    r"drill\.drills\.0\.(failed|well)": [PAST, FUTURE],
    r"drill\.drills\.0\.lost_seconds": [10**6, -1],
    r"drill\.drills\.0\.questions": [0, -1],
    r"drill\.drills\.0\.wrong": [1, -1, False, "0"],
    r"plan\.alarms\.(alarms|cases\.0\.alarms)\.\d+": ["other"],
    r"plan\.alarms\.cases\.0\.fired\..+": [-1],
    r"plan\.alarms\.cases\.0\.faults": [["raglite-high-latency fired, too."]],
}
# Where no value is bad: names and reasons for people, and numbers that stand for themselves.
NEUTRAL = (
    r"\w+\.machine\.(system|architecture)",
    TEST + r"[02]\.test",  # one that passed under another name passed
    TEST + r"\d\.reason",
    # What belongs to another kind is not looked at.
    r"(?!unit)\w+\.coverage|(?!acc)\w+\.accuracy|(?!load|rollout)\w+\.load|(?!plan)\w+\.alarms|(?!drill)\w+\.drills",
    # These only group the scores.
    r"accuracy\.accuracy\.questions\.0\.(evidence_text|doc_type|question_type|source|company_named)",
    r"accuracy\.accuracy\.run\.0\.ranked\.0\.(label|excerpt|why)",
    r"accuracy\.accuracy\.run\.0\.(latency_ms|took_ms|citations|abstained|abstained_because|figures|withheld)",
    r"accuracy\.accuracy\.run\.0\.(interpreted_as|index_commit)",  # of a single answer: two must have one commit
    r"accuracy\.accuracy\.corpus\.documents\.0\.(key|version_id)",  # another installation has others
    r"drill\.drills\.0\.name|plan\.alarms\.cases\.0\.name",
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
Where = tuple[str | int, ...]


def path(at: Where) -> str:
    return ".".join(map(str, at))


def is_neutral(at: Where) -> bool:
    return any(re.fullmatch(field, path(at)) for field in NEUTRAL)


def leaves(value: Any, at: Where = ()) -> Iterator[Where]:
    """Give the path of every field that holds no other, or only numbers."""
    parts: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, list) and not all(isinstance(one, float) for one in value):
        parts = list(enumerate(value))
    if not parts:
        yield at
    for name, part in parts:
        yield from leaves(part, (*at, name))


@dataclass(frozen=True)
class Good:
    """The good set, and a place for one spoilt file: the others are as they were."""

    release: Release
    evidence: dict[str, Evidence]
    file: Path

    def at(self, where: Where) -> Any:
        place: Any = self.release.kinds
        for part in where:
            place = place[part]
        return place

    def with_other(self, where: Where, value: Any) -> list[Refusal]:
        """Return what speaks against the set with one other value, read from its file."""
        kind, kept = str(where[0]), self.at(where)
        self.at(where[:-1])[where[-1]] = value
        try:
            self.release.write_kind(kind, self.file)
        finally:
            self.at(where[:-1])[where[-1]] = kept
        return self.judged(kind)

    def judged(self, kind: str) -> list[Refusal]:
        """Return what speaks against the set with the spoilt file in place of a kind's."""
        found, unread = read_folder(self.file.parent)
        others = [one for name, one in self.evidence.items() if name != kind]
        return [*unread, *refusals(self.release.judge([*others, *found]))]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Good:
    release = Release(repository(tmp_path_factory.mktemp("repository"), NOW), NOW)
    release.write(folder := tmp_path_factory.mktemp("all"))
    found, unread = read_folder(folder)
    assert unread == ()
    return Good(release, {one.kind.value: one for one in found}, tmp_path_factory.mktemp("spoilt") / "one.json")


def test_nothing_speaks_against_the_good_set(good: Good) -> None:
    assert refusals(good.release.judge(good.evidence.values())) == ()


def test_every_field_has_bad_values_or_a_reason_to_have_none(good: Good) -> None:
    paths = [path(at) for at in leaves(good.release.kinds)]
    assert [one for one in paths if not any(re.fullmatch(field, one) for field in (*BAD, *NEUTRAL))] == []
    assert [field for field in (*BAD, *NEUTRAL) if not any(re.fullmatch(field, one) for one in paths)] == []


@pytest.mark.parametrize("field", BAD)
def test_a_bad_value_is_refused_wherever_it_stands(field: str, good: Good) -> None:
    places = [at for at in leaves(good.release.kinds) if re.fullmatch(field, path(at))]
    assert [
        (at, value) for at in places for value in BAD[field] if value != good.at(at) and not good.with_other(at, value)
    ] == []


@settings(max_examples=100, deadline=None)
@given(drawn=st.data())
def test_a_field_of_another_shape_is_refused(drawn: st.DataObject, good: Good) -> None:
    at = drawn.draw(st.sampled_from([one for one in leaves(good.release.kinds) if not is_neutral(one)]))
    shape = drawn.draw(st.sampled_from([{"a": {}}, [{}], "\N{SNOWMAN}"]))
    assert good.with_other(at, shape) != []


@settings(max_examples=100, deadline=None)
@given(drawn=st.data())
def test_a_change_that_is_not_sealed_is_refused(drawn: st.DataObject, good: Good) -> None:
    at = drawn.draw(st.sampled_from([one for one in leaves(good.release.kinds) if len(one) > 1]))
    value = drawn.draw(JSON.filter(lambda drawn: json.dumps(drawn) != json.dumps(good.at(at))))
    good.release.write_kind(str(at[0]), good.file)
    document = place = json.loads(good.file.read_text())
    for part in at[1:-1]:
        place = place[part]
    place[at[-1]] = value
    good.file.write_text(json.dumps(document))
    assert Why.KIND_MISSING in {one.why for one in good.judged(str(at[0]))}


@settings(deadline=None)
@given(junk=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_a_file_of_anything_else_is_refused(junk: bytes, good: Good) -> None:
    good.file.write_bytes(junk)
    assert len(good.judged("unit")) == 2
