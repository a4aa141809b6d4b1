"""How often somebody may try: rate limits with the ``limits`` library, counted in memory.

Where several processes share a Redis, tries to sign in are counted there, for all of them together; while Redis does
not answer, and for everything else, each process counts for itself.

Memory is bounded: whatever is counted (an address, a person) falls into one of a fixed number of buckets under a
secret key, so a flood of made-up addresses cannot fill the server and nobody can aim at another's bucket.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from typing import Literal

import structlog
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import Scope

from server.auth.keys import Keys
from server.settings import Settings

log = structlog.get_logger("alongside.auth")

BUCKETS = 1 << 16
_ANSWER_SECONDS = 0.25
"""Redis is asked on the event loop, and only about sign-in: it must answer at once or not at all."""

Kind = Literal["codes-for-address", "sign-in-from-client", "changes-by-person"]
_TOGETHER: tuple[Kind, ...] = ("codes-for-address", "sign-in-from-client")


def _shared(url: str, keys: Keys) -> SlidingWindowCounterRateLimiter:
    """Counts that all processes with the same secret share; a Redis may serve several councils."""
    from limits.storage import RedisStorage  # Redis's client brings much with it, and most have none

    storage = RedisStorage(
        url,
        key_prefix=f"alongside-limits:{keys.sign('limits', 'prefix', '')[:16]}",
        wrap_exceptions=True,
        socket_timeout=_ANSWER_SECONDS,
        socket_connect_timeout=_ANSWER_SECONDS,
    )
    return SlidingWindowCounterRateLimiter(storage)


class Limits:
    """Counts tries of each kind."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._keys = keys
        self.storage = MemoryStorage()
        self._strategy = SlidingWindowCounterRateLimiter(self.storage)
        self._shared = None if settings.redis_url is None else _shared(settings.redis_url, keys)
        self._items: dict[Kind, list[RateLimitItem]] = {
            "codes-for-address": parse_many(settings.sign_in_rate),
            "sign-in-from-client": parse_many(settings.sign_in_rate_per_client),
            "changes-by-person": parse_many(settings.api_rate),
        }

    def allows(self, kind: Kind, who: str) -> bool:
        """Counts one try; False when there were too many."""
        return self._ask(kind, who, SlidingWindowCounterRateLimiter.hit)

    def spent(self, kind: Kind, who: str) -> bool:
        """Were there too many tries already? Counts nothing."""
        return not self._ask(kind, who, SlidingWindowCounterRateLimiter.test)

    def _ask(self, kind: Kind, who: str, how: Callable[..., bool]) -> bool:
        bucket = self._bucket(kind, who)
        # Every limit is asked, and counts: a list, not a generator.
        if self._shared is not None and kind in _TOGETHER:
            try:
                return all([how(self._shared, item, kind, bucket) for item in self._items[kind]])  # noqa: C419
            except StorageError as trouble:
                log.warning("tries_counted_alone", error=type(trouble).__name__)
        return all([how(self._strategy, item, kind, bucket) for item in self._items[kind]])  # noqa: C419

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
