"""The pages of documents: the list with its states, and one document with its versions and what became of each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from raglite.model import DocumentVersion, VersionState
from raglite.page.markup import Markup, Part, number, table, tag
from raglite.ports import Principal
from raglite.retrieval.citation import describe
from raglite.server.console import DOCUMENT, DOCUMENTS, REPLAY, TRACE
from raglite.server.console.layout import chip, facts, field, page
from raglite.server.console.picture import page_address
from raglite.server.scopes import Scope, permits

ON_THE_WAY = frozenset({VersionState.RECEIVED, VersionState.PROCESSING})
TONES = {VersionState.SEARCHABLE: "good", VersionState.QUARANTINED: "bad"} | dict.fromkeys(ON_THE_WAY, "warn")
ORDER = (*ON_THE_WAY, VersionState.SEARCHABLE, VersionState.QUARANTINED, VersionState.SUPERSEDED, VersionState.DELETED)


def documents(
    found: Sequence[DocumentVersion],
    following: str | None,
    tally: Counter[VersionState],
    asked: dict[str, str],
    who: Principal,
) -> str:
    """Return a part of the list; it goes on by itself while something is on its way."""
    rows = [_row(one) for one in found]
    head = ("Document", "Filing", "State", tag("th", "Pages", class_="n"), "Uploaded")
    body: list[Part] = [_search(asked), _tally(tally)]
    body.append(table(head, rows) if rows else tag("p", _nothing(asked)))
    if following:
        body.append(tag("p", tag("a", "More", href=f"{DOCUMENTS}?{urlencode({**asked, 'cursor': following})}")))
    return page("Documents", body, who, DOCUMENTS, live=any(one.state in ON_THE_WAY for one in found))


def document(history: Sequence[DocumentVersion], who: Principal, now: datetime) -> str:
    """Return one document's versions, newest first, of which there is one at least."""
    versions = [_version(one, who, now) for one in history]
    again = None
    if permits(who, (Scope.ADMIN,)) and any(one.state is VersionState.QUARANTINED for one in history):
        again = _replay(history[0].key)
    return page(history[0].key, [again, *versions], who, live=any(one.state in ON_THE_WAY for one in history))


def _search(asked: dict[str, str]) -> Markup:
    states = [
        tag("option", state or "any", value=state, **({"selected": ""} if asked.get("state", "") == state else {}))
        for state in ("", *(state.value for state in VersionState))
    ]
    chosen = tag(
        "p", tag("label", "State", for_="state"), tag("select", states, id="state", name="state"), class_="field"
    )
    words = field("Company or name", "q", value=asked.get("q", ""), maxlength="200", type="search")
    return tag("form", words, chosen, tag("button", "Show"), method="get", action=DOCUMENTS, class_="fields")


def _nothing(asked: dict[str, str]) -> str:
    if any(asked.values()):
        return "No document is like that. Leave out the name or the state to see more."
    return "There is no document yet. Put one into the bucket, or ask an agent to bring one in."


def _tally(tally: Counter[VersionState]) -> Markup:
    return tag(
        "p", [[chip(f"{tally[state]:,} {state.value}", TONES.get(state, "")), " "] for state in ORDER if tally[state]]
    )


def _row(one: DocumentVersion) -> Iterator[Part]:
    filing = one.filing
    yield tag("a", filing.company or one.key, href=f"{DOCUMENT}?{urlencode({'key': one.key})}")
    yield describe(filing)
    yield [chip(one.state.value, TONES.get(one.state, "")), _reason(one)]
    yield number(f"{one.pages_total:,}" if one.pages_total else "")
    yield _moment(one.uploaded)


def _reason(one: DocumentVersion) -> Part:
    return tag("span", " ", one.reason_sentence, class_="soft") if one.reason_sentence else None


def _version(one: DocumentVersion, who: Principal, now: datetime) -> Markup:
    head = tag("h2", describe(one.filing) or "Version", " ", chip(one.state.value, TONES.get(one.state, "")))
    why = tag("p", one.reason_sentence, class_="note strong") if one.reason_sentence else None
    opened = (
        tag("a", "Look at page 1", href=page_address(one.key, one.version_id, 1)) if one.committed is not None else None
    )
    trace: Part = one.trace_id
    if one.trace_id and permits(who, (Scope.ADMIN,)):
        trace = tag("a", one.trace_id, href=f"{TRACE}?id={one.trace_id}")
    missing = ", ".join(map(str, one.pages_missing))
    known: list[tuple[str, Part]] = [
        ("Company", one.filing.company),
        ("Period ends", str(one.filing.period_end or "")),
        ("Uploaded", _moment(one.uploaded)),
        ("Pages", f"{one.pages_total:,}" if one.pages_total else None),
        ("Pages not searchable", missing),
        ("Passages", f"{one.chunks:,}" if one.chunks else None),
        ("Attempts", str(one.attempts) if one.attempts else None),
        ("Version", tag("code", one.version_id)),
        ("Trace", trace),
    ]
    return tag("article", head, why, _way(one, now), facts(known), opened)


def _way(one: DocumentVersion, now: datetime) -> Markup:
    """When it entered each state, in order, and how long the last one has lasted if it goes on."""
    entered = sorted(one.transitions.items(), key=lambda step: step[1])
    steps = [tag("li", chip(state.value, TONES.get(state, "")), " ", _moment(at)) for state, at in entered]
    if one.state in ON_THE_WAY:
        since = one.transitions.get(one.state) or one.uploaded or now
        steps.append(tag("li", f"for {spoken(now - since)}", class_="soft", role="status"))
    done = [tag("li", f"{name} {seconds:.1f} s", class_="soft") for name, seconds in one.stage_seconds.items()]
    return tag("ol", steps, done, class_="way")


def _replay(key: str) -> Markup:
    hint = "If what was wrong was not the document's fault, have it tried again, as if for the first time. "
    hidden = tag("input", type="hidden", name="key", value=key)
    return tag(
        "form", tag("p", hint), hidden, tag("button", "Try it again"), method="post", action=REPLAY, class_="again"
    )


def spoken(time: timedelta) -> str:
    """Return a length of time in its largest unit."""
    seconds = max(0, int(time.total_seconds()))
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}{'s' if seconds >= 2 * length else ''}"
    return f"{seconds} s"


def _moment(at: datetime | None) -> Part:
    return tag("time", f"{at:%Y-%m-%d %H:%M:%S}", datetime=at.isoformat()) if at else None
