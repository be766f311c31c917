"""An OAuth authorization server, as far as a resource server knows one: metadata, keys, and tokens that it signs."""

import time
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

from raglite.errors import DependencyUnavailable

URL = "https://login.example.com"
JWKS = f"{URL}/keys"
METADATA = f"{URL}/.well-known/oauth-authorization-server"
AUDIENCE = "https://raglite.example.com/mcp"
KINDS: dict[str, Any] = {
    "RS256": lambda kid: RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}),
    "ES256": lambda kid: ECKey.generate_key("P-256", {"kid": kid, "use": "sig"}),
    "Ed25519": lambda kid: OKPKey.generate_key("Ed25519", {"kid": kid, "use": "sig"}),
}


def made(algorithm: str = "ES256", kid: str = "first") -> Key:
    key: Key = KINDS[algorithm](kid)
    return key


@dataclass
class Issuer:
    """`answers` are what is found at its addresses; it counts how often each was asked for."""

    url: str = URL
    keys: list[Key] = field(default_factory=lambda: [made()])
    asked: list[str] = field(default_factory=list)
    is_down: bool = False

    def fetch(self, url: str) -> Any:
        self.asked.append(url)
        if self.is_down or url not in {JWKS, METADATA}:
            raise DependencyUnavailable("the authorization server", f"gave no JSON at {url}.")
        return self.published() if url == JWKS else {"issuer": self.url, "jwks_uri": JWKS}

    def published(self) -> Any:
        return KeySet(self.keys).as_dict(private=False)

    def token(self, algorithm: str = "ES256", key: Key | None = None, **claims: Any) -> str:
        """Sign a token that is good but for what `claims` say; None leaves a claim out."""
        signed_with = key or self.keys[0]
        now = int(time.time())
        given = {"iss": self.url, "aud": AUDIENCE, "sub": "ann", "iat": now, "exp": now + 300, "scope": "read"}
        told = {name: value for name, value in (given | claims).items() if value is not None}
        header = {"alg": algorithm, "typ": "at+jwt", "kid": signed_with.kid}
        return jwt.encode(header, told, signed_with, algorithms=[algorithm])
