"""How many pages the working document has, counted while nobody waits for it.

A page that asks is told the number for exactly this content, or nothing yet. What is counted is the content that was
asked for last, once it has rested a moment; a count is kept by the content's hash. Without PDF there is no count.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from datetime import date

import structlog

from sections.appeal import outcome
from sections.catalogue import find
from sections.keys import DEFAULT
from server.documents.pdf import PdfNotMade, page_count
from server.documents.working import DisputedSection, WorkingDocument
from server.layers import SIDES
from server.redline.registrar import Spawn
from server.redline.state import SectionState
from server.redline.versions import canonical, citations_of
from server.tables import Plan

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


def document_now(plan: Plan, states: Sequence[SectionState], council: str, on: date) -> WorkingDocument:
    """What is counted: everything that is shared now, in the tribunal's key and without colour."""
    return WorkingDocument(
        council=council,
        reference=plan.reference,
        child=plan.child,
        appeal_number=states[0].appeal.number,
        version=None,
        on=on,
        party=SIDES[0],
        profile=DEFAULT,
        colour=False,
        sections=tuple(_section(state) for state in states),
    )


def _section(state: SectionState) -> DisputedSection:
    rule = find(state.section)
    return DisputedSection(
        label=state.section,
        title="" if rule is None else rule.title,
        appeal=outcome(state.section),
        baseline=state.baseline,
        known=state.known,
        standing=state.standing,
        numbers=state.numbers,
        citations={key: citations_of(state, key) for key in state.rows},
    )


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
                found = await asyncio.to_thread(self._counted, values)
                while len(self._known) >= _MOST_KEPT:
                    self._known.pop(next(iter(self._known)))
                self._known[digest] = self._last[appeal] = found
        finally:
            self._busy.discard(appeal)

    def _counted(self, values: Callable[[], WorkingDocument]) -> int | None:
        try:
            return self._count(values())
        except PdfNotMade as why:
            log.warning("pages_not_counted", why=str(why))
            return None
