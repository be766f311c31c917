"""The collections, damaged by hand."""

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from qdrant_client import QdrantClient, models

from raglite.adapters.qdrant_errors import missing, translated
from raglite.adapters.qdrant_points import of_version
from raglite.ports.drills import Undo

PAGE = 256  # points
BETWEEN = "-for-"  # an alias's stem, and the space that it is for
INDEXED = "statement"  # a payload index that questions use and nothing else needs


class QdrantLevers:
    """Points, over the collections of one alias."""

    def __init__(self, client: QdrantClient, alias: str) -> None:
        self._client = client
        self._alias = alias

    @classmethod
    def connect(cls, url: str, api_key: str | None, alias: str) -> "QdrantLevers":
        """Return levers over REST; nothing is sent yet."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Api key is used with an insecure connection")
            return cls(QdrantClient(url=url, api_key=api_key, timeout=20, check_compatibility=False), alias)

    def drop_collections(self) -> int:
        """Delete every collection that one of our aliases leads to, or that is named like one."""
        with translated(self._alias):
            names = {one.name for one in self._client.get_collections().collections}
            behind = {name for alias, name in self._aliases().items() if self._is_ours(alias)}
            ours = {name for name in names if name in behind or name.startswith(f"{self._alias}-")}
            for name in sorted(ours):
                self._client.delete_collection(name)
        return len(ours)

    def remove_alias(self) -> Undo:
        """Remove the alias that the live collection is known by in its space; returns what puts it back."""
        live = self._live()
        alias = next(alias for alias, name in self._aliases().items() if name == live and BETWEEN in alias)
        made = models.CreateAliasOperation(create_alias=models.CreateAlias(collection_name=live, alias_name=alias))
        removed = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
        self._change(removed)
        return lambda: self._change(made)

    def remove_payload_index(self) -> Undo:
        """Remove a payload index of the live collection; returns what puts it back."""
        live = self._live()
        with translated(live):
            schema = self._client.get_collection(live).payload_schema[INDEXED].data_type
            self._client.delete_payload_index(live, INDEXED, wait=True)

        def put_back() -> None:
            with translated(live):
                self._client.create_payload_index(live, INDEXED, schema, wait=True)

        return put_back

    def remove_document(self, key: str) -> int:
        """Remove all points of a key from the live collection, and return how many that were."""
        return self._remove(self._live(), models.Filter(must=of_version(key)))

    def remove_every_other(self, name: str) -> int:
        """Remove every other point of a collection, and return how many that were."""
        gone = list(self._ids(name))[::2]
        with translated(name):
            self._client.delete(name, models.PointIdsList(points=gone), wait=True)
        return len(gone)

    def _remove(self, name: str, which: models.Filter) -> int:
        with translated(name):
            count = self._client.count(name, which, exact=True).count
            self._client.delete(name, models.FilterSelector(filter=which), wait=True)
        return count

    def _ids(self, name: str) -> Iterator[Any]:
        offset: Any = None
        while True:
            with translated(name):
                found, offset = self._client.scroll(name, limit=PAGE, offset=offset, with_payload=False)
            yield from (one.id for one in found)
            if offset is None:
                return

    def _live(self) -> str:
        found = self._aliases().get(self._alias)
        if found is None:
            raise missing(self._alias)
        return found

    def _aliases(self) -> dict[str, str]:
        with translated(self._alias):
            return {one.alias_name: one.collection_name for one in self._client.get_aliases().aliases}

    def _is_ours(self, alias: str) -> bool:
        return alias == self._alias or alias.startswith(f"{self._alias}{BETWEEN}")

    def _change(self, *operations: Any) -> None:
        changes: Sequence[Any] = operations
        with translated(self._alias):
            self._client.update_collection_aliases(list(changes))
