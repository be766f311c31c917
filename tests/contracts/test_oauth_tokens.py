"""Access tokens: only those of the issuer, for this service, for now; whatever becomes of the issuer meanwhile."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from raglite.adapters import oauth_issuer
from raglite.adapters.either_credentials import EitherCredentials
from raglite.adapters.oauth_tokens import FRESH_SECONDS, LEEWAY, RETRY_SECONDS, OAuthTokens, fetched
from raglite.errors import AccessDenied, DependencyUnavailable
from raglite.ports import Credentials, Principal
from tests.fakes.credentials import FakeCredentials
from tests.issuer import AUDIENCE, JWKS, KINDS, METADATA, URL, Issuer, made
from tests.processes import free_port


@dataclass
class Hands:
    """A clock that is moved by hand."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def tokens(issuer: Issuer, clock: Hands) -> OAuthTokens:
    return checking(issuer, clock)


def checking(issuer: Issuer, clock: Hands | None = None, **other: str) -> OAuthTokens:
    return OAuthTokens(oauth_issuer.Issuer(URL, AUDIENCE, **other), issuer.fetch, clock or Hands())


def now() -> int:
    return int(time.time())


def test_a_token_is_its_subject_s_with_the_scopes_and_groups_that_it_names(tokens: Credentials, issuer: Issuer) -> None:
    token = issuer.token(scope="read ingest openid", groups=["red", "blue"])
    found = tokens.authenticate(token)
    assert found == Principal("oauth:ann", frozenset({"read", "ingest", "openid"}), ("red", "blue"))
    assert tokens.remembered(token) == found


@pytest.mark.parametrize(
    ("claims", "scopes", "groups"),
    [
        ({}, {"read"}, ()),
        ({"scope": None}, set(), ()),
        ({"scope": None, "scp": ["read", "ingest"]}, {"read", "ingest"}, ()),
        ({"scope": None, "scp": "read"}, {"read"}, ()),
        ({"groups": ["*"]}, {"read"}, None),
        ({"groups": "red blue"}, {"read"}, ("red", "blue")),
        ({"groups": []}, {"read"}, ()),
        ({"groups": None}, {"read"}, ()),
        ({"groups": {"*": True}}, {"read"}, ()),
        ({"groups": [7, ["*"], "red"]}, {"read"}, ("red",)),
        ({"scope": 7}, set(), ()),
    ],
)
def test_what_a_token_does_not_say_it_is_not_good_for(
    tokens: Credentials, issuer: Issuer, claims: dict[str, Any], scopes: set[str], groups: tuple[str, ...] | None
) -> None:
    found = tokens.authenticate(issuer.token(**claims))
    assert (found.scopes, found.groups) == (scopes, groups)


def test_the_claim_of_the_groups_may_have_another_name(issuer: Issuer) -> None:
    tokens = checking(issuer, groups_claim="https://example.com/groups")
    found = tokens.authenticate(issuer.token(**{"https://example.com/groups": ["red"], "groups": ["*"]}))
    assert found.groups == ("red",)


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": 1}, "has expired"),
        ({"exp": now() - LEEWAY - 5}, "has expired"),
        ({"nbf": now() + 3600}, "not valid yet"),
        ({"aud": "https://other.example.com/mcp"}, "is not for this service"),
        ({"aud": [URL, "another"]}, "is not for this service"),
        ({"aud": f"{AUDIENCE}/"}, "is not for this service"),
        ({"iss": "https://evil.example.com"}, "is not for this service, not from this issuer"),
        ({"iss": f"{URL}/"}, "not from this issuer"),
        ({"exp": None}, "lacks a claim"),
        ({"aud": None}, "lacks a claim"),
        ({"iss": None}, "lacks a claim"),
        ({"sub": None}, "lacks a claim"),
        ({"sub": ""}, "."),
        ({"sub": 7}, "."),
        ({"exp": "tomorrow"}, "."),
    ],
)
def test_a_token_that_is_not_for_here_and_now_is_nobody_s(
    tokens: Credentials, issuer: Issuer, claims: dict[str, Any], why: str
) -> None:
    token = issuer.token(**claims)
    with pytest.raises(AccessDenied, match=why) as refused:
        tokens.authenticate(token)
    assert token not in str(refused.value)
    assert tokens.remembered(token) is None


def test_one_of_several_audiences_may_be_this_service_and_clocks_may_differ_a_little(
    tokens: Credentials, issuer: Issuer
) -> None:
    assert tokens.authenticate(issuer.token(aud=["another", AUDIENCE], exp=now() - LEEWAY + 10))


@pytest.mark.parametrize("algorithm", KINDS)
def test_each_kind_of_key_pair_signs(algorithm: str) -> None:
    issuer = Issuer(keys=[made(algorithm)])
    assert checking(issuer).authenticate(issuer.token(algorithm)).name == "oauth:ann"


def test_a_token_of_somebody_else_s_key_is_nobody_s(tokens: Credentials, issuer: Issuer) -> None:
    for kid in ("first", "second"):
        with pytest.raises(AccessDenied, match="not signed by a key"):
            tokens.authenticate(issuer.token(key=made(kid=kid)))


def test_a_token_without_a_signature_or_signed_with_what_everybody_knows_is_nobody_s(
    tokens: Credentials, issuer: Issuer
) -> None:
    header, claims, _ = issuer.token().split(".")
    bare = base64.urlsafe_b64encode(b'{"alg":"none","kid":"first"}').decode().rstrip("=")
    known = json.dumps(issuer.published()["keys"][0]).encode()
    shared = jwt.encode(
        {"alg": "HS256", "kid": "first"}, {"sub": "ann"}, OctKey.import_key(known), algorithms=["HS256"]
    )
    for token in (f"{bare}.{claims}.", f"{header}.{claims}.", shared):
        with pytest.raises(AccessDenied):
            tokens.authenticate(token)


@pytest.mark.parametrize("token", ["", "a.b.c", "..", "eyJ9.e30.x", "é.e.e", "a" * 20_000, "a.b", "[].[].[]"])
def test_what_is_no_token_is_nobody_s(tokens: Credentials, token: str) -> None:
    with pytest.raises(AccessDenied):
        tokens.authenticate(token)
    assert tokens.remembered(token) is None


ISSUER = Issuer()
TOKEN = ISSUER.token(groups=["red"])


@settings(max_examples=300)
@given(place=st.integers(0, len(TOKEN) - 1), letter=st.sampled_from("AZaz09-_.=é"))
def test_no_letter_of_a_token_can_be_another(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    tokens = checking(ISSUER)
    found = None
    with suppress(AccessDenied):
        found = tokens.authenticate(changed)
    # The last letter of a part holds bits that are not read: such a token is the same one.
    assert found is None or found == tokens.authenticate(TOKEN)


# --- the keys -----------------------------------------------------------------------------------------------------


def test_keys_are_found_by_the_issuer_s_metadata_and_read_once(tokens: Credentials, issuer: Issuer) -> None:
    for _ in range(5):
        tokens.authenticate(issuer.token())
    assert issuer.asked == [f"{URL}/.well-known/openid-configuration", METADATA, JWKS]


def test_a_named_place_of_the_keys_needs_no_metadata(issuer: Issuer) -> None:
    checking(issuer, jwks_url=JWKS).authenticate(issuer.token())
    assert issuer.asked == [JWKS]


def test_metadata_of_another_issuer_is_not_believed(issuer: Issuer) -> None:
    token = issuer.token()
    issuer.url = "https://evil.example.com"
    with pytest.raises(DependencyUnavailable, match="keys have not been read"):
        checking(issuer).authenticate(token)


def test_a_new_key_works_soon_and_a_withdrawn_one_no_longer(tokens: Credentials, issuer: Issuer, clock: Hands) -> None:
    before = issuer.token()
    tokens.authenticate(before)
    issuer.keys = [made(kid="second")]
    clock.now += RETRY_SECONDS
    assert tokens.authenticate(issuer.token()).name == "oauth:ann"
    with pytest.raises(AccessDenied):
        tokens.authenticate(before)


def test_a_withdrawn_key_is_accepted_for_no_longer_than_the_copy_is_fresh(
    tokens: Credentials, issuer: Issuer, clock: Hands
) -> None:
    before = issuer.token()
    tokens.authenticate(before)
    issuer.keys = [made(kid="second")]
    assert tokens.remembered(before) is not None
    clock.now += FRESH_SECONDS
    assert tokens.remembered(before) is None
    with pytest.raises(AccessDenied):
        tokens.authenticate(before)


def test_a_flood_of_tokens_that_are_nobody_s_asks_the_issuer_once_in_a_while(
    tokens: Credentials, issuer: Issuer, clock: Hands
) -> None:
    strange = issuer.token(key=made(kid="other"))
    for _ in range(50):
        clock.now += 0.1
        with pytest.raises(AccessDenied):
            tokens.authenticate(strange)
    assert issuer.asked.count(JWKS) == 1


def test_an_outage_of_the_issuer_locks_nobody_out(tokens: Credentials, issuer: Issuer, clock: Hands) -> None:
    token = issuer.token()
    tokens.authenticate(token)
    issuer.is_down = True
    clock.now += FRESH_SECONDS
    assert tokens.authenticate(token).name == "oauth:ann"


def test_an_issuer_that_never_answered_is_waited_for_and_asked_again(issuer: Issuer, clock: Hands) -> None:
    issuer.is_down, tokens = True, checking(issuer, clock)
    for _ in range(3):
        with pytest.raises(DependencyUnavailable):
            tokens.authenticate(issuer.token())
    asked = len(issuer.asked)
    issuer.is_down = False
    clock.now += RETRY_SECONDS
    assert tokens.authenticate(issuer.token()).name == "oauth:ann"
    assert asked == 2


@pytest.mark.parametrize("published", [{}, [], {"keys": [{"kty": "none"}]}, {"keys": 7}, "keys"])
def test_keys_that_are_none_are_like_an_outage(issuer: Issuer, published: Any) -> None:
    tokens = OAuthTokens(oauth_issuer.Issuer(URL, AUDIENCE, JWKS), lambda _: published)
    with pytest.raises((DependencyUnavailable, AccessDenied)):
        tokens.authenticate(issuer.token())


# --- over HTTP, and beside API keys -------------------------------------------------------------------------------


@pytest.fixture
def address(issuer: Issuer) -> Iterator[str]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/keys"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(json.dumps(issuer.published()).encode() if found else b"nothing here")

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", free_port()), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_keys_come_over_http(address: str, issuer: Issuer) -> None:
    tokens = OAuthTokens(oauth_issuer.Issuer(URL, AUDIENCE, f"{address}/keys"))
    assert tokens.authenticate(issuer.token()).name == "oauth:ann"


def test_an_address_without_keys_is_an_outage(address: str) -> None:
    for url in (f"{address}/none", "http://127.0.0.1:1/keys", "nonsense"):
        with pytest.raises(DependencyUnavailable):
            fetched(url)


def test_keys_and_tokens_are_told_apart_by_what_they_look_like(tokens: OAuthTokens, issuer: Issuer) -> None:
    analyst = Principal("analyst", frozenset({"read"}))
    both = EitherCredentials(FakeCredentials(analyst), tokens)
    assert both.authenticate("analyst") == analyst
    assert both.remembered("analyst") == analyst
    assert both.authenticate(issuer.token(sub="analyst")).name == "oauth:analyst"
    for other in ("nobody", "no.bo.dy"):
        with pytest.raises(AccessDenied):
            both.authenticate(other)
