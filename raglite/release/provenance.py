"""Whether evidence is of this code, whole, recent, and made with what is locked."""

from collections import Counter
from collections.abc import Iterator

from raglite.evaluation.runs import some
from raglite.release.case import Case
from raglite.release.checkout import Checkout
from raglite.release.policy import CLOCK_SKEW, TOOLS
from raglite.release.refusals import Refusal, Why


def kinds(case: Case) -> Iterator[Refusal]:
    """Every kind must be there once."""
    found = Counter(one.kind for one in case.evidence)
    for kind in case.policy.kinds:
        if not found[kind]:
            yield Refusal(Why.KIND_MISSING, f"There is no evidence of kind {kind}: `make evidence KINDS={kind}`.")
    for kind, times in found.items():
        if times > 1:
            yield Refusal(
                Why.KIND_TWICE,
                f"{times} files are of kind {kind}: keep one, so that nobody chooses the better.",
            )


def commits(case: Case) -> Iterator[Refusal]:
    """All evidence must be of the commit that is checked out, and of nothing else."""
    head = case.checkout.git_sha
    if case.checkout.changed:
        yield changed(case.checkout)
    if len({one.git_sha for one in case.evidence}) > 1:
        yield Refusal(
            Why.MIXED_SHAS,
            "The evidence is of several commits: "
            + ", ".join(f"{one.kind} of {one.git_sha[:12]}" for one in case.evidence)
            + ". Measure one.",
        )
    for one in case.evidence:
        if one.git_sha != head:
            yield Refusal(
                Why.OTHER_SHA,
                f"{one.kind} is of commit {one.git_sha[:12]}, not of {head[:12]}: measure this commit.",
            )
        if one.dirty:
            yield Refusal(
                Why.TREE_DIRTY,
                f"{one.kind} was measured on a tree that differed from its commit ({some(one.dirty)}): "
                "measure a clean one.",
            )


def changed(checkout: Checkout) -> Refusal:
    """Return what speaks against a tree that differs from its commit."""
    return Refusal(
        Why.CHECKOUT_DIRTY,
        f"The checkout differs from its commit ({some(checkout.changed)}), so its rules are nobody's: "
        "commit or undo that.",
    )


def times(case: Case) -> Iterator[Refusal]:
    """Evidence must be of the past, in order, and of late."""
    for one in case.evidence:
        if any(later < earlier for earlier, later in zip(one.times, one.times[1:], strict=False)):
            yield Refusal(
                Why.OUT_OF_ORDER,
                f"{one.kind} names times that cannot follow each other: the clock was set, or the file was "
                "written by hand. Measure again.",
            )
        if max(one.times) > case.now + CLOCK_SKEW:
            yield Refusal(
                Why.IN_THE_FUTURE,
                f"{one.kind} ended at {max(one.times):%F %T%z}, which is yet to come: set the clocks, measure again.",
            )
        if case.now - one.started > case.policy.max_age:
            hours = case.policy.max_age.total_seconds() / 3600
            yield Refusal(
                Why.STALE,
                f"{one.kind} was begun at {one.started:%F %T%z}, more than {hours:g} hours ago: measure again.",
            )


def locks(case: Case) -> Iterator[Refusal]:
    """Evidence must be made with the packages that this tree locks."""
    for one in case.evidence:
        known = case.checkout.locks
        if differing := sorted(
            name for name in known.keys() | one.locks.keys() if known.get(name) != one.locks.get(name)
        ):
            yield Refusal(
                Why.LOCK_DIFFERS,
                f"{one.kind} was measured with another {some(differing)} than this tree's: measure again.",
            )
        if installed := [f"{package} ({lock})" for lock, found in one.off_lock.items() for package in found]:
            yield Refusal(
                Why.OFF_LOCK,
                f"{one.kind} was measured with packages of other versions than locked ({some(installed)}): "
                "`make clean setup`, and measure again.",
            )


def tools(case: Case) -> Iterator[Refusal]:
    """Every kind must name its tools, and all kinds must have used the same."""
    for tool in TOOLS:
        versions = {one.kind: one.tools.get(tool, "") for one in case.evidence}
        if nameless := [kind for kind, version in versions.items() if not version]:
            yield Refusal(
                Why.TOOL_UNNAMED,
                f"{some(nameless)} does not say which {tool} it was measured with: `make setup`, and measure again.",
            )
        if len(set(versions.values()) - {""}) > 1:
            yield Refusal(
                Why.TOOLS_DIFFER,
                f"The kinds were not measured with one {tool}: "
                + ", ".join(f"{kind} with {version}" for kind, version in versions.items())
                + ". Measure all with the same.",
            )


def images(case: Case) -> Iterator[Refusal]:
    """Each image that is deployed must be named, by one digest."""
    named: dict[str, set[str]] = {}
    for one in case.evidence:
        for name, digest in one.images.items():
            named.setdefault(name, set()).add(digest)
    if missing := [name for name in case.policy.images if name not in named]:
        yield Refusal(
            Why.IMAGE_MISSING,
            f"No evidence names the digest of {some(missing)}: `make image` before `make evidence`.",
        )
    for name, digests in named.items():
        if len(digests) > 1:
            yield Refusal(
                Why.IMAGES_DIFFER,
                f"{name} has several digests ({some(sorted(digests))}): build it once, and measure that.",
            )
