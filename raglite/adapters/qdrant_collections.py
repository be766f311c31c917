"""Qdrant's collections and the aliases that lead to them.

| name                    | is                                                                        |
|-------------------------|---------------------------------------------------------------------------|
| `ALIAS-<spec digest>`   | a collection; the spec is kept whole in its metadata, and only there: one |
|                         | that was restored may have any name                                       |
| `ALIAS`                 | an alias, of the live collection                                          |
| `ALIAS-for-<space>`     | an alias, of the collection that questions of an embedding space go to    |

`ALIAS` is the setting `collection`. Qdrant resolves an alias with every request and changes several at once, so a
question goes to exactly one collection, and to one that its vector can be compared with.
"""

from collections.abc import Container, Iterable
from itertools import chain, count

from qdrant_client import QdrantClient, models

from raglite.adapters.qdrant_errors import unless_there
from raglite.adapters.qdrant_parameters import DEFAULTS, creation, dense
from raglite.adapters.qdrant_points import PAYLOAD_INDEXES
from raglite.errors import ConfigurationError
from raglite.model import CollectionParameters, EmbeddingSpec
from raglite.ports import Built

SHORT = 12  # hex digits of a digest in a name


class QdrantCollections:
    """All collections of one alias. Raises what the client does."""

    def __init__(self, client: QdrantClient, alias: str, parameters: CollectionParameters = DEFAULTS) -> None:
        self._client = client
        self._alias = alias
        self._parameters = parameters

    def live(self) -> Built | None:
        """Return the live collection; None if there is none."""
        return self.behind(self._alias)

    def led_to(self) -> str | None:
        """Return the name of the collection that the alias leads to; None if there is no such alias."""
        return self._aliases().get(self._alias)

    def behind(self, name: str) -> Built | None:
        """Return the collection of a name or an alias; None if there is none."""
        aliases = self._aliases()
        if name not in aliases and not self._client.collection_exists(name):
            return None
        return self._described(aliases.get(name, name))

    def asked(self, spec: EmbeddingSpec) -> Built | None:
        """Return the collection that questions embedded with a spec go to, the live one if no alias says so."""
        aliases = self._aliases()
        name = aliases.get(self._for(spec)) or aliases.get(self._alias)
        return None if name is None else self._described(name)

    def asked_by(self, spec: EmbeddingSpec, live: Built) -> str:
        """Return the alias for a spec's questions; made here where the live collection is from before there was one."""
        alias = self._for(spec)
        if alias not in self._aliases() and live.spec.space == spec.space:
            self._point({alias: live.name})
        return alias

    def begin(self, spec: EmbeddingSpec) -> Built:
        """Make the first collection, the live one; who begins together begins the same one."""
        made = self.create(spec, self._of(spec))
        self.switch(made)
        return made

    def unknown(self, spec: EmbeddingSpec) -> str:
        """Return a name for a collection of a spec that is none's, or an empty one's that nobody is led to."""
        led_to = set(self._aliases().values())
        numbered = (f"{self._of(spec)}-{number}" for number in count(2))
        return next(name for name in chain([self._of(spec)], numbered) if self._is_unknown(name, spec, led_to))

    def create(self, spec: EmbeddingSpec, name: str) -> Built:
        """Make a collection of a spec with its payload indexes, as far as it is not there.

        One that is there keeps its parameters. ConfigurationError if there is one of that name with another spec.
        """
        if not self._client.collection_exists(name):
            with unless_there():
                self._client.create_collection(
                    name,
                    vectors_config={"dense": dense(spec.dimensions, self._parameters)},
                    sparse_vectors_config={"bm25": models.SparseVectorParams(modifier=models.Modifier.IDF)},
                    metadata={"embedding_spec": spec.digest, "spec": spec.model_dump(mode="json")},
                    **creation(self._parameters),
                )
        if self._described(name).spec != spec:
            raise ConfigurationError(f"There is a collection {name} with another embedding spec: choose another name.")
        for field, schema in PAYLOAD_INDEXES.items():
            self._client.create_payload_index(name, field, schema, wait=True)
        return Built(name=name, spec=spec)

    def switch(self, to: Built) -> None:
        """Lead the alias of the live collection, and that of its space, to a collection, in one request."""
        self._point({self._alias: to.name, self._for(to.spec): to.name})

    def _point(self, wanted: dict[str, str]) -> None:
        """Lead aliases to collections, all at once; what leads there already is left alone."""
        known = self._aliases()
        changed = {alias: name for alias, name in wanted.items() if known.get(alias) != name}
        if changed:
            self._client.update_collection_aliases([*_removed(changed.keys() & known.keys()), *_made(changed)])

    def _described(self, name: str) -> Built:
        spec = (self._client.get_collection(name).config.metadata or {}).get("spec")
        if spec is None:
            raise ConfigurationError(f"Nothing says what the collection {name} was built with: is it ours?")
        return Built(name=name, spec=EmbeddingSpec.model_validate(spec))

    def _is_unknown(self, name: str, spec: EmbeddingSpec, led_to: Container[str]) -> bool:
        if not self._client.collection_exists(name):
            return True
        return name not in led_to and self._described(name).spec == spec and not self._client.count(name).count

    def _of(self, spec: EmbeddingSpec) -> str:
        return f"{self._alias}-{spec.digest[:SHORT]}"

    def _for(self, spec: EmbeddingSpec) -> str:
        return f"{self._alias}-for-{spec.space[:SHORT]}"

    def _aliases(self) -> dict[str, str]:
        return {one.alias_name: one.collection_name for one in self._client.get_aliases().aliases}


def _removed(aliases: Iterable[str]) -> list[models.DeleteAliasOperation]:
    return [models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias)) for alias in sorted(aliases)]


def _made(aliases: dict[str, str]) -> list[models.CreateAliasOperation]:
    pairs = [models.CreateAlias(collection_name=name, alias_name=alias) for alias, name in aliases.items()]
    return [models.CreateAliasOperation(create_alias=pair) for pair in pairs]
