"""Access tokens of an OAuth 2.1 authorization server, as this resource server checks them.

A token is a JWT (RFC 9068) that the issuer signed with one of its published keys (RFC 7517), for this audience and for
now. Its scopes are those of ours that it names; its groups are those of a claim, `*` for all. Without the claim it sees
no document.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import KeySet

from raglite.adapters.oauth_issuer import Issuer
from raglite.errors import AccessDenied, DependencyUnavailable
from raglite.ports import Principal

# Signatures by a key pair only: a shared secret, or none, would let anybody sign who has the published key.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
LEEWAY = 30  # seconds that two clocks may differ
LONGEST = 16_384  # characters of a token: as much as all headers of a request may have
FRESH_SECONDS = 600.0  # how long a withdrawn key may go on being accepted
RETRY_SECONDS = 10.0  # how soon a new key is looked for, and how often at most a flood of unknown ones makes us ask
TIMEOUT = httpx.Timeout(3, connect=2)  # seconds: callers wait for it
DISCOVERY = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
ALL_GROUPS = "*"
NAMED = "oauth:"  # before a subject's name: no API key's name may be taken for it, nor the other way round
ASK = "get a new one from"
log = logging.getLogger(__name__)

Fetch = Callable[[str], Any]


def fetched(url: str) -> Any:
    """Return the JSON at a URL; DependencyUnavailable if there is none to be had."""
    try:
        answer = httpx.get(url, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise DependencyUnavailable("the authorization server", f"gave no JSON at {url} ({error}).") from error


class OAuthTokens:
    """Credentials over a copy of the issuer's keys, renewed now and then. The last good copy outlives an outage."""

    def __init__(self, issuer: Issuer, fetch: Fetch = fetched, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._keys: KeySet | None = None
        self._tried: float | None = None
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer.url},
            aud={"essential": True, "value": issuer.audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    def authenticate(self, presented: str) -> Principal:
        """Return whom the token is of; AccessDenied if it is not good, DependencyUnavailable while no key is known."""
        try:
            claims = self._read(presented, self._current(FRESH_SECONDS))
        except AccessDenied:
            renewed = self._current(RETRY_SECONDS)  # it may be signed with a key that is new
            claims = self._read(presented, renewed)
        return self._principal(claims)

    def remembered(self, presented: str) -> Principal | None:
        """Return the same at once; None if it is not good, or if the keys are to be asked for."""
        if self._keys is None or self._is_due(FRESH_SECONDS):
            return None
        try:
            return self._principal(self._read(presented, self._keys))
        except AccessDenied:
            return None

    def _read(self, presented: str, keys: KeySet) -> Mapping[str, Any]:
        if len(presented) > LONGEST:
            raise self._denied("is too long")
        try:
            token = jwt.decode(presented, keys, algorithms=ALGORITHMS)
            self._claims.validate(token.claims)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._denied(_why(error)) from error
        return token.claims

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject:
            raise self._denied("names nobody")
        return Principal(
            NAMED + subject, frozenset(_words(claims.get("scope", claims.get("scp")))), self._groups(claims)
        )

    def _groups(self, claims: Mapping[str, Any]) -> tuple[str, ...] | None:
        named = _words(claims.get(self._issuer.groups_claim))
        return None if ALL_GROUPS in named else tuple(named)

    def _denied(self, why: str) -> AccessDenied:
        return AccessDenied(f"The access token {why}: {ASK} {self._issuer.url}.")

    def _current(self, seconds: float) -> KeySet:
        """Return the keys as of `seconds` ago at most, or the last good copy where they cannot be had."""
        with self._lock:
            if self._is_due(seconds):
                self._renew()
            if self._keys is None:
                raise DependencyUnavailable("the authorization server", "its keys have not been read; try again.")
            return self._keys

    def _is_due(self, seconds: float) -> bool:
        patience = seconds if self._keys is not None else RETRY_SECONDS
        return self._tried is None or self._monotonic() - self._tried >= patience

    def _renew(self) -> None:
        self._tried = self._monotonic()
        try:
            self._keys = KeySet.import_key_set(self._fetch(self._issuer.jwks_url or self._discovered()))
        except (DependencyUnavailable, JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("the authorization server's keys could not be read anew: %s", error)

    def _discovered(self) -> str:
        """Return where the issuer says that its keys are (RFC 8414, OpenID Connect Discovery 1.0)."""
        for path in DISCOVERY:
            try:
                told = self._fetch(self._issuer.url.rstrip("/") + path)
            except DependencyUnavailable:
                continue
            if told.get("issuer") == self._issuer.url and isinstance(told.get("jwks_uri"), str):
                return str(told["jwks_uri"])
        raise DependencyUnavailable("the authorization server", f"{self._issuer.url} does not say where its keys are.")


def _words(value: Any) -> list[str]:
    """Return the words of a claim, which issuers write as a list or as one string."""
    given = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
    return [word for word in given if isinstance(word, str)]


def _why(error: Exception) -> str:
    """Return what is wrong with a token without a word of it."""
    reasons: dict[type[Exception], str] = {
        ExpiredTokenError: "has expired",
        MissingClaimError: "lacks a claim that it needs: iss, aud, exp or sub",
        InvalidClaimError: "is not for this service, not from this issuer or not valid yet",
    }
    found = (why for kind, why in reasons.items() if isinstance(error, kind))
    return next(found, "is not signed by a key of its issuer")
