"""OAuth at the service's door: what clients are told, and what a token opens."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from raglite.adapters import oauth_issuer
from raglite.adapters.either_credentials import EitherCredentials
from raglite.adapters.oauth_tokens import OAuthTokens
from raglite.server.app import create_app
from raglite.settings import Settings
from tests.fakes.services import World
from tests.issuer import AUDIENCE, URL, Issuer
from tests.unit.server.asking import headers, message

PUBLIC = "https://raglite.example.com"
METADATA = f"{PUBLIC}/.well-known/oauth-protected-resource/mcp"
SETTINGS = Settings(public_url=PUBLIC, oauth_issuer=URL)
QUESTION = {"query": "What was revenue?", "top_k": 50}


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def stranger(world: World, issuer: Issuer) -> Iterator[TestClient]:
    tokens = OAuthTokens(oauth_issuer.Issuer(URL, AUDIENCE), issuer.fetch)
    services = world.services(credentials=EitherCredentials(world.credentials, tokens))
    with TestClient(create_app(services, SETTINGS)) as made:
        yield made


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"])
def test_clients_are_told_where_to_get_a_token_whatever_host_they_name(stranger: TestClient, path: str) -> None:
    told = stranger.get(path, headers={"Host": "evil.example.com", "X-Forwarded-Host": "evil.example.com"})
    assert told.status_code == 200
    assert told.json() == {
        "resource": AUDIENCE,
        "authorization_servers": [URL],
        "scopes_supported": ["read", "ingest"],
        "bearer_methods_supported": ["header"],
        "resource_name": "RAGLite",
    }


def test_without_oauth_there_is_no_metadata(world: World) -> None:
    client = TestClient(create_app(world.services(), Settings()))
    assert client.get("/.well-known/oauth-protected-resource").status_code == 404


def test_who_brings_nothing_is_told_where_the_metadata_is(stranger: TestClient) -> None:
    response = stranger.post("/mcp", json=message("tools/list", {}))
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == f'Bearer realm="raglite", resource_metadata="{METADATA}"'


@pytest.mark.parametrize(
    "claims", [{"exp": 1}, {"aud": "https://other.example.com"}, {"iss": "https://evil.example.com"}]
)
def test_a_token_that_is_not_good_is_refused_as_invalid(
    stranger: TestClient, issuer: Issuer, claims: dict[str, Any]
) -> None:
    response = stranger.post("/api/query", json=QUESTION, headers=bearer(issuer.token(**claims)))
    assert (response.status_code, response.json()["error"]["code"]) == (401, "unauthenticated")
    challenge = response.headers["WWW-Authenticate"]
    assert challenge == f'Bearer realm="raglite", error="invalid_token", resource_metadata="{METADATA}"'


def test_a_token_without_the_scope_is_told_which_to_ask_for(stranger: TestClient, issuer: Issuer) -> None:
    token = issuer.token(scope="read", groups=["red"])
    body = {"key": "red/a.txt", "content_base64": "YQ=="}
    plain = stranger.post("/api/ingest", json=body, headers=bearer(token))
    call = message("tools/call", {"name": "ingest_document", "arguments": body})
    over_mcp = stranger.post("/mcp", json=call, headers=headers(token, "tools/call", "ingest_document"))
    for response in (plain, over_mcp):
        assert response.status_code == 403
        assert response.headers["WWW-Authenticate"] == (
            f'Bearer realm="raglite", error="insufficient_scope", scope="ingest", resource_metadata="{METADATA}"'
        )


@pytest.mark.parametrize(
    ("groups", "seen"),
    [
        (["red"], {"red/orchard.pdf"}),
        (["*"], {"red/orchard.pdf", "blue/harbor.pdf", "plain.pdf"}),
        ([], set()),
        (None, set()),
        (["green"], set()),
    ],
)
def test_a_token_opens_the_documents_of_its_groups(
    stranger: TestClient, issuer: Issuer, world: World, groups: list[str] | None, seen: set[str]
) -> None:
    token = issuer.token(sub="ann", groups=groups)
    found = stranger.post("/api/query", json=QUESTION, headers=bearer(token)).json()["results"]
    assert {result["document"]["key"] for result in found} == seen
    assert world.audit.records[-1][1] == "oauth:ann"


def test_api_keys_go_on_working_beside_tokens(stranger: TestClient) -> None:
    assert stranger.post("/api/query", json=QUESTION, headers=bearer("analyst")).status_code == 200


def test_while_the_issuer_s_keys_are_not_known_callers_are_asked_to_come_again(
    stranger: TestClient, issuer: Issuer
) -> None:
    token, issuer.is_down = issuer.token(), True
    response = stranger.post("/api/query", json=QUESTION, headers=bearer(token))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
