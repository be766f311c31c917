from hypothesis import given
from hypothesis import strategies as st

from raglite.ingestion.figures.row_groups import LabelledRow, groups


def grouped(drawing: str) -> dict[str, tuple[str, ...]]:
    """Group rows drawn one a line, two spaces of indent a level, a star after those with figures."""
    lines = [line for line in drawing.splitlines() if line.strip()]
    margin = min(len(line) - len(line.lstrip()) for line in lines)
    rows = [
        LabelledRow(number, line.strip(" *"), 5.0 * (len(line) - len(line.lstrip()) - margin), line.endswith("*"))
        for number, line in enumerate(lines)
    ]
    return {rows[number].label: heading for number, heading in groups(rows)}


def test_an_indented_group_ends_where_the_indentation_does():
    assert grouped("""
        Operating expenses
          Cost of sales *
          Selling *
        Operating income *
    """) == {
        "Cost of sales": ("Operating expenses",),
        "Selling": ("Operating expenses",),
        "Operating income": (),
    }


def test_groups_nest():
    found = grouped("""
        Assets
        Current assets
          Cash *
          Inventories
            Finished goods *
            Total inventories *
          Prepaids *
          Total current assets *
        Goodwill *
    """)
    assert found["Cash"] == ("Assets", "Current assets")
    assert found["Finished goods"] == ("Assets", "Current assets", "Inventories")
    assert found["Prepaids"] == ("Assets", "Current assets")
    assert found["Goodwill"] == ("Assets",)


def test_without_indentation_a_total_or_the_next_group_ends_a_group():
    found = grouped("""
        Current assets
        Cash *
        Total current assets *
        Goodwill *
        Current liabilities
        Accounts payable *
        Equity
        Share capital *
    """)
    assert found["Cash"] == found["Total current assets"] == ("Current assets",)
    assert found["Goodwill"] == ()
    assert found["Accounts payable"] == ("Current liabilities",)
    assert found["Share capital"] == ("Equity",)


def test_net_cash_ends_the_activities_it_sums_up():
    found = grouped("""
        Cash flows from operating activities
        Net income *
        Adjustments to reconcile net income
          Depreciation *
        Net cash provided by operating activities *
        Effect of exchange rates *
    """)
    assert found["Net income"] == ("Cash flows from operating activities",)
    assert found["Depreciation"][-1] == "Adjustments to reconcile net income"
    assert found["Effect of exchange rates"] == ()


def test_without_indentation_a_subtotal_of_income_ends_the_expenses():
    found = grouped("""
        Operating expenses
        Research *
        Operating income *
        Net income *
    """)
    assert found["Research"] == ("Operating expenses",)
    assert found["Operating income"] == found["Net income"] == ()


def test_a_label_in_the_middle_of_the_page_is_the_outermost_group():
    found = grouped("""
                                ASSETS
        Current assets
          Cash *
                                LIABILITIES
        Accounts payable *
    """)
    assert found["Cash"] == ("ASSETS", "Current assets")
    assert found["Accounts payable"] == ("LIABILITIES",)


def test_a_memorandum_line_opens_no_group():
    assert grouped("""
        Commitments and contingencies (Note 9)
        Noncontrolling interest *
    """) == {"Noncontrolling interest": ()}


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 4), st.booleans()), max_size=30))
def test_every_row_with_figures_is_grouped_once_and_in_order(drawn):
    rows = [LabelledRow(number, label, 6.0 * left, figures) for number, (label, left, figures) in enumerate(drawn)]
    assert [number for number, _ in groups(rows)] == [row.number for row in rows if row.has_figures]
