"""The locked bucket of backups, the key that signs, and the secrets' versions, in dictionaries."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from raglite.errors import AccessDenied, NotFound
from raglite.ports import Clock
from raglite.ports.recovery import Kept, SecretVersion
from raglite.recovery.manifest import MANIFEST, SIGNATURE
from tests.fakes.clock import FakeClock


@dataclass
class FakeBackupStore:
    """`days` is the bucket's own retention of parts."""

    clock: Clock = field(default_factory=FakeClock)
    days: float = 30
    parts: dict[tuple[str, str], bytes] = field(default_factory=dict)
    locked: dict[tuple[str, str], datetime] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)

    def complete(self) -> Iterator[str]:
        signed = ((one, SIGNATURE) in self.parts and (one, MANIFEST) in self.parts for one in self.begun())
        yield from (one for one, is_signed in zip(self.begun(), signed, strict=True) if is_signed)

    def begun(self) -> Iterator[str]:
        yield from sorted({backup for backup, _ in self.parts}, reverse=True)

    def put(self, backup: str, name: str, path: Path) -> None:
        self.parts[backup, name] = path.read_bytes()
        self.locked[backup, name] = self.clock.now() + timedelta(days=self.days)

    def fetch(self, backup: str, name: str, into: Path) -> str:
        if (backup, name) not in self.parts:
            raise NotFound(f"The backup {backup} has no {name}.")
        return _written(into, self.parts[backup, name])

    def locked_until(self, backup: str) -> datetime | None:
        return max((until for (of, _), until in self.locked.items() if of == backup), default=None)

    def remove(self, backup: str) -> None:
        names = [name for of, name in self.parts if of == backup]
        if any(self.locked[backup, name] > self.clock.now() for name in names):
            raise AccessDenied(f"The backup {backup} is locked.")
        for name in sorted(names, key=lambda name: name != MANIFEST):
            del self.parts[backup, name], self.locked[backup, name]

    def keep(self, sha256: str, path: Path, until: datetime) -> None:
        self.bodies[sha256] = path.read_bytes()
        self.kept[sha256] = Kept(sha256, len(self.bodies[sha256]), self.clock.now())
        self.locked["", sha256] = until

    def prolong(self, sha256: str, until: datetime) -> None:
        self._there(sha256)
        self.locked["", sha256] = max(until, self.locked["", sha256])

    def take(self, sha256: str, into: Path) -> str:
        return _written(into, self._there(sha256))

    def contents(self) -> Iterator[Kept]:
        yield from sorted(self.kept.values())

    def forget(self, sha256: str) -> None:
        if self.locked["", sha256] > self.clock.now():
            raise AccessDenied(f"The content {sha256} is locked.")
        del self.bodies[sha256], self.kept[sha256], self.locked["", sha256]

    def _there(self, sha256: str) -> bytes:
        if sha256 not in self.bodies:
            raise NotFound(f"The content {sha256} is not kept.")
        return self.bodies[sha256]


def _written(into: Path, body: bytes) -> str:
    into.write_bytes(body)
    return hashlib.sha256(body).hexdigest()


@dataclass(frozen=True)
class FakeSigner:
    secret: bytes = b"the key"

    def sign(self, message: bytes) -> bytes:
        return hmac.digest(self.secret, message, "sha256")

    def verify(self, message: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(self.sign(message), signature)


@dataclass
class FakeSecretVersions:
    versions: list[SecretVersion] = field(default_factory=lambda: [SecretVersion("raglite/api-keys", "s1")])

    def current(self) -> tuple[SecretVersion, ...]:
        return tuple(self.versions)
