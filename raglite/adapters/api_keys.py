"""API keys, added to and taken from the secret that lists their hashes."""

import hashlib
import json
import secrets
from typing import Any

import boto3

from raglite.adapters.aws_errors import CLIENT_CONFIG, connecting, translated


class ApiKeys:
    """KeyRing over a secret in Secrets Manager. Two that change it at once may undo each other's change."""

    def __init__(self, client: Any, secret: str) -> None:
        self._client = client
        self.secret = secret

    @classmethod
    def connect(cls, secret: str) -> "ApiKeys":
        """Return a ring by the standard AWS environment; nothing is sent yet."""
        with connecting("Secrets Manager"):
            return cls(boto3.client("secretsmanager", config=CLIENT_CONFIG), secret)

    def add(self, name: str) -> str:
        """Make a key that may read, and return it."""
        key = secrets.token_urlsafe(32)
        sha256 = hashlib.sha256(key.encode()).hexdigest()
        self._put([*self._but(name), {"name": name, "sha256": sha256, "scopes": ["read"], "groups": None}])
        return key

    def remove(self, name: str) -> None:
        """Take a key away; a no-op if there is none."""
        left, all_keys = self._but(name), self._listed()
        if left != all_keys:
            self._put(left)

    def _but(self, name: str) -> list[Any]:
        return [one for one in self._listed() if one["name"] != name]

    def _listed(self) -> list[Any]:
        with translated("Secrets Manager", f"secret {self.secret} with a value"):
            text = self._client.get_secret_value(SecretId=self.secret)["SecretString"]
        keys: list[Any] = json.loads(text)["keys"]
        return keys

    def _put(self, keys: list[Any]) -> None:
        with translated("Secrets Manager", f"secret {self.secret}"):
            self._client.put_secret_value(SecretId=self.secret, SecretString=json.dumps({"keys": keys}))
