"""The reference of permissions speaks of what Terraform grants now."""

import pytest

from scripts import iam_table
from scripts.iam_table import Reason, grants_in
from tests.unit.infra.estate import Estate


def test_the_page_says_what_terraform_grants(estate: Estate) -> None:
    granted = {(one.role, one.statement, one.action) for one in grants_in(estate.identity_policies)}
    assert rows_of(iam_table.PAGE.read_text()) == granted, "run `make iam`"


def rows_of(page: str) -> set[tuple[str, str, str]]:
    found, role = set(), ""
    for line in page.splitlines():
        if line.startswith("## "):
            role = line.removeprefix("## ")
        elif line.startswith("| ") and "`" in line:
            _, statement, action, *_ = (cell.strip() for cell in line.split("|"))
            found.add((role, statement, action.strip("`")))
    return found


@pytest.mark.parametrize("reason", iam_table.reasons_in(), ids=lambda reason: reason.because[:40])
def test_every_reason_is_a_sentence_about_something_that_is_granted(reason: Reason, estate: Estate) -> None:
    assert reason.because.endswith(".")
    assert any(reason.explains(grant) for grant in grants_in(estate.identity_policies))
