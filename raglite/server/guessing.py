"""How many keys that nobody has may come from an address, to each task: nothing is shared between tasks."""

import hashlib
import ipaddress
from collections import OrderedDict
from threading import Lock

from raglite.errors import AccessDenied, TooManyRequests
from raglite.ports import Credentials, Principal
from raglite.server.account import account
from raglite.server.buckets import MOST, Buckets, buckets
from raglite.settings import Settings

TOO_MANY = "Too many unknown keys came from this address: wait {seconds} s, and ask the operator for a key."
IPV6, OWNERS = 6, 64  # who has an IPv6 address has all that share its first 64 bits


class Guarded:
    """Credentials that look at no more unknown keys from an address that has presented too many.

    A key that was good before is looked at from there, too: others may be behind the same address.
    """

    def __init__(self, credentials: Credentials, unknown: Buckets) -> None:
        self._credentials = credentials
        self._unknown = unknown
        self._good: OrderedDict[bytes, None] = OrderedDict()  # keys' hashes
        self._lock = Lock()

    def authenticate(self, presented: str) -> Principal:
        """Return who presents this key; AccessDenied if nobody may, TooManyRequests if that is not even looked up."""
        digest = hashlib.sha256(presented.encode()).digest()
        if digest in self._good:
            return self._looked_up(presented, digest)
        origin = origin_of(account().address)
        standing = self._unknown.take(origin)
        if not standing.allowed:
            raise TooManyRequests(TOO_MANY.format(seconds=standing.seconds), standing.seconds)
        is_unknown = False
        try:
            return self._looked_up(presented, digest)
        except AccessDenied:
            is_unknown = True
            raise
        finally:
            if not is_unknown:
                self._unknown.put_back(origin)

    def remembered(self, presented: str) -> Principal | None:
        """Return the same at once; None if nobody is known to, or if that would have to be asked."""
        return self._credentials.remembered(presented)

    def _looked_up(self, presented: str, digest: bytes) -> Principal:
        try:
            found = self._credentials.authenticate(presented)
        except AccessDenied:
            with self._lock:
                self._good.pop(digest, None)
            raise
        with self._lock:
            self._good[digest] = None
            if len(self._good) > MOST:
                self._good.popitem(last=False)
        return found


def guarded(credentials: Credentials, settings: Settings) -> Credentials:
    """Return credentials that bear being guessed at, unless there is no limit to it."""
    unknown = buckets(settings.unknown_keys_per_minute, settings.unknown_keys_per_minute)
    return credentials if unknown is None else Guarded(credentials, unknown)


def origin_of(address: str) -> str:
    """Return what the unknown keys of an address are counted under: itself, or its owner's network of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, OWNERS), strict=False)) if found.version == IPV6 else address
