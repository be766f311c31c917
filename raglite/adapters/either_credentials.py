"""API keys and access tokens side by side."""

import re

from raglite.adapters.oauth_issuer import Issuer
from raglite.adapters.secrets_manager import SecretsManagerCredentials
from raglite.ports import Credentials, Principal

# Three parts of base64url: https://www.rfc-editor.org/rfc/rfc7515#section-3.1. No API key has a point in it.
_JWT = re.compile(r"[\w-]+\.[\w-]*\.[\w-]*", re.ASCII)


class EitherCredentials:
    """Credentials that ask the one of two kinds which what is presented looks like."""

    def __init__(self, keys: Credentials, tokens: Credentials) -> None:
        self._keys = keys
        self._tokens = tokens

    def authenticate(self, presented: str) -> Principal:
        """Return who presents a key or a token; AccessDenied if nobody may."""
        return self._of(presented).authenticate(presented)

    def remembered(self, presented: str) -> Principal | None:
        """Return the same at once; None if nobody is known to, or if that would have to be asked."""
        return self._of(presented).remembered(presented)

    def _of(self, presented: str) -> Credentials:
        return self._tokens if _JWT.fullmatch(presented) else self._keys


def connected(secret: str, issuer: Issuer) -> Credentials:
    """Return the API keys of a secret, beside them an issuer's access tokens if there is one; nothing is sent yet."""
    keys = SecretsManagerCredentials.connect(secret)
    if not issuer.url:
        return keys
    from raglite.adapters.oauth_tokens import OAuthTokens

    return EitherCredentials(keys, OAuthTokens(issuer))
