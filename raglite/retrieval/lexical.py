"""BM25 as sparse vectors: the passage side carries term frequency and length, the index multiplies by IDF.

Weight of a term in a passage (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009, eq. 3.15):
tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average_length)). The average length is a constant and not the
corpus's own, so that a score does not drift as documents come and go.
"""

import re
import threading
import unicodedata
from collections import Counter
from functools import lru_cache
from hashlib import blake2b

import Stemmer

from raglite.ports import SparseVector

K1 = 1.2
B = 0.75
AVERAGE_LENGTH = 120.0  # terms: a chunk of the default model's window of 256 tokens, stop words left out
LONGEST_TERM = 40  # characters: a longer run is no word that anybody asks for
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:[&'\u2019][^\W\d_]+)*|\d+", re.UNICODE)
STOP_WORDS = frozenset(
    "a an and are as at be been by did do does for from had has have he her his how if in into is it its of on or our "
    "she so such than that the their them then there these they this those to was we were what when where which while "
    "who whom whose why will with would you your s t".split()
)
_local = threading.local()


def terms(text: str) -> list[str]:
    """Return the text's terms in order: numbers without group separators, words stemmed, stop words left out."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    found = (match.group() for match in _WORD.finditer(folded))
    return [_term(word) for word in found if word not in STOP_WORDS and len(word) <= LONGEST_TERM]


def passage_vector(text: str) -> SparseVector:
    """Return a passage's BM25 weights, IDF left to the index."""
    counts = Counter(terms(text))
    norm = K1 * (1 - B + B * counts.total() / AVERAGE_LENGTH)
    return _sparse({term: n * (K1 + 1) / (n + norm) for term, n in counts.items()})


def query_vector(text: str) -> SparseVector:
    """Return weight 1 for every distinct term of a question."""
    return _sparse(dict.fromkeys(terms(text), 1.0))


@lru_cache(maxsize=200_000)
def _term(word: str) -> str:
    if word[0].isdigit():
        return word.replace(",", "")
    return str(_stemmer().stemWord(word.replace("\u2019", "'").removesuffix("'s")))


def _stemmer() -> Stemmer.Stemmer:
    """One stemmer a thread: PyStemmer's are not safe to share."""
    if not hasattr(_local, "stemmer"):
        _local.stemmer = Stemmer.Stemmer("english")
    stemmer: Stemmer.Stemmer = _local.stemmer
    return stemmer


@lru_cache(maxsize=200_000)
def term_id(term: str) -> int:
    """Return a term's id: 32 bits of BLAKE2b, the same in every process and for ever."""
    return int.from_bytes(blake2b(term.encode(), digest_size=4).digest(), "big")


def _sparse(weights: dict[str, float]) -> SparseVector:
    """Two terms that share an id (about one pair in a vocabulary of 90,000) share the larger weight."""
    by_id: dict[int, float] = {}
    for term, weight in weights.items():
        by_id[term_id(term)] = max(weight, by_id.get(term_id(term), 0.0))
    return SparseVector(tuple(sorted(by_id)), tuple(by_id[at] for at in sorted(by_id)))
