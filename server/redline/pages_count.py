"""How many pages the working document or a version of it has, counted while nobody waits for it.

A page that asks is told the number for exactly this content, or nothing yet. What is counted is the content that was
asked for last, once it has rested a moment, one at a time; a count is kept by the content's hash. Without PDF there is
none.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence

import structlog

from server.documents.pdf import PdfNotMade, page_count
from server.documents.working import WorkingDocument
from server.redline.registrar import Spawn
from server.redline.state import SectionState
from server.redline.versions import canonical, citations_of

log = structlog.get_logger("alongside.redline")

REST_SECONDS = 3.0
"""How long the content has to stay as it is before it is counted: typing would have it counted at every word."""
_MOST_KEPT = 512


def content_hash(states: Sequence[SectionState]) -> str:
    """The same for the same words, statuses, numbers and footnotes on paper."""
    value = [
        [
            state.section,
            state.baseline.hash,
            state.appeal.number,
            [
                [key, state.hashes[key], state.standing[key], number, citations_of(state, key)]
                for key, number in sorted(state.numbers.items())
                if key in state.known
            ],
        ]
        for state in states
    ]
    return hashlib.sha256(canonical(value)).hexdigest()


class PageCounts:
    """The counts of one server. ``count`` blocks until it has counted, and is called in a thread."""

    def __init__(
        self, spawn: Spawn, *, count: Callable[[WorkingDocument], int] = page_count, rest: float = REST_SECONDS
    ) -> None:
        self._spawn = spawn
        self._count = count
        self._rest = rest
        self._known: dict[str, int | None] = {}
        self._wanted: dict[int, tuple[str, Callable[[], WorkingDocument]]] = {}
        self._last: dict[int, int | None] = {}
        self._busy: set[int] = set()
        self._asked: set[str] = set()
        self._turn = asyncio.Lock()

    def last(self, appeal: int) -> int | None:
        """The length as it was last counted for this appeal; for pages that do not have all of it at hand."""
        return self._last.get(appeal)

    def now(self, states: Sequence[SectionState], values: Callable[[], WorkingDocument]) -> int | None:
        """The length of this content if it is known; if not, it is counted soon. ``values`` makes what is counted."""
        if not states:
            return None
        digest, appeal = content_hash(states), states[0].appeal.id or 0
        if digest in self._known:
            self._last[appeal] = self._known[digest]
            return self._known[digest]
        if appeal not in self._wanted or self._wanted[appeal][0] != digest:
            self._wanted[appeal] = (digest, values)
        if appeal not in self._busy:
            self._busy.add(appeal)
            self._spawn("page count", self._follow(appeal))
        return None

    async def _follow(self, appeal: int) -> None:
        """Counts what is wanted of one appeal until nothing is."""
        try:
            while appeal in self._wanted:
                wanted = self._wanted[appeal]
                await asyncio.sleep(self._rest)
                if self._wanted[appeal] is not wanted:
                    continue
                del self._wanted[appeal]
                digest, values = wanted
                self._last[appeal] = await self._find(digest, values)
        finally:
            self._busy.discard(appeal)

    def version(
        self, digest: str, values: Callable[[], WorkingDocument], keep: Callable[[int], Awaitable[None]]
    ) -> int | None:
        """The length of the frozen bytes with this hash if known; if not, it is counted soon and ``keep`` told."""
        if digest in self._known:
            return self._known[digest]
        if digest not in self._asked:
            self._asked.add(digest)
            self._spawn("page count", self._once(digest, values, keep))
        return None

    async def _once(
        self, digest: str, values: Callable[[], WorkingDocument], keep: Callable[[int], Awaitable[None]]
    ) -> None:
        try:
            await asyncio.sleep(self._rest)
            found = await self._find(digest, values)
            if found is not None:
                await keep(found)
        finally:
            self._asked.discard(digest)

    async def _find(self, digest: str, values: Callable[[], WorkingDocument]) -> int | None:
        async with self._turn:
            found = await asyncio.to_thread(self._counted, values)
        while len(self._known) >= _MOST_KEPT:
            self._known.pop(next(iter(self._known)))
        self._known[digest] = found
        return found

    def _counted(self, values: Callable[[], WorkingDocument]) -> int | None:
        try:
            return self._count(values())
        except PdfNotMade as why:
            log.warning("pages_not_counted", why=str(why))
            return None
