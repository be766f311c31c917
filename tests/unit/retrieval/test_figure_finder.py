"""From a question to figures, over several companies."""

import pytest

from raglite.errors import NotFound
from raglite.model import DocumentVersion, Filing, StatedFigure, WhyWithheld
from raglite.retrieval.figures.finder import FigureFinder, FigureRequest, Found
from raglite.retrieval.question.companies import Directory
from raglite.retrieval.question.understanding import understand
from tests.unit.retrieval.stated import BALANCE, MILLION, Printed, statements, table, version


class Store:
    """Figures by key; counts how often they are loaded."""

    def __init__(self, figures: dict[str, list[StatedFigure]]) -> None:
        self.figures = figures
        self.loaded: list[str] = []

    def load_figures(self, key: str, _version_id: str) -> tuple[StatedFigure, ...]:
        self.loaded.append(key)
        if key not in self.figures:
            raise NotFound(f"{key} has none.")
        return tuple(self.figures[key])


def filed(company: str, year: int = 2022, form: str = "10-K") -> DocumentVersion:
    made = version(year, form)
    filing = Filing(**made.filing.model_dump() | {"company": company})
    return made.model_copy(update={"filing": filing, "key": f"{company} {form} {year}.pdf"})


ORCHARD, HARBOR = filed("Orchard Mills, Inc."), filed("Harbor Lines, Inc.")
STORE = Store({ORCHARD.key: statements(), HARBOR.key: statements(sales=(7, 6, 5))})


def ask(query: str, *versions: DocumentVersion, store: Store = STORE) -> Found:
    held = versions or (ORCHARD, HARBOR)
    directory = Directory.of(one.filing for one in held)
    finder = FigureFinder(store)
    return finder.answer(query, understand(query, directory), directory, held)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("What was the revenue of Orchard Mills in fiscal 2022?", 500 * MILLION),
        ("How much did Harbor Lines report in net sales for 2022?", 7 * MILLION),
        ("What were Orchard Mills' total assets as of December 31, 2021?", 330 * MILLION),
        ("Assume that you are an analyst. What is Orchard Mills' current ratio for 2022? Round to two decimals.", 2),
    ],
)
def test_a_question_gets_the_figure_of_the_company_it_names(query: str, value: int) -> None:
    ((figure,), withheld) = ask(query)
    assert (figure.value, withheld) == (value, ())


@pytest.mark.parametrize(
    ("query", "value"),
    [
        (
            "Orchard Mills' revenue between December 31, 2021 and December 31, 2022: by how much did it change?",
            100 * MILLION,
        ),
        ("What was Orchard Mills' total of supplies of grain in 2022?", 3 * MILLION),
        ("Orchard Mills, Inc.'s free cash flow in 2022 (operating cash flow less dividends)?", 85 * MILLION),
    ],
)
def test_days_printed_rows_and_own_definitions_are_understood(query: str, value: int) -> None:
    grain = table(BALANCE, [("Supplies of grain", (3, 2))], Printed(page=20))
    ((figure,), withheld) = ask(query, store=Store({ORCHARD.key: [*statements(), *grain], HARBOR.key: []}))
    assert (figure.value, withheld) == (value, ())


def test_words_that_are_no_row_are_no_question_for_a_number() -> None:
    assert ask("What risks of litigation did Orchard Mills have in 2022?") == ((), ())


def test_a_request_for_words_that_are_no_row_is_told_what_is_near() -> None:
    finder = FigureFinder(STORE)
    directory = Directory.of([ORCHARD.filing])
    request = FigureRequest(company="Orchard Mills", metric="grss margin", period="FY2022")
    given, (withheld,) = finder.find(request, directory, [ORCHARD])
    assert given == ()
    assert "gross margin" in withheld.sentence


@pytest.mark.parametrize(
    "query", ["What was revenue in 2022?", "Did Orchard Mills grow in 2022?", "Who runs Harbor Lines?"]
)
def test_no_company_or_no_number_gets_nothing(query: str) -> None:
    assert ask(query) == ((), ())


def test_two_companies_are_not_mixed() -> None:
    given, (withheld,) = ask("What was the revenue of Orchard Mills and Harbor Lines in 2022?")
    assert (given, withheld.reason) == ((), WhyWithheld.AMBIGUOUS)
    assert "Harbor Lines, Inc., Orchard Mills, Inc." in withheld.sentence


def test_a_company_that_changed_its_name_is_one() -> None:
    former = filed("Orchard Mills Corporation", 2021)
    store = Store({ORCHARD.key: statements(), former.key: statements(sales=(None, 4))})
    ((figure,), _) = ask("What was Orchard Mills revenue in 2021?", ORCHARD, former, store=store)
    assert (figure.value, figure.company) == (4 * MILLION, "Orchard Mills Corporation")


def test_a_release_is_preferred_where_the_question_names_it() -> None:
    release = filed("Orchard Mills, Inc.", form="release")
    store = Store({ORCHARD.key: statements(), release.key: statements(sales=(501,))})
    question = "According to the earnings release, what was the revenue of Orchard Mills in 2022?"
    ((figure,), _) = ask(question, ORCHARD, release, store=store)
    assert figure.operands[0].key == release.key


def test_a_document_from_before_figures_were_kept_has_none() -> None:
    _, (withheld,) = ask("What was the revenue of Orchard Mills in 2022?", store=Store({}))
    assert withheld.reason is WhyWithheld.NOT_FOUND


def test_what_a_version_states_is_read_once() -> None:
    store = Store({ORCHARD.key: statements()})
    finder, directory = FigureFinder(store), Directory.of([ORCHARD.filing])
    query = "What was the revenue of Orchard Mills in 2022?"
    for _ in range(3):
        finder.answer(query, understand(query, directory), directory, [ORCHARD])
    assert store.loaded == [ORCHARD.key]
