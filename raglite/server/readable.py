"""An answer as text, for a model or a person: short, since the whole of it travels as structured content."""

from raglite.model import Answer, SearchResult

NOTHING = (
    "No passage was found. Ask again without filters, or name the company and the fiscal year as the documents do; "
    "if the documents are not indexed, no wording will help."
)
LONGEST_EXCERPT = 600  # characters


def readable(answer: Answer) -> str:
    """Return the passages in order, each with its label, address and the beginning of its excerpt."""
    if not answer.results:
        return NOTHING
    return "\n\n".join(_passage(place, result) for place, result in enumerate(answer.results, 1))


def _passage(place: int, result: SearchResult) -> str:
    excerpt = result.excerpt
    shown = excerpt if len(excerpt) <= LONGEST_EXCERPT else f"{excerpt[:LONGEST_EXCERPT].rsplit(None, 1)[0]} \u2026"
    return f"[{place}] {result.citation.label}\n{result.citation.uri}\n{shown}"
