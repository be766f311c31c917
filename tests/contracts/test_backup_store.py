"""What every bucket of backups and every signer promises: on the fakes, and on S3 and KMS through boto3."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from raglite.adapters import s3_backups
from raglite.adapters.kms_signer import KmsSigner
from raglite.adapters.s3_backups import S3Backups
from raglite.adapters.secret_versions import SecretsManagerVersions
from raglite.errors import AccessDenied, ConfigurationError, NotFound
from raglite.ports.recovery import BackupStore, SecretVersion, Signer
from raglite.recovery import manifest as names
from tests.aws import REGION
from tests.fakes.backups import FakeBackupStore, FakeSigner
from tests.fakes.clock import FakeClock

BUCKET = "raglite-backups-test"
NOW = datetime.now(UTC).replace(microsecond=0)
LATER = NOW + timedelta(days=60)
OLD, NEW = "20260101T000000Z-00000000", "20260102T000000Z-11111111"


class Clock(FakeClock):
    def __init__(self) -> None:
        self.time = NOW


def locked_bucket(name: str = BUCKET, mode: str | None = "GOVERNANCE") -> str:
    client = boto3.client("s3", REGION)
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    if mode:
        rule = {"DefaultRetention": {"Mode": mode, "Days": 30}}
        locks = {"ObjectLockEnabled": "Enabled", "Rule": rule}
        client.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=locks)
    return name


@pytest.fixture(params=["fake", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[BackupStore]:
    if request.param == "fake":
        yield FakeBackupStore(Clock())
    else:
        request.getfixturevalue("aws")
        yield S3Backups.connect(locked_bucket())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def put(store: BackupStore, path: Path, backup: str, name: str, body: bytes = b"body") -> None:
    path.write_bytes(body)
    store.put(backup, name, path)


def content(store: BackupStore, path: Path, body: bytes, until: datetime = LATER) -> str:
    path.write_bytes(body)
    sha256 = hashlib.sha256(body).hexdigest()
    store.keep(sha256, path, until)
    return sha256


def test_parts_are_given_back_as_they_were_kept(store: BackupStore, path: Path) -> None:
    for name in ("registry.jsonl.gz", "index/raglite-0/0.snapshot", "empty"):
        body = name.encode() if name != "empty" else b""
        put(store, path, NEW, name, body)
        path.write_bytes(b"something else, and longer")
        assert store.fetch(NEW, name, path) == hashlib.sha256(body).hexdigest()
        assert path.read_bytes() == body
    put(store, path, NEW, "empty", b"not any more")
    store.fetch(NEW, "empty", path)
    assert path.read_bytes() == b"not any more"


def test_a_missing_part_is_not_found(store: BackupStore, path: Path) -> None:
    put(store, path, NEW, "one")
    for backup, name in ((NEW, "two"), (OLD, "one")):
        with pytest.raises(NotFound, match=f"{backup} has no {name}"):
            store.fetch(backup, name, path)


def test_backups_are_told_newest_first_and_complete_ones_apart(store: BackupStore, path: Path) -> None:
    assert list(store.begun()) == list(store.complete()) == []
    put(store, path, OLD, names.SIGNATURE)
    put(store, path, OLD, names.MANIFEST)
    put(store, path, NEW, names.REGISTRY)
    put(store, path, NEW, names.SIGNATURE)
    content(store, path, b"content")
    assert (list(store.begun()), list(store.complete())) == ([NEW, OLD], [OLD])
    put(store, path, NEW, names.MANIFEST)
    assert list(store.complete()) == [NEW, OLD]


def test_a_backup_is_locked_and_cannot_be_removed(store: BackupStore, path: Path) -> None:
    put(store, path, OLD, names.MANIFEST)
    until = store.locked_until(OLD)
    assert until is not None
    assert timedelta(days=29) < until - datetime.now(UTC) <= timedelta(days=30, minutes=1)
    assert store.locked_until(NEW) is None
    with pytest.raises(AccessDenied, match=f"{OLD} is locked"):
        store.remove(OLD)
    assert list(store.begun()) == [OLD]
    store.fetch(OLD, names.MANIFEST, path)


def test_a_content_is_kept_once_by_its_sha256(store: BackupStore, path: Path) -> None:
    assert list(store.contents()) == []
    kept = sorted(content(store, path, body) for body in (b"one", b"two", b"", b"one"))
    assert [(one.sha256, one.size) for one in store.contents()] == [
        (sha256, 0 if sha256 == hashlib.sha256().hexdigest() else 3) for sha256 in sorted(set(kept))
    ]
    assert all(abs(one.since - datetime.now(UTC)) < timedelta(hours=1) for one in store.contents())
    assert store.take(kept[0], path) == kept[0]


def test_a_content_that_is_not_kept_is_not_found(store: BackupStore, path: Path) -> None:
    with pytest.raises(NotFound):
        store.take("0" * 64, path)
    with pytest.raises(NotFound):
        store.prolong("0" * 64, LATER)


def test_a_content_is_locked_until_it_is_not_needed_any_more(store: BackupStore, path: Path) -> None:
    sha256 = content(store, path, b"one")
    store.prolong(sha256, LATER + timedelta(days=9))
    store.prolong(sha256, NOW + timedelta(days=1))  # earlier than it is: nothing to do
    with pytest.raises(AccessDenied, match=f"{sha256} is locked"):
        store.forget(sha256)
    assert [one.sha256 for one in store.contents()] == [sha256]


def test_what_is_not_locked_any_more_is_removed(path: Path) -> None:
    clock = Clock()
    store = FakeBackupStore(clock)
    put(store, path, OLD, names.MANIFEST)
    sha256 = content(store, path, b"one")
    clock.advance(61 * 24 * 3600)
    store.remove(OLD)
    store.forget(sha256)
    assert list(store.begun()) == list(store.contents()) == []


def test_removal_takes_every_version_and_the_marks_of_who_only_tried(aws: None, path: Path) -> None:
    client = boto3.client("s3", REGION)
    client.create_bucket(Bucket="unlocked")
    client.put_bucket_versioning(Bucket="unlocked", VersioningConfiguration={"Status": "Enabled"})
    store = S3Backups.connect("unlocked")
    for name in (names.REGISTRY, names.MANIFEST, names.MANIFEST):
        put(store, path, OLD, name)
    client.delete_object(Bucket="unlocked", Key=f"backups/{OLD}/{names.MANIFEST}")
    put(store, path, NEW, names.MANIFEST)
    store.remove(OLD)
    left = client.list_object_versions(Bucket="unlocked")
    assert [one["Key"] for one in left["Versions"]] == [f"backups/{NEW}/{names.MANIFEST}"]
    assert "DeleteMarkers" not in left


def test_a_bucket_that_locks_nothing_keeps_no_content(aws: None, path: Path) -> None:
    store = S3Backups.connect(locked_bucket("raglite-no-rule", mode=None))
    with pytest.raises(ConfigurationError, match="raglite-no-rule locks nothing by itself"):
        content(store, path, b"one")


def test_a_bucket_that_is_not_there_is_a_wrong_setting(aws: None, path: Path) -> None:
    store = S3Backups.connect("raglite-nowhere")
    for use in (lambda: list(store.begun()), lambda: put(store, path, OLD, "one"), lambda: list(store.contents())):
        with pytest.raises(ConfigurationError, match="no bucket raglite-nowhere"):
            use()


def test_the_names_of_manifest_and_signature_stand_twice_and_are_the_same() -> None:
    assert (s3_backups.MANIFEST, s3_backups.SIGNATURE) == (names.MANIFEST, names.SIGNATURE)


# --- the signer ---------------------------------------------------------------------------------------------------


@pytest.fixture(params=["fake", "kms"])
def signers(request: pytest.FixtureRequest) -> tuple[Signer, Signer]:
    """Two keys."""
    if request.param == "fake":
        return FakeSigner(), FakeSigner(b"another")
    request.getfixturevalue("aws")
    client = boto3.client("kms", REGION)
    made = [client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"] for _ in range(2)]
    client.create_alias(AliasName="alias/raglite-backups", TargetKeyId=made[0]["KeyId"])
    return KmsSigner.connect("alias/raglite-backups"), KmsSigner.connect(made[1]["Arn"])


def test_a_signature_is_of_one_message_by_one_key(signers: tuple[Signer, Signer]) -> None:
    one, other = signers
    message = b"a manifest" * 1000  # longer than what KMS signs as it is
    signature = one.sign(message)
    assert one.verify(message, signature)
    assert not one.verify(message + b".", signature)
    assert not one.verify(message, other.sign(message))
    assert not other.verify(message, signature)
    for junk in (b"", b"junk", bytes(10_000)):
        assert not one.verify(message, junk)


def test_a_key_that_is_not_there_is_a_wrong_setting(aws: None) -> None:
    with pytest.raises(ConfigurationError, match="no key alias/raglite-nowhere"):
        KmsSigner.connect("alias/raglite-nowhere").sign(b"message")


# --- secrets ------------------------------------------------------------------------------------------------------


def test_secrets_are_told_by_name_and_current_version_and_never_by_value(aws: None) -> None:
    client = boto3.client("secretsmanager", REGION)
    client.create_secret(Name="others/key", SecretString="hush")
    for name in ("raglite/qdrant-api-key", "raglite/api-keys"):
        client.create_secret(Name=name, SecretString="hush")
    current = client.put_secret_value(SecretId="raglite/api-keys", SecretString="hush hush")["VersionId"]
    client.create_secret(Name="raglite/empty")
    found = SecretsManagerVersions.connect("raglite").current()
    assert [one.name for one in found] == ["raglite/api-keys", "raglite/empty", "raglite/qdrant-api-key"]
    assert found[0] == SecretVersion("raglite/api-keys", current)
    assert "hush" not in str(found)
