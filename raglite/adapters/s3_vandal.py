"""The bucket of backups as a vandal finds it: what is locked stays, but something else may be put before it."""

import hashlib
from typing import Any

import boto3
from botocore.exceptions import ClientError

from raglite.adapters.aws_errors import CLIENT_CONFIG, code_of, connecting, translated
from raglite.errors import NotFound

FOLDER, MANIFEST = "backups/", "manifest.json"
GONE = {"404", "NoSuchKey"}
ALGORITHM = "ECDSA_SHA_256"
LAST_DAYS = 7  # the shortest time after which KMS forgets a key


class S3Vandal:
    """BackupFiles."""

    def __init__(self, s3: Any, kms: Any, bucket: str) -> None:
        self._s3 = s3
        self._kms = kms
        self._bucket = bucket

    @classmethod
    def connect(cls, bucket: str) -> "S3Vandal":
        """Return a vandal by the standard AWS environment; nothing is sent yet."""
        with connecting("S3"):
            return cls(boto3.client("s3", config=CLIENT_CONFIG), boto3.client("kms", config=CLIENT_CONFIG), bucket)

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all complete backups, newest first."""
        keys = (key.removeprefix(FOLDER) for key in self._keys(FOLDER))
        return tuple(sorted((key.split("/")[0] for key in keys if key.endswith(f"/{MANIFEST}")), reverse=True))

    def names(self, backup: str) -> tuple[str, ...]:
        """Return the names of a backup's files."""
        place = f"{FOLDER}{backup}/"
        return tuple(key.removeprefix(place) for key in self._keys(place))

    def read(self, backup: str, name: str) -> bytes:
        """Return a file; NotFound if it is missing."""
        with translated("S3", f"bucket {self._bucket}"):
            try:
                found = self._s3.get_object(Bucket=self._bucket, Key=f"{FOLDER}{backup}/{name}")
                body: bytes = found["Body"].read()
            except ClientError as error:
                if code_of(error) in GONE:
                    raise NotFound(f"The backup {backup} has no {name}.") from error
                raise
        return body

    def write(self, backup: str, name: str, body: bytes) -> None:
        """Put another file in its place."""
        with translated("S3", f"bucket {self._bucket}"):
            self._s3.put_object(
                Bucket=self._bucket, Key=f"{FOLDER}{backup}/{name}", Body=body, ChecksumAlgorithm="SHA256"
            )

    def remove(self, backup: str, name: str) -> None:
        """Hide a file by a delete marker."""
        with translated("S3", f"bucket {self._bucket}"):
            self._s3.delete_object(Bucket=self._bucket, Key=f"{FOLDER}{backup}/{name}")

    def signed_by_another(self, message: bytes) -> bytes:
        """Return a signature of the message by a key that is not ours, made for it and given up at once."""
        with translated("KMS", "another key"):
            made = self._kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
            try:
                digest = hashlib.sha256(message).digest()
                signed = self._kms.sign(KeyId=made, Message=digest, MessageType="DIGEST", SigningAlgorithm=ALGORITHM)
            finally:
                self._kms.schedule_key_deletion(KeyId=made, PendingWindowInDays=LAST_DAYS)
        signature: bytes = signed["Signature"]
        return signature

    def _keys(self, prefix: str) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        with translated("S3", f"bucket {self._bucket}"):
            return [one["Key"] for page in pages for one in page.get("Contents", ())]
