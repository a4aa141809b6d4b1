"""The sign-ins that ended while this server ran, for as long as a token of theirs may still be about.

Whoever lets somebody in asks here at the last moment, synchronously: a sign-in may end while its token is being read.
Only ``live`` may import it.
"""

from __future__ import annotations

from collections.abc import Callable

from server.settings import Settings

_MOST = 200_000


class Ended:
    """Bounded in time by the longest life of a token, and in number."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._clock = clock
        minutes = max(settings.session_minutes, settings.live_token_minutes, 60 * settings.cli_token_hours)
        self._keep = 60.0 * minutes
        self._at: dict[str, float] = {}

    def note(self, session_id: str) -> None:
        """This sign-in is over."""
        self._at.pop(session_id, None)
        self._at[session_id] = self._clock()
        self._forget_old()

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._at

    def _forget_old(self) -> None:
        now = self._clock()
        while self._at:
            oldest = next(iter(self._at))
            if len(self._at) <= _MOST and now - self._at[oldest] <= self._keep:
                return
            del self._at[oldest]
