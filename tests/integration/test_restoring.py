"""The command itself, over the emulator and the stand-in for Qdrant, killed for good again and again."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from raglite.ingestion.pipeline import policy_of
from raglite.ingestion.synchronize import synchronize
from raglite.settings import Settings
from tests.fakes.parser import report
from tests.integration.stores import Stores
from tests.load.estate import Estate, running

KEYS = ("a/replaced.txt", "a/deleted.txt", "b/plain.txt", "b/back.txt", *(f"c/{number}.txt" for number in range(8)))
FEWEST = 5  # of eight points at which it must have been killed at work
QUESTION = "What is the colour of the seal?"

pytestmark = pytest.mark.timeout(600)


def text(key: str, colour: str) -> bytes:
    name = key[2:-4].title()
    return report(f"{name} Orchards, Inc.", 2022, f"The colour of the seal of {name} Orchards is {colour}.")


class Ground:
    """A running estate, filled and backed up."""

    def __init__(self, estate: Estate, folder: Path) -> None:
        self.estate, self.folder = estate, folder
        self.policy = policy_of(Settings.from_environment())
        environment = {**estate.environment, **self._made()}
        self.stores = Stores.of(Running(environment))

    def _made(self) -> dict[str, str]:
        told = {"region_name": "us-east-1", "endpoint_url": self.estate.environment["AWS_ENDPOINT_URL"]}
        s3, kms = boto3.client("s3", **told), boto3.client("kms", **told)
        s3.create_bucket(Bucket="raglite-backups-test", ObjectLockEnabledForBucket=True)
        lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}}}
        s3.put_object_lock_configuration(Bucket="raglite-backups-test", ObjectLockConfiguration=lock)
        key = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"]
        return {"RAGLITE_BACKUPS_BUCKET": "raglite-backups-test", "RAGLITE_BACKUPS_KEY": key}

    def backed_up(self) -> int:
        """Return how many parts and contents the bucket of backups holds."""
        return int(self.stores.client("s3").list_objects_v2(Bucket="raglite-backups-test")["KeyCount"])

    def put(self, key: str, body: bytes) -> None:
        path = self.folder / "body"
        path.write_bytes(body)
        self.estate.upload(path, key)
        self.look(key)

    def delete(self, key: str) -> None:
        self.estate.services.documents.delete(key)
        self.look(key)

    def look(self, key: str) -> None:
        services = self.estate.services
        services.index.prepare(services.embedder.spec)  # as a task does that begins now
        synchronize(key, services, self.policy)


class Running:
    """What Stores needs to know of an estate."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("restoring")
    with running(folder) as estate:
        made = Ground(estate, folder)
        estate.services.index.begin(estate.services.embedder.spec)
        estate.services.index.prepare(estate.services.embedder.spec)
        for key in KEYS:
            made.put(key, text(key, "vermilion"))
        made.put(KEYS[0], text(KEYS[0], "ochre"))
        made.delete(KEYS[1])
        made.delete(KEYS[3])
        made.put(KEYS[3], text(KEYS[3], "teal"))
        yield made


def test_a_backup_that_is_killed_again_and_again_is_whole_in_the_end_and_keeps_nothing_twice(ground: Ground) -> None:
    live = ground.stores
    held = ground.backed_up()

    def grown(by: int) -> Callable[[], bool]:
        return lambda: ground.backed_up() >= held + by

    killed = live.kills("backup", "create", at={str(by): grown(by) for by in (1, 8, 16, 24, 28, 31, 33)})
    print(f"\nkilled when so many parts and contents had come: {killed}")
    assert len(killed) >= FEWEST
    done = live.cli("backup", "create")
    assert live.cli("backup", "verify", done["backup"], "--deep")["faults"] == []
    assert live.cli("backup", "create")["new_contents"] == 0


@pytest.fixture(scope="module")
def backup(ground: Ground) -> str:
    made = ground.stores.cli("backup", "create")
    print(f"\nbackup: {made['counts']} {made['seconds']} s")
    assert ground.stores.cli("backup", "verify", made["backup"], "--deep")["faults"] == []
    return str(made["backup"])


@pytest.fixture(scope="module")
def second(ground: Ground) -> Stores:
    return Stores.beside(ground.stores.estate, "2")


def test_everything_comes_back_though_it_is_killed_again_and_again(ground: Ground, backup: str, second: Stores) -> None:
    live = ground.stores
    killed = live.kills("restore", "--backup", backup, *second.options, at=second.milestones)
    print(f"\nkilled at: {killed}")
    assert len(killed) >= FEWEST
    done = live.cli("restore", "--backup", backup, *second.options)
    print(f"everything: {done}")
    assert (done["whole"], done["faults"]) == (True, [])
    assert live.cli("restore", "--backup", backup, *second.options, "--verify-only")["faults"] == []
    assert second.history() == live.history()
    assert second.digest() == live.digest()
    assert second.answers(QUESTION) == live.answers(QUESTION) != [[]]


def test_a_restored_estate_is_backed_up_and_restored_with_the_first_ids(ground: Ground, second: Stores) -> None:
    made = second.cli("backup", "create")
    third = Stores.beside(ground.stores.estate, "3")
    assert second.cli("restore", "--backup", made["backup"], *third.options)["faults"] == []
    assert third.history() == ground.stores.history()
    assert third.digest() == ground.stores.digest()


def test_a_store_that_is_not_empty_is_refused(ground: Ground, backup: str, second: Stores) -> None:
    second.client("s3").put_object(Bucket=second.documents, Key="foreign.txt", Body=b"somebody's")
    refused = ground.stores.cli("restore", "--backup", backup, *second.options, exit_code=65)
    assert "holds of foreign.txt what backup" in refused["said"]


def test_a_lost_index_comes_back_up_to_date_and_live(ground: Ground, backup: str) -> None:
    live = ground.stores
    before = live.answers(QUESTION)
    live.drop_collections()
    at = {"the collection": lambda: bool(live.collections()), "the alias": lambda: live.is_live(live.collection)}
    killed = live.kills("restore", "--backup", backup, "--to-collection", "again", at=at)
    print(f"\nkilled at: {killed}")
    assert killed
    done = live.cli("restore", "--backup", backup, "--to-collection", "again")
    print(f"index: {done}")
    assert done["faults"] == []
    assert live.answers(QUESTION) == before
    assert live.cli("reconcile", "--grace", "0")["findings"] == []


def test_a_lost_registry_comes_back_with_what_came_after_the_backup(ground: Ground, backup: str) -> None:
    live = ground.stores
    ground.put("d/late.txt", text("d/late.txt", "ivory"))
    ground.put(KEYS[4], text(KEYS[4], "magenta"))
    before = live.answers(QUESTION)
    fourth = Stores.beside(live.estate, "4")
    killed = live.kills("restore", "--backup", backup, "--to-registry", fourth.registry, at=fourth.of_registry)
    print(f"\nkilled at: {killed}")
    assert killed
    done = live.cli("restore", "--backup", backup, "--to-registry", fourth.registry)
    print(f"registry: {done}")
    assert done["faults"] == []
    (after,) = replace(live, registry=fourth.registry).answers(QUESTION)
    assert sorted(after) == sorted(before[0])  # ranks may feel that what was indexed again has one more edition
