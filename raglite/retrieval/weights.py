"""How much each signal counts, in one record, so that a measurement can switch every one off."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the legs (their RRF shares) and of the boosts (in units of one first place of one leg).

    Kept round: at 74 questions finer differences mean nothing. 0 switches a leg or boost off.
    """

    # Legs, over the named companies where some are named.
    dense: float = 1.0
    words: float = 1.0
    page_words: float = 1.0
    headings: float = 0.5
    topics: float = 0.5
    statement_pages: float = 1.0
    periods: float = 0.5
    forms: float = 0.5
    safety: float = 0.5  # of the legs over all companies, where a company was recognised

    # Boosts.
    company: float = 1.0
    likely_company: float = 0.5
    period: float = 2.0
    form: float = 2.0
    statement: float = 2.0
    elsewhere: float = 0.4  # the share of `statement` where the question points away from the primary statements
    rows: float = 2.0
    details: float = 1.0  # of a row that is called by the question's own words
    topic: float = 0.5


WEIGHTS = Weights()
