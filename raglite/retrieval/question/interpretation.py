"""What was understood of a question, as it is returned with the answer for a person or an agent to correct."""

from collections.abc import Sequence

from raglite.retrieval.question.understanding import Understanding

Interpretation = dict[str, str | int | list[str] | list[int] | None]


def interpreted(asked: Understanding, not_understood: Sequence[str]) -> Interpretation:
    """Return everything that was read from the question and how surely.

    `company_confidence`: "exact" by a name of the index, "likely" by one a letter away, "none". `period_confidence`:
    "named" in the question, "assumed" as the newest there is, "none". `not_understood` are words that say what is asked
    about and stand in no passage.
    """
    return {
        "text": asked.text,
        "companies": list(asked.companies or asked.likely_companies),
        "company_confidence": "exact" if asked.companies else "likely" if asked.likely_companies else "none",
        "forms": list(asked.forms),
        "fiscal_years": list(asked.fiscal_years),
        "assumed_fiscal_year": asked.assumed_year,
        "fiscal_quarter": asked.fiscal_quarter,
        "period_ends": [day.isoformat() for day in asked.period_ends],
        "period_confidence": _period_confidence(asked),
        "statements": [statement.value for statement in asked.statements],
        "metrics": list(asked.metrics),
        "topics": list(asked.topics),
        "not_understood": list(not_understood),
    }


def _period_confidence(asked: Understanding) -> str:
    if asked.fiscal_years or asked.period_ends:
        return "named"
    return "assumed" if asked.assumed_year else "none"
