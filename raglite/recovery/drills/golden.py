"""Questions whose answers are fixed while all is well. Nothing of them is written down beforehand."""

from collections.abc import Iterable
from dataclasses import dataclass

from raglite.model import VersionState
from raglite.ports import DocumentRegistry, DocumentStore
from raglite.ports.drills import Door
from raglite.recovery.drills.journal import Kind
from raglite.recovery.drills.judging import Expected, judge

MOST = 4  # questions about documents that were there before the drill
WORDS = 28  # from a passage's middle that is asked for again: its beginning is often that of other pages, too
CLEAR = 1.05  # times the next one's is the score of one that leads clearly: what is written meanwhile moves both
LOOKED_AT = 12


@dataclass(frozen=True, slots=True)
class Golden:
    """A question, and what its first result is."""

    question: str
    expected: Expected


def about_what_is_there(door: Door, registry: DocumentRegistry, prefix: str) -> list[Golden]:
    """Return questions about documents that were there before, in the words of their own passages.

    Documents whose key begins with `prefix` are the drill's own. What is not answered the same way twice is left out.
    The shortest are asked about: of few pages each is among the results, in whatever order.
    """
    records = [
        one
        for one in registry.documents()
        if one.state is VersionState.SEARCHABLE and not one.key.startswith(prefix) and one.chunks
    ]
    records.sort(key=lambda one: (one.pages_total, one.key))
    shortest = records[:LOOKED_AT]
    found = (_asked(door, one.filing.company or one.key, str(one.document_id)) for one in shortest)
    return [one for one in found if one is not None][:MOST]


def is_held(documents: DocumentStore, expected: Expected) -> bool:
    """Whether the bucket has the version that a question expects."""
    return any(one.version_id == expected.version_id for one in documents.versions(expected.key))


def all_right(door: Door, golden: Iterable[Golden]) -> list[str]:
    """Return what is wrong with the answers now, a sentence each."""
    verdicts = [judge(door.ask(one.question, one.expected.document_id), one.expected, lambda: True) for one in golden]
    return [one.sentence for one in verdicts if one.kind is not Kind.RIGHT]


def _asked(door: Door, company: str, document_id: str) -> Golden | None:
    """Find a passage, ask for it in its own words, and keep the question if it comes first twice, and clearly."""
    passage = _leading(door, f"What does {company} report?", document_id, lead=0)
    if passage is None:
        return None
    question = f"Where does {company} say: {_quoted(passage.excerpt or '')}?"
    for _ in range(2):
        if _leading(door, question, document_id, CLEAR) != passage:
            return None
    return Golden(question, passage)


def _quoted(passage: str) -> str:
    words = passage.split()
    before = max(0, len(words) - WORDS) // 2
    return " ".join(words[before : before + WORDS])


def _leading(door: Door, question: str, document_id: str, lead: float) -> Expected | None:
    """Return the first result as an expectation; None without any that leads so, and if there seems to be no answer."""
    body = door.ask(question, document_id).body
    if not body.get("results") or body.get("abstained"):
        return None
    result, *others = body["results"]
    if others and result["score"] < lead * others[0]["score"]:
        return None
    document = result["document"]
    return Expected(document["key"], str(document["id"]), document["version_id"], result["page"], result["excerpt"])
