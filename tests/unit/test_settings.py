"""The environment, read once at the door."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from raglite.errors import ConfigurationError
from raglite.model import CollectionParameters
from raglite.settings import Settings, unknown


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for field in Settings.model_fields:
        monkeypatch.delenv(f"RAGLITE_{field}".upper(), raising=False)
    return monkeypatch


def test_everything_but_the_buckets_has_a_default() -> None:
    settings = Settings.from_environment()
    assert (settings.documents_bucket, settings.parsed_bucket) == ("", "")
    assert (settings.registry_table, settings.api_keys_secret) == ("raglite-registry", "raglite/api-keys")
    assert settings.host == "127.0.0.1"


def test_settings_are_read_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("RAGLITE_DOCUMENTS_BUCKET", "documents"),
        ("RAGLITE_QDRANT_API_KEY", "secret"),
        ("RAGLITE_MODEL_DIR", "/opt/raglite/model"),
        ("RAGLITE_PORT", "0"),
        ("RAGLITE_ALLOWED_HOSTS", '["a.example"]'),
    ):
        environment.setenv(name, value)
    settings = Settings.from_environment()
    assert settings.documents_bucket == "documents"
    assert settings.model_dir == Path("/opt/raglite/model")
    assert (settings.port, settings.allowed_hosts) == (0, ("a.example",))
    assert settings.qdrant_api_key is not None
    assert settings.qdrant_api_key.get_secret_value() == "secret"


def test_a_lease_that_may_run_out_within_a_publish_is_refused(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RAGLITE_LEASE_SECONDS", "20")
    with pytest.raises(ConfigurationError, match="at least publish_seconds"):
        Settings.from_environment()


def test_secrets_are_not_shown(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RAGLITE_QDRANT_API_KEY", "hush")
    environment.setenv("RAGLITE_API_KEY", "hush")
    assert "hush" not in repr(Settings.from_environment())


@pytest.mark.parametrize("name", ["RAGLITE_QDRANT_ULR", "raglite_colection", "RAGLITE_"])
def test_a_misspelt_name_is_an_error_that_lists_the_known(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(name, "x")
    with pytest.raises(
        ConfigurationError, match=f"Unknown setting {name}.( Did you mean RAGLITE_\\w+[?])? Known: .*RAGLITE_QDRANT_URL"
    ):
        Settings.from_environment()


def test_every_faulty_value_is_named_once(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RAGLITE_PORT", "70000")
    environment.setenv("RAGLITE_MAX_PAGES", "many")
    with pytest.raises(ConfigurationError) as refused:
        Settings.from_environment()
    assert str(refused.value).count("RAGLITE_PORT") == 1
    assert "RAGLITE_MAX_PAGES" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_document_bytes", 0),
        ("parse_seconds", 0),
        ("lease_seconds", -1),
        ("max_attempts", 0),
        ("processors", 0),
    ],
)
def test_limits_are_positive(name: str, value: int) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({name: value})


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]  # the point of the test


def test_other_programs_variables_are_none_of_ours(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RAGLITEX", "1")
    assert Settings.from_environment() == Settings()


def test_a_list_that_is_no_json_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RAGLITE_ALLOWED_HOSTS", "a.example,b.example")
    with pytest.raises(ConfigurationError, match="allowed_hosts"):
        Settings.from_environment()


def test_a_collections_parameters_are_one_object_and_by_default_qdrants_own(environment: pytest.MonkeyPatch) -> None:
    assert Settings.from_environment().collection_parameters == CollectionParameters()
    environment.setenv("RAGLITE_COLLECTION_PARAMETERS", '{"shard_number": 2, "scalar_quantization": true}')
    found = Settings.from_environment().collection_parameters
    assert found == CollectionParameters(shard_number=2, scalar_quantization=True)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('{"shard_number": 0}', r"RAGLITE_COLLECTION_PARAMETERS\.shard_number: .*greater than or equal to 1"),
        ('{"shards": 3}', r"RAGLITE_COLLECTION_PARAMETERS\.shards: Extra inputs"),
        ('{"hnsw_ef_construct": 3}', r"hnsw_ef_construct: .*greater than or equal to 4"),
        ('{"scalar_quantization": true, "quantile": 0.4}', r"quantile: .*greater than or equal to 0\.5"),
        ('{"quantile": 0.99, "rescore": true}', "quantile and rescore need scalar_quantization: set it to true"),
        ('{"write_consistency_factor": 2}', "write_consistency_factor is 2: there are 1 replicas, set at most that"),
        ('{"replication_factor": 2, "write_consistency_factor": 3}', "there are 2 replicas"),
        ("shard_number=3", "collection_parameters"),
    ],
)
def test_parameters_that_qdrant_would_refuse_or_that_change_nothing_are_refused_here(
    environment: pytest.MonkeyPatch, given: str, told: str
) -> None:
    environment.setenv("RAGLITE_COLLECTION_PARAMETERS", given)
    with pytest.raises(ConfigurationError, match=told):
        Settings.from_environment()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"RAGLITE_OAUTH_ISSUER": "https://login.example.com"}, "oauth_issuer needs public_url"),
        (
            {"RAGLITE_OAUTH_ISSUER": "http://login.example.com", "RAGLITE_PUBLIC_URL": "https://a.example.com"},
            "https://HOST",
        ),
        ({"RAGLITE_OAUTH_ISSUER": "login.example.com", "RAGLITE_PUBLIC_URL": "https://a.example.com"}, "https://HOST"),
        (
            {"RAGLITE_OAUTH_ISSUER": "https://l.example.com", "RAGLITE_PUBLIC_URL": "http://a.example.com"},
            "public_url is",
        ),
    ],
)
def test_oauth_is_set_up_whole_and_over_https(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], sentence: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=sentence):
        Settings.from_environment()


def test_tokens_must_be_for_this_service_unless_another_audience_is_named() -> None:
    known = {"oauth_issuer": "https://login.example.com", "public_url": "https://raglite.example.com/"}
    assert Settings(**known).resource == "https://raglite.example.com/mcp"
    assert Settings(**known, oauth_audience="api://raglite").resource == "api://raglite"
    assert Settings(oauth_issuer="http://127.0.0.1:9", public_url="http://localhost:8000").oauth_issuer


# --- for whoever looks for faults -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("RAGLITE_QDRANT_ULR", "RAGLITE_QDRANT_URL"),
        ("RAGLITE_DOCUMENT_BUCKET", "RAGLITE_DOCUMENTS_BUCKET"),
        ("raglite_colection", "RAGLITE_COLLECTION"),
        ("RAGLITE_ZZYZX", None),
    ],
)
def test_a_misspelt_name_is_told_with_the_one_most_like_it(name: str, meant: str | None) -> None:
    assert unknown({name: "x", "RAGLITE_PORT": "1", "PATH": "/bin"}) == {name: meant}


@pytest.mark.parametrize(
    ("wrong", "value"),
    [
        ("RAGLITE_PORT", "70000"),
        ("RAGLITE_ALLOWED_HOSTS", "a.example"),
        ("RAGLITE_COLLECTION_PARAMETERS", '{"shards": 3}'),
        ("RAGLITE_LEASE_SECONDS", "20"),
        ("RAGLITE_AUDIT_BUCKET", "audit"),
        ("RAGLITE_OAUTH_ISSUER", "https://login.example.com"),
        ("RAGLITE_NONSENSE", "1"),
    ],
)
def test_what_cannot_be_used_leaves_the_rest_as_it_is(environment: pytest.MonkeyPatch, wrong: str, value: str) -> None:
    environment.setenv("RAGLITE_DOCUMENTS_BUCKET", "documents")
    environment.setenv("RAGLITE_MAX_PAGES", "7")
    right = Settings()
    environment.setenv(wrong, value)
    assert Settings.as_usable() == right
    assert os.environ[wrong] == value


def test_several_that_cannot_be_used_are_left_out_together(environment: pytest.MonkeyPatch) -> None:
    for name, value in {"PORT": "x", "MAX_PAGES": "many", "ALLOWED_HOSTS": "no JSON", "COLLECTION": "c"}.items():
        environment.setenv(f"RAGLITE_{name}", value)
    assert Settings.as_usable().collection == "c"
