"""Whether an answer was right, clearly refused, or wrong. Anything that is neither of the first two is wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from raglite.ports.drills import Reply
from raglite.recovery.drills.journal import Kind

OK = 200
UNFORESEEN = "internal_error"  # code of what the service has no word for: it has failed, not refused
AT_THE_DOOR = {502, 503, 504}  # the load balancer's own words for "nobody behind me answers"


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer must cite: the first result this version, and among the results this page and passage of it.

    Not first of all: what is written meanwhile changes how rare words are, and with it the order of near passages.
    `page` and `excerpt` None: any. `figure`, if given, must stand in the passage.
    """

    key: str
    document_id: str
    version_id: str
    page: int | None = None
    excerpt: str | None = None
    figure: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer was, and of one that was not right, why."""

    kind: Kind
    sentence: str = ""


def judge(reply: Reply, expected: Expected, is_held: Callable[[], bool]) -> Verdict:
    """Return what a reply is. `is_held`, asked only if need be: whether the bucket still has the expected version."""
    if reply.status is None:
        return Verdict(Kind.REFUSED, reply.sentence or "nobody answered")
    if reply.status != OK:
        return _refusal(reply)
    results, abstained = reply.body.get("results") or (), bool(reply.body.get("abstained"))
    if results and not abstained and _is_of(results[0], expected) and any(_fits(one, expected) for one in results):
        return Verdict(Kind.RIGHT)
    if (not results or abstained) and not is_held():
        return Verdict(Kind.REFUSED, f"{expected.key} is in the bucket no longer, and nothing was made up")
    told = _told(results, reply.body)
    return Verdict(Kind.WRONG, f"asked of {expected.key} ({expected.version_id}), answered {told}")


def _refusal(reply: Reply) -> Verdict:
    error = reply.body.get("error")
    if isinstance(error, Mapping) and error.get("code") == UNFORESEEN:
        return Verdict(Kind.WRONG, f"{reply.status}, an error that nobody has foreseen")
    if reply.sentence or reply.status in AT_THE_DOOR:
        return Verdict(Kind.REFUSED, f"{reply.status} {reply.sentence}".strip())
    return Verdict(Kind.WRONG, f"{reply.status} without a word why")


def _is_of(result: Mapping[str, Any], expected: Expected) -> bool:
    document = result["document"]
    return (str(document["id"]), document["version_id"]) == (expected.document_id, expected.version_id)


def _fits(result: Mapping[str, Any], expected: Expected) -> bool:
    page = expected.page is None or result["page"] == expected.page
    excerpt = expected.excerpt is None or result["excerpt"] == expected.excerpt
    figure = expected.figure is None or expected.figure in result["excerpt"]
    return _is_of(result, expected) and page and excerpt and figure


def _told(results: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> str:
    if not results:
        return f"that there is nothing ({body.get('abstained_because') or 'no results'})"
    cited = ", ".join(f"{one['document']['key']} ({one['document']['version_id']}) p. {one['page']}" for one in results)
    because = f", abstaining: {body.get('abstained_because')}" if body.get("abstained") else ""
    return f"from {cited}{because}"
