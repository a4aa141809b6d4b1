"""How often somebody may try: rate limits in memory, with the ``limits`` library.

Memory is bounded: whatever is counted (an address, a person) falls into one of a fixed number of buckets under a
secret key, so a flood of made-up addresses cannot fill the server and nobody can aim at another's bucket.
"""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from typing import Literal

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import Scope

from server.auth.keys import Keys
from server.settings import Settings

BUCKETS = 1 << 16

Kind = Literal["codes-for-address", "sign-in-from-client", "changes-by-person"]


class Limits:
    """Counts tries of each kind."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._keys = keys
        self.storage = MemoryStorage()
        self._strategy = SlidingWindowCounterRateLimiter(self.storage)
        self._items: dict[Kind, list[RateLimitItem]] = {
            "codes-for-address": parse_many(settings.sign_in_rate),
            "sign-in-from-client": parse_many(settings.sign_in_rate_per_client),
            "changes-by-person": parse_many(settings.api_rate),
        }

    def allows(self, kind: Kind, who: str) -> bool:
        """Counts one try; False when there were too many."""
        bucket = self._bucket(kind, who)
        verdicts = [self._strategy.hit(item, kind, bucket) for item in self._items[kind]]  # every one counts
        return all(verdicts)

    def spent(self, kind: Kind, who: str) -> bool:
        """Were there too many tries already? Counts nothing."""
        bucket = self._bucket(kind, who)
        return not all(self._strategy.test(item, kind, bucket) for item in self._items[kind])

    def _bucket(self, kind: Kind, who: str) -> str:
        return str(int(self._keys.sign("limits", kind, who)[:8], 16) % BUCKETS)


def client_of(scope: Scope) -> str:
    """The network address tries are counted for; a whole /64 counts as one on IPv6."""
    client = scope.get("client")
    if not client:
        return "unknown"
    try:
        address = ip_address(client[0])
    except (AddressValueError, ValueError):
        return "unknown"
    if isinstance(address, IPv4Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(IPv6Address(int(address) >> 64 << 64))
