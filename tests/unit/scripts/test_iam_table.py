"""The table of what roles may do and did: what is unused, unexplained or wrongly explained shows."""

import json

from scripts import iam_table
from scripts.iam_table import Reason, grants_in, table

POLICIES = {
    "reader": [
        {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "arn:bucket/*"},
        {"Sid": "Never", "Effect": "Deny", "Action": "s3:*", "Resource": "*"},
    ]
}
LISTS = Reason(("reader",), ("s3:List*",), "Nobody lists in this run.")


def call(action="s3:GetObject", resource="arn:bucket/a", role="reader", session="task", refusal=""):
    return {"role": role, "session": session, "action": action, "resource": resource, "refusal": refusal}


def test_calls_are_counted_where_they_were_granted() -> None:
    made = table(POLICIES, [call(), call(resource="arn:bucket/b"), call("s3:ListBucket", "arn:elsewhere")], [LISTS])
    assert [(row.grant.action, row.calls, row.because) for row in made.rows] == [
        ("s3:GetObject", 2, ""),
        ("s3:ListBucket", 0, "Nobody lists in this run."),
    ]
    assert made.faults == made.refused == ()


def test_what_is_neither_used_nor_explained_is_a_fault() -> None:
    [fault] = table(POLICIES, [call()], []).faults
    assert fault == "reader may s3:ListBucket (Read), which no call needed and nothing explains."


def test_a_reason_that_is_refuted_or_about_nothing_is_a_fault() -> None:
    used = [call(), call("s3:ListBucket")]
    assert table(POLICIES, used, [LISTS]).faults == ("reader used s3:ListBucket (Read), which is said not to be used.",)
    rarely = Reason(LISTS.roles, LISTS.actions, LISTS.because, rarely=True)
    assert table(POLICIES, used, [rarely]).faults == ()
    [fault] = table(POLICIES, used, [Reason(("reader",), ("sqs:*",), "Once it did.")]).faults
    assert fault == "Nothing is granted that this would explain: Once it did."


def test_a_reason_may_be_about_one_statement_alone() -> None:
    assert not Reason(("reader",), ("s3:*",), "", statements=("Other",)).explains(next(iter(grants_in(POLICIES))))


def test_refusals_show_but_not_those_that_a_test_provokes_nor_the_administrators() -> None:
    lines = [
        call(refusal="ImplicitDeny"),
        call(refusal="ImplicitDeny", session=iam_table.ON_PURPOSE),
        call(refusal="InvalidClientTokenId", role=iam_table.ADMINISTRATOR),
    ]
    assert table(POLICIES, lines, []).refused == (lines[0],)


def test_a_refusal_of_nobody_known_shows() -> None:
    stranger = call(role="nobody", session="", refusal="UnrecognizedClientException")
    assert table(POLICIES, [stranger], []).refused == (stranger,)


def test_a_line_that_is_still_being_written_is_left_for_later(tmp_path) -> None:
    (tmp_path / "decisions.jsonl").write_text(json.dumps(call()) + "\n" + '{"role": "rea')
    assert iam_table.decisions_in(tmp_path / "decisions.jsonl") == [call()]
