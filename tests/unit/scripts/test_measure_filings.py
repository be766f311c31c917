"""The measure of read filings counts what is wrong, and only that."""

import pytest

from raglite.model import Filing
from scripts.measure_filings import differences, report

TRUTH = {"doc": "a.pdf", "company": "Orchard Mills", "doc_type": "10k", "period": 2022}
RIGHT = Filing(company="The Orchard Mills Company", form="10-K", fiscal_year=2022)


@pytest.mark.parametrize(
    ("update", "truth", "fields"),
    [
        ({}, {}, set()),
        ({"form": "10-K/A"}, {}, set()),
        ({"company": "Pear plc"}, {}, {"company"}),
        ({"company": "Pear plc", "names": ("orchard mills",)}, {}, set()),
        ({"company": None, "form": None, "fiscal_year": None}, {}, {"company", "form", "fiscal_year"}),
        ({"fiscal_year": 2021}, {}, {"fiscal_year"}),
        ({"form": "8-K", "fiscal_year": None}, {"doc_type": "8k"}, set()),
        ({"form": "8-K", "fiscal_year": 2021}, {"doc_type": "8k"}, {"fiscal_year"}),
        ({"form": "release"}, {"doc_type": "Earnings"}, set()),
    ],
)
def test_only_what_differs_is_reported(update: dict, truth: dict, fields: set[str]) -> None:
    assert differences(RIGHT.model_copy(update=update), TRUTH | truth).keys() == fields


def test_the_table_counts_right_readings(capsys: pytest.CaptureFixture[str]) -> None:
    assert not report([("a.pdf", {}), ("b.pdf", {"form": "read None, is 10k"})])
    assert capsys.readouterr().out.splitlines() == [
        "b.pdf: form read None, is 10k", "field        right  of",
        "company          2   2", "form             1   2", "fiscal_year      2   2",
    ]  # fmt: skip
