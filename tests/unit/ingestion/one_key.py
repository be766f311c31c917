"""One key and what may be asked about it."""

from typing import Any

from raglite.ingestion.synchronize import Outcome, synchronize
from raglite.model import DocumentVersion
from raglite.ports import Services
from raglite.retrieval.query import query
from tests.fakes.parser import report
from tests.fakes.services import ANALYST, POLICY, World

KEY = "reports/a b+c%20é 财.pdf"
OLD = report("Orchard Mills, Inc.", 2022, "Revenue was 100 million.", "Debt was 7 million.")
NEW = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.", "Debt was 9 million.")


def upload(world: World, body: bytes, key: str = KEY) -> str:
    return world.upload(key, body).version_id


def sync(world: World, key: str = KEY, **replaced: Any) -> Outcome:
    return synchronize(key, world.services(**replaced), POLICY)


def record(world: World, version_id: str, key: str = KEY) -> DocumentVersion:
    found = world.registry.find(key, version_id)
    assert found is not None
    return found


def visible(world: World, key: str = KEY) -> set[str]:
    """Return the versions of a key that are answered from now."""
    commit = world.registry.commit_number()
    return {s.point.version_id for s in world.index.stored.values() if s.point.key == key and s.visible(commit)}


def found(services: Services, text: str = "What was revenue?") -> list[str]:
    return [result.excerpt for result in query(text, services, ANALYST).results]
