"""What MCP clients offer while an argument is typed: documents, versions, pages, companies, periods, metrics."""

import re
from collections.abc import Iterable

import anyio.to_thread
from mcp_types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from raglite.model import DocumentVersion
from raglite.retrieval.figures.word_kinds import LEXICON, METRIC
from raglite.server.auth import principal
from raglite.server.desk import Desk

_WORD = re.compile(r"\w+")
MOST = 100  # that the protocol lets an answer have
Reference = PromptReference | ResourceTemplateReference


class Completions:
    """Completes arguments from the documents that the principal of a request may see, and from nothing else."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def completed(
        self, ref: Reference, argument: CompletionArgument, context: CompletionContext | None
    ) -> Completion:
        """Return what an argument may be, given those before it; nothing for one that nobody knows."""
        before = (context.arguments if context else None) or {}
        seen = await anyio.to_thread.run_sync(self._answered_from, limiter=self._desk.limiter)
        values = _values(argument, before, seen, of_prompt=isinstance(ref, PromptReference))
        return Completion(values=values[:MOST], total=len(values), has_more=len(values) > MOST)

    def _answered_from(self) -> tuple[DocumentVersion, ...]:
        catalog = self._desk.retriever.catalog
        return catalog.listing().in_force(catalog.commit(), principal().groups)


def _values(
    argument: CompletionArgument, before: dict[str, str], seen: Iterable[DocumentVersion], *, of_prompt: bool
) -> list[str]:
    typed = argument.value.strip().casefold()
    if of_prompt:
        return _of_prompt(argument.name, typed, before, seen)
    named = [one for one in seen if str(one.document_id) == before.get("document_id")]
    if argument.name == "document_id":
        return sorted({str(one.document_id) for one in seen if _is_meant(one, typed)})
    if argument.name == "version_id":
        return sorted(one.version_id for one in named if one.version_id.casefold().startswith(typed))
    if argument.name == "page":
        last = max((one.pages_total for one in named), default=0)
        return [str(page) for page in range(1, last + 1) if str(page).startswith(typed)]
    return []


def _of_prompt(name: str, typed: str, before: dict[str, str], seen: Iterable[DocumentVersion]) -> list[str]:
    if name == "company":
        return sorted({one.filing.company for one in seen if one.filing.company and _is_called(one, typed)})
    if name in {"period", "other_period"}:
        company = before.get("company", "").casefold()
        own = [one.filing for one in seen if company in (one.filing.company or "").casefold()]
        periods = {_period(one.fiscal_year, one.fiscal_quarter) for one in own if one.fiscal_year}
        return sorted((one for one in periods if one.casefold().startswith(typed)), reverse=True)
    if name == "metric":
        return sorted(
            words
            for words, meaning in LEXICON.meanings.items()
            if meaning.startswith(METRIC) and words.casefold().startswith(typed)
        )
    return []


def _is_meant(one: DocumentVersion, typed: str) -> bool:
    return str(one.document_id).startswith(typed) or _begins(one.key, typed) or _is_called(one, typed)


def _is_called(one: DocumentVersion, typed: str) -> bool:
    return any(_begins(name, typed) for name in (one.filing.company or "", *one.filing.names))


def _begins(name: str, typed: str) -> bool:
    """Tell whether a name, or one of its words and what follows, begins with what was typed."""
    folded = name.casefold()
    return any(folded.startswith(typed, word.start()) for word in _WORD.finditer(folded))


def _period(year: int | None, quarter: int | None) -> str:
    return f"Q{quarter} FY{year}" if quarter else f"FY{year}"
