"""The primary statements are told from their likenesses by standing together."""

from hypothesis import given
from hypothesis import strategies as st

from raglite.ingestion.pages.primary import primary
from raglite.model import Statement


def test_selected_data_and_a_subsidiarys_statements_are_not_primary() -> None:
    together = {50: Statement.INCOME_STATEMENT, 51: Statement.COMPREHENSIVE_INCOME, 52: Statement.BALANCE_SHEET,
                53: Statement.CASH_FLOW_STATEMENT, 55: Statement.CHANGES_IN_EQUITY}  # fmt: skip
    others = {26: Statement.INCOME_STATEMENT, 105: Statement.INCOME_STATEMENT, 106: Statement.BALANCE_SHEET}
    assert primary(together | others) == together


def test_where_no_three_kinds_stand_together_all_are_kept() -> None:
    release = {8: Statement.INCOME_STATEMENT, 40: Statement.CASH_FLOW_STATEMENT}
    assert primary(release) == release
    assert primary({}) == {}


@given(st.dictionaries(st.integers(1, 300), st.sampled_from(Statement)))
def test_a_statement_is_never_invented_and_never_are_all_lost(statements: dict[int, Statement]) -> None:
    kept = primary(statements)
    assert kept.items() <= statements.items()
    assert bool(kept) == bool(statements)
