"""How fast one person may send: a bucket that fills with time. Pure: the time is an argument."""

from __future__ import annotations


class Bucket:
    """Holds at most ``burst``, gains ``rate`` each second."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = now

    def take(self, amount: float, now: float) -> bool:
        """Takes the amount if it is there."""
        self._fill(now)
        if self._left < amount:
            return False
        self._left -= amount
        return True

    def spend(self, amount: float, now: float) -> float:
        """Takes the amount whether or not it is there; returns the seconds until the debt is paid."""
        self._fill(now)
        self._left -= amount
        return 0.0 if self._left >= 0 else -self._left / self._rate

    def give_back(self, amount: float) -> None:
        """What was taken is not used."""
        self._left = min(self._burst, self._left + amount)

    def full(self, now: float) -> bool:
        """Nothing is missing."""
        self._fill(now)
        return self._left >= self._burst

    def _fill(self, now: float) -> None:
        if now > self._at:
            self._left = min(self._burst, self._left + (now - self._at) * self._rate)
            self._at = now
