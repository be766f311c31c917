"""Manifests signed by a KMS key that nobody can take away, not even those who may write backups."""

import hashlib
from typing import Any

import boto3
from botocore.exceptions import ClientError

from raglite.adapters.aws_errors import CLIENT_CONFIG, code_of, connecting, translated

ALGORITHM = "ECDSA_SHA_256"  # of a key ECC_NIST_P256
LONGEST = 6144  # bytes of a signature that KMS looks at


class KmsSigner:
    """Signer by an asymmetric key."""

    def __init__(self, client: Any, key: str) -> None:
        self._client = client
        self._key = key

    @classmethod
    def connect(cls, key: str) -> "KmsSigner":
        """Return a signer that reaches KMS by the standard AWS environment; `key` is an id or an alias."""
        with connecting("KMS"):
            return cls(boto3.client("kms", config=CLIENT_CONFIG), key)

    def sign(self, message: bytes) -> bytes:
        """Return a signature of a message of any length."""
        with translated("KMS", f"key {self._key}"):
            signed: bytes = self._client.sign(**self._of(message))["Signature"]
            return signed

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's, of this message."""
        if not 0 < len(signature) <= LONGEST:
            return False
        with translated("KMS", f"key {self._key}"):
            try:
                return bool(self._client.verify(**self._of(message), Signature=signature)["SignatureValid"])
            except ClientError as error:
                if code_of(error) != "KMSInvalidSignatureException":
                    raise
        return False

    def _of(self, message: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(message).digest()
        return {"KeyId": self._key, "Message": digest, "MessageType": "DIGEST", "SigningAlgorithm": ALGORITHM}
