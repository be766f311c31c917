"""What every Credentials promises, on the fake and on Secrets Manager; and how the latter bears with trouble."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from raglite.adapters.secrets_manager import FRESH_SECONDS, RETRY_SECONDS, SecretsManagerCredentials
from raglite.errors import AccessDenied, ConfigurationError, DependencyUnavailable
from raglite.ports import Credentials, Principal
from tests.aws import aws_under_test
from tests.fakes.credentials import FakeCredentials

NAME = "raglite/api-keys"
ANALYST = Principal("analyst", frozenset({"read"}), ("acme",))
OPERATOR = Principal("operator", frozenset({"read", "ingest", "admin"}))


def secret(*principals: Principal) -> str:
    """Return a secret under which everybody's key is their name."""
    keys = [
        {
            "name": principal.name,
            "sha256": hashlib.sha256(principal.name.encode()).hexdigest(),
            "scopes": sorted(principal.scopes),
            "groups": principal.groups,
        }
        for principal in principals
    ]
    return json.dumps({"keys": keys})


@pytest.fixture(params=["fake", "secrets manager"])
def credentials(request: pytest.FixtureRequest) -> Iterator[Credentials]:
    if request.param == "fake":
        yield FakeCredentials(ANALYST, OPERATOR)
        return
    with aws_under_test(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        boto3.client("secretsmanager").create_secret(Name=NAME, SecretString=secret(ANALYST, OPERATOR))
        yield SecretsManagerCredentials.connect(NAME)


def test_a_key_is_its_holder_s(credentials: Credentials) -> None:
    assert credentials.authenticate("analyst") == ANALYST
    assert credentials.authenticate("operator") == OPERATOR


@pytest.mark.parametrize("key", ["", "Analyst", "analyst ", hashlib.sha256(b"analyst").hexdigest(), "é 财"])
def test_any_other_key_is_nobody_s(credentials: Credentials, key: str) -> None:
    with pytest.raises(AccessDenied, match="ask the operator for one"):
        credentials.authenticate(key)


def test_whoever_is_remembered_is_who_would_be_found(credentials: Credentials) -> None:
    credentials.authenticate("operator")
    assert credentials.remembered("operator") == OPERATOR
    assert credentials.remembered("guess") is None


# --- the copy -----------------------------------------------------------------------------------------------------


@dataclass
class Vault:
    """A secret that can be changed, made to fail, and counts how often it is read."""

    text: str | None = secret(ANALYST)
    reads: int = 0
    failing: str | None = None
    seconds: float = 1000.0
    hold: threading.Event = field(default_factory=threading.Event)
    entered: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.hold.set()

    def credentials(self) -> SecretsManagerCredentials:
        return SecretsManagerCredentials(self, NAME, lambda: self.seconds)  # type: ignore[arg-type]  # one call of it

    def get_secret_value(self, **given: Any) -> dict[str, Any]:
        assert given == {"SecretId": NAME}
        self.reads += 1
        self.entered.set()
        assert self.hold.wait(10)
        if self.failing is None:
            return {"SecretString": self.text}
        client = boto3.client("secretsmanager", "us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
        with Stubber(client) as stub:
            stub.add_client_error("get_secret_value", self.failing, "said so")
            return dict(client.get_secret_value(SecretId=NAME))


@pytest.fixture
def vault() -> Vault:
    return Vault()


def test_known_keys_are_answered_from_the_copy(vault: Vault) -> None:
    credentials = vault.credentials()
    for _ in range(100):
        credentials.authenticate("analyst")
    assert vault.reads == 1


def test_nobody_is_remembered_without_a_fresh_copy(vault: Vault) -> None:
    credentials = vault.credentials()
    assert credentials.remembered("analyst") is None
    credentials.authenticate("analyst")
    assert credentials.remembered("analyst") == ANALYST
    vault.seconds += FRESH_SECONDS
    assert credentials.remembered("analyst") is None
    assert vault.reads == 1


def test_a_revoked_key_works_no_longer_than_the_copy_is_fresh(vault: Vault) -> None:
    credentials = vault.credentials()
    credentials.authenticate("analyst")
    vault.text = secret(OPERATOR)
    vault.seconds += FRESH_SECONDS
    with pytest.raises(AccessDenied):
        credentials.authenticate("analyst")


def test_a_new_key_works_a_few_seconds_later(vault: Vault) -> None:
    credentials = vault.credentials()
    credentials.authenticate("analyst")
    vault.text = secret(ANALYST, OPERATOR)
    vault.seconds += RETRY_SECONDS
    assert credentials.authenticate("operator") == OPERATOR


def test_a_flood_of_unknown_keys_does_not_reach_secrets_manager(vault: Vault) -> None:
    credentials = vault.credentials()
    for number in range(100):
        vault.seconds += 0.01
        with pytest.raises(AccessDenied):
            credentials.authenticate(f"guess {number}")
    assert vault.reads == 1


def test_the_last_good_copy_serves_through_an_outage(vault: Vault) -> None:
    credentials = vault.credentials()
    credentials.authenticate("analyst")
    vault.failing = "InternalServiceError"
    for _ in range(100):
        vault.seconds += FRESH_SECONDS / 50
        assert credentials.authenticate("analyst") == ANALYST
    assert 2 < vault.reads < 30  # it goes on trying, though not at every call

    vault.failing, vault.text = None, secret(OPERATOR)
    vault.seconds += RETRY_SECONDS
    assert credentials.authenticate("operator") == OPERATOR


def test_the_last_good_copy_serves_while_the_secret_is_malformed(vault: Vault) -> None:
    credentials = vault.credentials()
    credentials.authenticate("analyst")
    vault.text = "oops"
    vault.seconds += FRESH_SECONDS
    assert credentials.authenticate("analyst") == ANALYST


def test_without_a_copy_an_outage_is_said_and_asked_about_now_and_then(vault: Vault) -> None:
    vault.failing = "InternalServiceError"
    credentials = vault.credentials()
    for _ in range(20):
        with pytest.raises(DependencyUnavailable, match=r"Secrets Manager: .*said so"):
            credentials.authenticate("analyst")
    assert vault.reads == 1

    vault.failing = None
    vault.seconds += RETRY_SECONDS
    assert credentials.authenticate("analyst") == ANALYST


def test_nobody_waits_for_the_thread_that_renews(vault: Vault) -> None:
    credentials = vault.credentials()
    credentials.authenticate("analyst")
    vault.seconds += FRESH_SECONDS
    vault.entered.clear()
    vault.hold.clear()
    renewing = threading.Thread(target=credentials.authenticate, args=("analyst",))
    renewing.start()
    try:
        assert vault.entered.wait(10)
        assert credentials.authenticate("analyst") == ANALYST  # would hang for ten seconds and fail
    finally:
        vault.hold.set()
        renewing.join()
    assert vault.reads == 2


def test_threads_that_come_first_share_one_read(vault: Vault) -> None:
    credentials = vault.credentials()
    found: list[Principal] = []
    threads = [threading.Thread(target=lambda: found.append(credentials.authenticate("analyst"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [ANALYST] * 16
    assert vault.reads == 1


# --- a secret that is no secret -----------------------------------------------------------------------------------


def with_key(**changed: Any) -> str:
    key = {"name": "x", "sha256": "0" * 64, "scopes": ["read"], "groups": None} | changed
    return json.dumps({"keys": [key]})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the whole: Invalid JSON"),
        ("[]", "the whole: Input should be an object"),
        ("{}", "keys: Field required"),
        (with_key(sha256="a plain key"), r"keys\.0\.sha256: String should match pattern"),
        (with_key(scopes=["everything"]), r"keys\.0\.scopes\.0: Input should be 'read', 'ingest', 'admin' or 'canary'"),
        (with_key(name=""), r"keys\.0\.name: String should have at least 1 character"),
        (with_key(group="acme"), r"keys\.0\.group: Extra inputs are not permitted"),
    ],
)
def test_a_malformed_secret_is_explained_and_not_quoted(vault: Vault, text: str, fault: str) -> None:
    vault.text = text
    with pytest.raises(ConfigurationError, match=f"The secret {NAME} is not a list of API keys. {fault}") as caught:
        vault.credentials().authenticate("x")
    assert "a plain key" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_missing_secret_is_a_fault_of_configuration(vault: Vault) -> None:
    vault.failing = "ResourceNotFoundException"
    with pytest.raises(ConfigurationError, match=f"There is no secret {NAME} with a value"):
        vault.credentials().authenticate("x")


def test_a_missing_region_is_a_fault_of_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="specify a region"):
        SecretsManagerCredentials.connect(NAME)
