"""What the shell offers for a value while it is typed: what is there, asked for a moment; nothing where that fails.

Keys come from the registry, with AWS credentials, as for the verbs that take them; companies, forms and periods come
from the service, with the API key.
"""

import io
import threading
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, suppress

import typer

from raglite.cli.outside import Outside, reached
from raglite.cli.terminal import answers_apart
from raglite.model import DocumentVersion, VersionState
from raglite.recovery.drills.sabotages import SABOTAGES
from raglite.recovery.drills.scenarios import SCENARIOS
from raglite.release.policy import ENVIRONMENTS

PATIENCE = 3.0  # seconds: longer than a registry takes to answer, shorter than a person waits for a word
MOST = 500  # documents that the service lists at once
Words = Iterable[str]


def keys(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the documents' keys."""
    return _offered(ctx, incomplete, lambda reach: (one.key for one in reach.services.registry.documents()))


def quarantined_keys(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the keys that can be replayed."""

    def found(reach: Outside) -> Words:
        every = reach.services.registry.documents()
        return (one.key for one in every if one.state is VersionState.QUARANTINED)

    return _offered(ctx, incomplete, found)


def companies(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return whose documents there are."""
    return _offered(ctx, incomplete, lambda reach: (one.filing.company or "" for one in _listed(reach)))


def forms(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return which forms there are."""
    return _offered(ctx, incomplete, lambda reach: (one.filing.form or "" for one in _listed(reach)))


def years(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return of which fiscal years there are documents."""
    return _offered(ctx, incomplete, lambda reach: (str(one.filing.fiscal_year or "") for one in _listed(reach)))


def periods(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return of which periods there are documents, of the company if one is given."""
    company = str(ctx.params.get("company") or "").casefold()

    def found(reach: Outside) -> Words:
        own = (one.filing for one in _listed(reach) if company in (one.filing.company or "").casefold())
        return (_period(one.fiscal_year, one.fiscal_quarter) for one in own if one.fiscal_year)

    return _offered(ctx, incomplete, found)


def backups(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the complete backups."""
    return _offered(ctx, incomplete, lambda reach: reach.recovery.store.complete())


def drills(incomplete: str) -> list[str]:
    """Return the drills' names."""
    return _fitting(SCENARIOS, incomplete)


def sabotages(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return what spoils the drill that is named."""
    given = {ctx.params.get("name"), *ctx.args}  # which it is while the option still lacks its value
    return _fitting((one.name for one in SABOTAGES.values() if one.scenario in given), incomplete)


def environments(incomplete: str) -> list[str]:
    """Return what may be promoted to."""
    return _fitting(ENVIRONMENTS, incomplete)


def _listed(reach: Outside) -> list[DocumentVersion]:
    found = reach.service.fetch("GET", f"/api/documents?limit={MOST}")
    return [DocumentVersion.model_validate(one) for one in found["documents"]]


def _period(year: int | None, quarter: int | None) -> str:
    return f"Q{quarter} FY{year}" if quarter else f"FY{year}"


def _fitting(words: Words, incomplete: str) -> list[str]:
    return sorted({word for word in words if word and word.startswith(incomplete)})


def _offered(ctx: typer.Context, incomplete: str, look: Callable[[Outside], Words]) -> list[str]:
    """Look in a thread that nobody waits for longer than PATIENCE; stdout and stderr are the shell's."""
    found: list[str] = []

    def looking() -> None:
        with suppress(Exception):  # whoever types must not be shown why there is nothing to offer
            found.extend(_fitting(look(reached(ctx)), incomplete))

    with answers_apart(), redirect_stderr(io.StringIO()):
        thread = threading.Thread(target=looking, daemon=True)
        thread.start()
        thread.join(PATIENCE)
    return list(found)
