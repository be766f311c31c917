"""What Submissions promise: one of many callers is given its claim. On the fake, and on a DynamoDB table."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from raglite.adapters.dynamodb_submissions import DynamoDBSubmissions
from raglite.ports import Submission, Submissions
from tests.aws import aws_under_test
from tests.contracts.test_document_registry import one_call_at_a_time
from tests.fakes.submissions import FakeSubmissions
from tests.lambda_estate import registry_table

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
AGO = NOW - timedelta(seconds=30)
OWN = Submission(token="t", key="a b+c%20é 财.pdf", sha256="0" * 64, claimed=NOW)


@contextmanager
def made(kind: str) -> Iterator[Submissions]:
    with nullcontext() if kind == "fake" else aws_under_test():
        yield FakeSubmissions() if kind == "fake" else DynamoDBSubmissions(one_call_at_a_time(registry_table()))


@pytest.fixture(params=["fake", "dynamodb"])
def submissions(request: pytest.FixtureRequest) -> Iterator[Submissions]:
    with made(request.param) as one:
        yield one


def test_the_first_claim_is_one_s_own(submissions: Submissions) -> None:
    assert submissions.claim(OWN, AGO) == OWN


def test_who_comes_second_is_shown_the_first(submissions: Submissions) -> None:
    submissions.claim(OWN, AGO)
    assert submissions.claim(OWN.model_copy(update={"claimed": LATER}), AGO) == OWN


def test_what_was_stored_stays_with_its_version(submissions: Submissions) -> None:
    submissions.claim(OWN, AGO)
    submissions.complete(OWN.model_copy(update={"version_id": "v1"}))
    for claimed in (LATER, LATER + timedelta(days=1)):
        again = submissions.claim(OWN.model_copy(update={"claimed": claimed}), claimed)
        assert (again.version_id, again.claimed) == ("v1", NOW)


def test_what_was_left_is_taken_over_for_the_same_file_only(submissions: Submissions) -> None:
    submissions.claim(OWN, AGO)
    other = OWN.model_copy(update={"claimed": LATER, "sha256": "1" * 64})
    assert submissions.claim(other, LATER) == OWN
    mine = OWN.model_copy(update={"claimed": LATER})
    assert submissions.claim(mine, LATER) == mine


def test_who_was_taken_over_completes_nothing(submissions: Submissions) -> None:
    submissions.claim(OWN, AGO)
    mine = OWN.model_copy(update={"claimed": LATER})
    submissions.claim(mine, LATER)
    submissions.complete(OWN.model_copy(update={"version_id": "late"}))
    assert submissions.claim(OWN, AGO).version_id is None


def test_tokens_know_nothing_of_each_other(submissions: Submissions) -> None:
    other = OWN.model_copy(update={"token": "u", "key": "b.pdf"})
    assert [submissions.claim(one, AGO) for one in (OWN, other)] == [OWN, other]


def test_completing_what_nobody_claimed_is_nothing(submissions: Submissions) -> None:
    submissions.complete(OWN.model_copy(update={"version_id": "v1"}))
    assert submissions.claim(OWN, AGO) == OWN


def test_of_many_at_once_one_is_given_its_claim(submissions: Submissions) -> None:
    barrier = Barrier(8)

    def claim(number: int) -> Submission:
        mine = OWN.model_copy(update={"claimed": NOW + timedelta(microseconds=number)})
        barrier.wait()
        return submissions.claim(mine, AGO)

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(claim, range(8)))
    assert len({one.claimed for one in given}) == 1


def test_a_submission_is_gone_a_week_later_by_dynamodb_s_own_clock() -> None:
    with aws_under_test():
        table = registry_table()
        DynamoDBSubmissions(table).claim(OWN, AGO)
        (item,) = table.scan()["Items"]
    assert item["expires"] == int((NOW + timedelta(days=7)).timestamp())
