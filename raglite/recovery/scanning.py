"""The registry as it was at one commit number, read while others write to it."""

from raglite.errors import DependencyUnavailable
from raglite.ports.recovery import RegistryArchive
from raglite.recovery.items import COMMITS, place_of
from raglite.recovery.ledger import Ledger

MOST_LOOKS = 50  # at what has changed meanwhile: each takes less time than the one before, or nobody will ever be done
DOCUMENT = "document#"


def scan(registry: RegistryArchive, ledger: Ledger) -> int:
    """Read every item into the ledger and return the commit number that they belong to.

    A full reading takes time. What was committed meanwhile is read again, until nothing was. NotFound if there is no
    such table.
    """
    commit = registry.commit()
    _read_all(registry, ledger)
    for _ in range(MOST_LOOKS):
        now = registry.commit()
        if now == commit:
            _forget_unfinished(ledger, commit)
            return commit
        _catch_up(registry, ledger, commit, now)
        commit = now
    raise DependencyUnavailable("registry", f"changes faster than it can be read (commit {commit}); try again.")


def _read_all(registry: RegistryArchive, ledger: Ledger) -> None:
    ledger.clear_items()
    ledger.put_items(registry.items())


def _catch_up(registry: RegistryArchive, ledger: Ledger, since: int, now: int) -> None:
    """Read what the commits in between have changed, everything if one of them does not tell."""
    if now < since:
        raise DependencyUnavailable("registry", f"went back from commit {since} to {now}: is it being restored?")
    singles = list(registry.singles(since))
    made = [item for item in singles if item["pk"] == COMMITS and item["number"] <= now]
    if len(made) != now - since or not all("key" in item for item in made):
        _read_all(registry, ledger)
        return
    ledger.put_items(singles)
    for key in {item["key"] for item in made}:
        ledger.drop_items(DOCUMENT + key)
        ledger.put_items(registry.of_key(key))


def _forget_unfinished(ledger: Ledger, commit: int) -> None:
    """A commit that was being made may show before it moves the number; one that is missing shows a half reading."""
    numbers = 0
    for item in ledger.items():
        if item["pk"] == COMMITS and item["number"] > commit:
            ledger.drop_item(*place_of(item))
        numbers += item["pk"] == COMMITS and item["number"] <= commit
    if numbers != commit:
        raise DependencyUnavailable("registry", f"shows {numbers} of {commit} commits; try again.")
