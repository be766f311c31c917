"""Which findings of checkov pass, and which exceptions have had their time."""

import pytest

from scripts.checkov import EXCEPTIONS, Allowed, Finding, exceptions, findings, judged

PARSED = Finding("CKV_AWS_21", "module.parsed.aws_s3_bucket.private", "versions")
KNOWN = Allowed("CKV_AWS_21", "module.parsed.*", "it repeats the documents")


def test_a_finding_that_was_explained_passes() -> None:
    assert judged([PARSED], [KNOWN]) == []


def test_a_finding_on_another_resource_or_of_another_check_is_said() -> None:
    elsewhere = Finding("CKV_AWS_21", "module.documents.aws_s3_bucket.private", "versions")
    another = Finding("CKV_AWS_18", "module.parsed.aws_s3_bucket.private", "access log")
    assert judged([PARSED, elsewhere, another], [KNOWN]) == [str(elsewhere), str(another)]


def test_an_exception_whose_finding_is_gone_is_said() -> None:
    assert judged([], [KNOWN]) == ["CKV_AWS_21 finds nothing in module.parsed.* any more: remove its exception"]


def test_an_entry_may_list_a_resource_that_one_of_its_checks_does_not_find() -> None:
    also = Allowed("CKV_AWS_21", "module.service.aws_lb.raglite", KNOWN.why)
    assert judged([PARSED], [KNOWN, also]) == []


def test_an_exception_without_a_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="CKV_AWS_1"):
        exceptions('[[exception]]\nchecks = ["CKV_AWS_1"]\nresources = ["*"]\nwhy = " "\n')


@pytest.mark.parametrize("summary", [{"passed": 0, "parsing_errors": 0}, {"passed": 9, "parsing_errors": 1}])
def test_a_run_that_did_not_read_everything_proves_nothing(summary: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="did not read"):
        findings({"summary": summary, "results": {"failed_checks": []}})


def test_a_check_that_a_comment_skips_is_not_passed() -> None:
    summary = {"passed": 9, "parsing_errors": 0, "skipped": 1}
    with pytest.raises(ValueError, match=r"say why in checkov\.toml"):
        findings({"summary": summary, "results": {"failed_checks": []}})


def test_every_exception_of_ours_has_its_reason() -> None:
    assert exceptions(EXCEPTIONS.read_text())
