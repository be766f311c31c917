"""How much of what a question is about the best of the pages found holds: rare words count more than common ones."""

import math
from collections.abc import Iterable, Sequence

from raglite.ports import FoundChunk
from raglite.retrieval.lexical import terms

RAREST = 3.0  # the most that a word weighs: in a found set of a hundred pages, a word of about four
OF_A_METRIC = 2.0  # what a metric or topic of the vocabulary weighs: every filing has words of its own for it


def covered(words: Iterable[str], known: int, pages: Sequence[str]) -> float:
    """Return the share, 0 to 1, of the weight of a question's words that one page holds; 1 where there are no words.

    `words` are those that no vocabulary knows, `known` is how many metrics and topics stand beside them; they count as
    held. `pages` are texts in lower case. A word weighs log((pages + 1) / (pages with it + 1/2)), at most RAREST.
    """
    holding = [[stands(word, page) for page in pages] for word in words]
    weights = [min(RAREST, math.log((len(pages) + 1) / (sum(held) + 0.5))) for held in holding]
    ours = known * OF_A_METRIC
    whole = sum(weights) + ours
    by_page = zip(*holding, strict=True)
    best = max((sum(w for w, held in zip(weights, page, strict=True) if held) for page in by_page), default=0.0)
    return (best + ours) / whole if whole else 1.0


def stands(word: str, text: str) -> bool:
    """Tell whether a word of a text in lower case begins as `word` does, inflected in any way."""
    return all(_begins(stem.removesuffix("i"), text) for stem in terms(word))


def page_texts(found: Iterable[FoundChunk]) -> tuple[str, ...]:
    """Return one text a page, in lower case: all that was found of it, and what stands above it."""
    pages: dict[tuple[str, int], list[FoundChunk]] = {}
    for one in found:
        pages.setdefault((one.key, one.chunk.page), []).append(one)
    return tuple(
        "\n".join(dict.fromkeys(part for one in page for part in (one.chunk.header, one.chunk.text))).lower()
        for page in pages.values()
    )


def _begins(stem: str, text: str) -> bool:
    at = text.find(stem)
    while at > 0 and text[at - 1].isalnum():
        at = text.find(stem, at + 1)
    return at >= 0
