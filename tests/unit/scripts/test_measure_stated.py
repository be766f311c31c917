from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from raglite.model import StatedFigure, Statement
from scripts.measure_stated import judged

ROW = {
    "page": 3, "statement": "income_statement", "label": "Cost of sales",
    "values": [{"header": "2018", "text": "16,682"}, {"header": "2017", "text": "(16,055)"}],
    "period_end": ["2018-12-31", None], "months": [12, 12], "scale": 1000, "unit": "USD",
}  # fmt: skip
FIRST = StatedFigure(
    page=3, table=0, row=2, column=1, label="Cost of  Sales", statement=Statement.INCOME_STATEMENT,
    period_end=date(2018, 12, 31), months=12, text="$16,682", value=Decimal(16682), unit="USD", scale=1000,
)  # fmt: skip
SECOND = replace(FIRST, column=2, text="(16,055)", value=Decimal(-16055), period_end=None)


def test_a_row_whose_figures_all_say_what_is_printed_is_right():
    assert judged(ROW, [FIRST, SECOND]).is_right


@pytest.mark.parametrize(
    "change", [{"period_end": date(2017, 12, 31)}, {"months": 3}, {"scale": 1}, {"unit": "shares"}, {"text": "16,628"}]
)
def test_what_is_wrong_and_not_marked_is_told(change):
    assert judged(ROW, [replace(FIRST, **change), SECOND]).wrong
    marked = judged(ROW, [replace(FIRST, **change, low_confidence=True), SECOND])
    assert (marked.wrong, marked.is_right) == ((), False)


def test_a_missing_value_or_row_is_told():
    assert judged(ROW, [FIRST]).missing == ("(16,055) is missing",)
    assert judged(ROW, []).missing


def test_the_wrong_statement_is_wrong():
    other = [replace(one, statement=Statement.BALANCE_SHEET) for one in (FIRST, SECOND)]
    assert judged(ROW, other).wrong


def test_a_sum_without_a_label_may_be_named_its_group_s_total():
    assert judged({**ROW, "label": ""}, [replace(one, label="Total costs") for one in (FIRST, SECOND)]).is_right
