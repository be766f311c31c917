"""Empty stores beside the running estate's, and commands and questions over them."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest

from raglite.bootstrap import bootstrap, recovery
from raglite.ports import Principal
from raglite.retrieval.query import Retriever
from raglite.retrieval.requests import Question
from raglite.settings import Settings
from tests.fakes.audit import FakeAudit
from tests.fakes.telemetry import FakeTelemetry
from tests.integration.estate import CLI, ROOT, Estate

CLIENTS: dict[tuple[str, str], Any] = {}
READER = Principal("tests", frozenset({"read"}))
Cited = list[tuple[str, str, int, str]]


@dataclass(frozen=True)
class Stores:
    """The names of a set of stores of an estate."""

    estate: Estate
    documents: str
    parsed: str
    registry: str
    collection: str

    @classmethod
    def of(cls, estate: Estate) -> "Stores":
        told = estate.environment
        names = ("DOCUMENTS_BUCKET", "PARSED_BUCKET", "REGISTRY_TABLE", "COLLECTION")
        return cls(estate, *(told[f"RAGLITE_{name}"] for name in names))

    @classmethod
    def beside(cls, estate: Estate, number: str) -> "Stores":
        """Make empty ones."""
        now = cls.of(estate)
        made = cls(
            estate, *(f"{name}-{number}" for name in (now.documents, now.parsed, now.registry)), f"raglite-{number}"
        )
        s3, tables = now.client("s3"), now.client("dynamodb")
        for bucket in (made.documents, made.parsed):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=made.documents, VersioningConfiguration={"Status": "Enabled"})
        table = tables.describe_table(TableName=now.registry)["Table"]
        index = table["GlobalSecondaryIndexes"][0]
        tables.create_table(
            TableName=made.registry,
            KeySchema=table["KeySchema"],
            AttributeDefinitions=table["AttributeDefinitions"],
            BillingMode="PAY_PER_REQUEST",
            GlobalSecondaryIndexes=[{name: index[name] for name in ("IndexName", "KeySchema", "Projection")}],
        )
        return made

    @property
    def environment(self) -> dict[str, str]:
        """The estate's, over these stores."""
        return {
            **self.estate.environment,
            "RAGLITE_DOCUMENTS_BUCKET": self.documents,
            "RAGLITE_PARSED_BUCKET": self.parsed,
            "RAGLITE_REGISTRY_TABLE": self.registry,
            "RAGLITE_COLLECTION": self.collection,
        }

    @property
    def options(self) -> tuple[str, ...]:
        """What `raglite restore` fills."""
        names = (self.documents, self.parsed, self.registry, self.collection)
        places = ("documents", "parsed", "registry", "collection")
        return tuple(word for place, name in zip(places, names, strict=True) for word in (f"--to-{place}", name))

    def client(self, service: str) -> Any:
        """Return a client, one for each process, place and service: making one takes longer than asking."""
        told = self.estate.environment
        place = told.get(f"AWS_ENDPOINT_URL_{service.upper()}") or told["AWS_ENDPOINT_URL"]
        if (place, service) not in CLIENTS:
            CLIENTS[place, service] = self._client(place, service)
        return CLIENTS[place, service]

    def _client(self, place: str, service: str) -> Any:
        told = self.estate.environment
        session = boto3.Session(
            aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
            region_name=told["AWS_DEFAULT_REGION"],
        )
        return session.client(service, endpoint_url=place)

    def cli(self, *words: str, exit_code: int = 0) -> dict[str, Any]:
        """Give a command over these stores and return what it says."""
        done = subprocess.run(
            (*CLI, *words, "--json"), cwd=ROOT, env=self.environment, text=True, capture_output=True, check=False
        )
        assert done.returncode == exit_code, f"{words} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
        return dict(json.loads(done.stdout)) if done.stdout.strip() else {"said": done.stderr}

    def killed(self, *words: str, when: Callable[[], bool]) -> bool:
        """Begin a command and kill it for good as soon as it has come so far; whether it was at work then."""
        with subprocess.Popen(
            (*CLI, *words), cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            while process.poll() is None and not when():
                time.sleep(0.005)
            process.kill()
        return process.returncode == -signal.SIGKILL

    def kills(self, *words: str, at: Mapping[str, Callable[[], bool]]) -> list[str]:
        """Kill a command at each of these points in turn; return those at which it was at work."""
        return [name for name, when in at.items() if self.killed(*words, when=when)]

    @property
    def milestones(self) -> dict[str, Callable[[], bool]]:
        """How far a restore into these stores has come."""
        return {
            "the first version": lambda: self._versions() >= 1,
            "some versions": lambda: self._versions() >= 4,
            "the map": lambda: bool(self._parsed("restored/")),
            "the first parsed": lambda: len(self._parsed("")) >= 2,
            "the collection": self._collection_is_there,
            **self.of_registry,
            "the alias": lambda: self.is_live(self.collection),
        }

    @property
    def of_registry(self) -> dict[str, Callable[[], bool]]:
        """How far its table has come."""
        return {"the first item": lambda: self._items() >= 1, "every item": self._is_restored}

    def _versions(self) -> int:
        listed = self.client("s3").list_object_versions(Bucket=self.documents)
        return len(listed.get("Versions", ())) + len(listed.get("DeleteMarkers", ()))

    def _parsed(self, prefix: str) -> list[str]:
        listed = self.client("s3").list_objects_v2(Bucket=self.parsed, Prefix=prefix)
        return [one["Key"] for one in listed.get("Contents", ())]

    def _items(self) -> int:
        return int(self.client("dynamodb").scan(TableName=self.registry, Select="COUNT")["Count"])

    def _is_restored(self) -> bool:
        word = {"pk": {"S": "index"}, "sk": {"S": "restored"}}
        return "Item" in self.client("dynamodb").get_item(TableName=self.registry, Key=word)

    def _collection_is_there(self) -> bool:
        return any(name.startswith(self.collection) for name in self.collections())

    def is_live(self, alias: str) -> bool:
        """Whether an alias leads to a collection."""
        with self._qdrant() as qdrant:
            told = qdrant.get("/aliases").raise_for_status().json()["result"]["aliases"]
        return alias in {one["alias_name"] for one in told}

    def collections(self) -> list[str]:
        """Return the names of the vector store's collections."""
        with self._qdrant() as qdrant:
            told = qdrant.get("/collections").raise_for_status().json()["result"]["collections"]
        return [one["name"] for one in told]

    def _qdrant(self) -> httpx.Client:
        told = self.estate.environment
        key = {"api-key": told["RAGLITE_QDRANT_API_KEY"]} if "RAGLITE_QDRANT_API_KEY" in told else {}
        return httpx.Client(base_url=told["RAGLITE_QDRANT_URL"], headers=key)

    @contextmanager
    def inside(self) -> Iterator[Settings]:
        """Let this process reach what the command line does."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            yield Settings.from_environment()

    def answers(self, *questions: str) -> list[Cited]:
        """Ask in this process, and return what is cited: key, version, page, words."""
        with self.inside() as settings:
            services = bootstrap(settings, telemetry=FakeTelemetry(), audit=FakeAudit())
            services.index.serve(services.embedder.spec)
            asked = Retriever(services)
            results = [asked.query(Question(query=one, top_k=10), READER).results for one in questions]
        return [[(one.document.key, one.document.version_id, one.page, one.excerpt) for one in of] for of in results]

    def digest(self) -> tuple[int, str]:
        """Return the commit number, and what a reader at it sees."""
        with self.inside() as settings:
            stores = recovery(settings)
            live = stores.index.live()
            assert live is not None
            return stores.registry.commit(), stores.index.digest(live.name, stores.registry.commit())

    def history(self) -> dict[str, list[tuple[str, bool]]]:
        """Return every key's versions and markers, newest first, by the ids they are known by."""
        with self.inside() as settings:
            held = bootstrap(settings).documents.inventory()
            return {some[0].key: [(one.version_id, one.is_delete_marker) for one in some] for some in held}

    def drop_collections(self) -> None:
        """Remove every collection of the vector store."""
        names = self.collections()
        with self._qdrant() as qdrant:
            for name in names:
                qdrant.delete(f"/collections/{name}").raise_for_status()
