"""What a caller may ask with a question. What is out of range is refused in the use case, the same at every door."""

from typing import Annotated

from pydantic import Field

from raglite.model import Filters, Frozen

TOP_K = 5
MOST_RESULTS = 50

QueryText = Annotated[
    str,
    Field(
        description="The question in plain words. Name the company, the fiscal period and the figure or topic it is "
        "about, e.g. 'What was Acme's capital expenditure in fiscal 2023?'"
    ),
]
TopK = Annotated[
    int,
    Field(
        description=f"How many passages to return, best first, at most one per page; 1 to {MOST_RESULTS}.",
        json_schema_extra={"minimum": 1, "maximum": MOST_RESULTS},
    ),
]
OptionalFilters = Annotated[
    Filters | None,
    Field(
        description="Limit the search to companies, forms (such as 10-K), fiscal years or document ids. Leave it out "
        "unless the user insists: what the question names is preferred anyway."
    ),
]
AsOf = Annotated[
    str | None,
    Field(
        description="Answer from what was answered from at that moment: the versions of the documents that were "
        "searchable then, whatever was uploaded, replaced or deleted since. A date such as 2026-03-31 means its end in "
        "UTC; a date and time such as 2026-03-31T17:30:00+02:00 may be given too. It is no fiscal period: name that in "
        "the question. Leave it out to ask about now."
    ),
]


class Question(Frozen):
    """What a caller asks. `as_of` is as retrieval.moments reads it."""

    query: QueryText
    top_k: TopK = TOP_K
    filters: OptionalFilters = None
    as_of: AsOf = None
