"""One document and its log: what was judged and queued, what is on disk, what came from elsewhere, what was lost.

Nobody is shown, and nobody is told "saved", what is not on disk. When entries could not be written, the replica is
thrown away and made again from the log; edits that only came too late are judged again. Only ``room`` builds on it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

import structlog

from crdt import frames
from crdt.gate import Accepted
from crdt.limits import Limits
from crdt.replica import ReplicaBroken
from server import live_metrics
from server.audience import Audience, Edit
from server.caretaker import Caretaker
from server.codes import Code
from server.log import UPDATE, Conflict, Entry, Follow, Log, Outcome, Row, Saved
from server.order import Order, Work
from server.outbox import Parcel
from server.replay import Content
from server.seat import Seat

log = structlog.get_logger("alongside.live")


class Line(NamedTuple):
    """Two ends of one line of entries: what became of them, and whether they may stand behind others."""

    done: Callable[[Outcome], None]
    follow: Follow


class Logged(ABC):
    """``seq`` is the last entry judged and queued, ``durable`` the last one on disk."""

    def __init__(
        self,
        name: str,
        document_id: int,
        content: Content,
        log_: Log,
        limits: Limits,
        caretaker: Caretaker,
        *,
        stored: str = "",
    ) -> None:
        self.name = name
        self.stored = stored
        """Its name in the store, without the plan."""
        self.document_id = document_id
        self.content = content
        self.seq = self.durable = content.seq
        self.audience = Audience(
            name,
            limits,
            lambda client: self.content.ledger.owner_of(client),
            lambda payload: caretaker.shown(self, payload),
        )
        self.rights_moved = False
        """True while somebody's rights here may not be what they were: they are read with the log."""
        self.behind = 0
        """The last entry another process is known to have written."""
        self.shifts = 0
        """How often entries of other processes came before entries queued here."""
        self._unshown = False
        """True when something that was taken could not be shown."""
        self.failed = False
        """True while the log cannot be read: what is written now cannot be saved."""
        self.lineage = 0
        """Changes whenever what was queued has been given up."""
        self._log = log_
        self._caretaker = caretaker
        self.order = Order()
        self._rebuild_when_quiet = False
        self._look_when_quiet = False
        self._now = self._line()

    @property
    def quiet(self) -> bool:
        """Nothing waits for the disk and nothing is held back."""
        return not self.order.pending and not self.order.held

    @abstractmethod
    def refresh(self, seat: Seat) -> None:
        """The whole text for a reader who fell behind."""

    def apply(self, verdict: Accepted, author: str) -> bool:
        try:
            self.content.replica.apply(verdict.update)
            self.content.ledger.record(verdict, author)
        except (ReplicaBroken, ValueError) as broken:
            log.critical("replica_broken", section=self.name, person=author, seq=self.seq, error=type(broken).__name__)
            return False
        return True

    def queue(
        self,
        verdict: Accepted,
        seat: Seat | None,
        message: bytes,
        author: str,
        again: Work,
        then: Work | None = None,
        lost: Work | None = None,
    ) -> None:
        self.seq = self.content.seq = self.seq + 1
        self.order.edit(self.seq, seat, message, again, then, lost)
        entry = Entry(UPDATE, verdict.update, author)
        rights = self._caretaker.rights(self)
        self._log.append(self.document_id, self.seq, entry, self._now.done, rights=rights, follow=self._now.follow)

    # The disk

    def when_durable(self, then: Work, lost: Work, again: Work | None = None) -> None:
        """Calls ``then`` once everything judged so far is on disk, or ``lost`` if it could not be saved.

        ``again`` is called instead of ``lost`` when what it waited for is judged once more.
        """
        self.order.when_durable(self.seq, then, lost, again)

    def _line(self) -> Line:
        """What the log asks and tells about entries queued from now on, until they are given up."""
        lineage = self.lineage

        def follow(rows: Sequence[Row], rights: int) -> bool:
            if lineage != self.lineage or self.order.held:
                return False
            if rights != self._caretaker.rights(self):
                self.rights_moved = True
                return False
            return self.caught_up(rows)

        def done(outcome: Outcome) -> None:
            if lineage != self.lineage:
                return  # about entries that were given up
            if not isinstance(outcome, Saved):
                self._lose(type(outcome).__name__, again=isinstance(outcome, Conflict))
                return
            try:
                self.committed(outcome.last)
            except Exception:
                log.exception("room_failed", section=self.name, seq=outcome.last)
                self.start_afresh("a fault")

        return Line(done, follow)

    def committed(self, last: int) -> None:
        """Everything up to ``last`` is on disk: answer and show it, in order."""
        self.durable = last
        self._show_until(last)
        self._caretaker.grown(self)
        self._settle()

    def written_within(self, last: int) -> None:
        """An entry was written for this section as part of something larger, while it stood still."""
        self.seq = self.content.seq = max(self.seq, last)
        self.committed(last)

    def _show_until(self, last: int) -> None:
        edits: list[Edit] = []
        saved = 0
        for item in self.order.until(last):
            if item.message is not None:
                saved += item.again is not None  # else another process saved it, and counts it
                edits.append((item.seat, Parcel.of(item.message)))
                if item.seat is not None:
                    item.seat.holder.commit_ended()
                    item.seat.acknowledge()
            if item.then is not None:
                self.audience.show(edits)
                edits = []
                item.then()
        self.audience.show(edits)
        live_metrics.ACCEPTED.inc(saved)

    def _lose(self, why: str, *, again: bool = False) -> None:
        """What was queued is not on disk: the log is read again. Edits that came too late are judged again by it."""
        note = log.info if again else log.error
        note("not_saved", section=self.name, seq=self.durable, entries=self.seq - self.durable, why=why)
        self.lineage += 1
        self._now = self._line()
        if not self._rebuild_when_quiet and not self._look_when_quiet:
            self.order.hold()
        self._rebuild_when_quiet = self._look_when_quiet = False
        waiting: list[Work] = []
        for item in self.order.give_up():
            if item.message is not None and item.again is None:
                self._unshown = True
            elif again:
                waiting.append(item.again or item.lost or _nothing)  # nothing was saved yet: what waited begins anew
            elif item.lost is not None:
                item.lost()
        self.order.first(waiting)
        self._caretaker.rebuild(self)

    # Other processes

    def caught_up(self, rows: Sequence[Row]) -> bool:
        """Takes what other processes have written; False when what is queued must be judged again by it."""
        if not rows:
            return True
        if rows[0].seq != self.durable + 1 or not self.content.admit(rows, repeats=not self.order.pending):
            return False
        self.shifts += 1
        live_metrics.ROWS_FROM_ELSEWHERE.inc(len(rows))
        self.durable += len(rows)
        self.seq = self.content.seq = self.seq + len(rows)
        self.order.behind([frames.sync_update(self.name, row.payload) for row in rows])
        self._caretaker.grown(self, elsewhere=True)
        if self.durable == self.seq:
            self._show_until(self.durable)
        return True

    def look_first(self, judge: Work) -> None:
        """Stands still until the log has been looked at, then judges."""
        self.order.hold()
        self.order.later(judge)
        self._look_when_quiet = True
        self._settle()

    def looked(self) -> None:
        """What other processes had written by now is here."""
        self.order.release()

    def read_again(self) -> None:
        """The log holds what cannot simply be added here: everything is read anew."""
        self._lose("written elsewhere", again=True)

    # Lost, and read again

    def start_afresh(self, why: str) -> None:
        """Something here is not as it should be: everybody is let go, comes back, and gets what the log holds."""
        for seat in tuple(self.audience.seats):
            seat.holder.close(Code.BUSY)
        self._lose(why)

    def rebuild_soon(self) -> None:
        """The replica is not to be trusted: what is queued goes to the disk, then the log is read again."""
        if not self._rebuild_when_quiet:
            self._rebuild_when_quiet = True
            self.order.hold()
            self._settle()

    def _settle(self) -> None:
        if self._rebuild_when_quiet and not self.order.pending:
            self._rebuild_when_quiet = False
            self._caretaker.rebuild(self)
        elif self._look_when_quiet and not self.order.pending:
            self._look_when_quiet = False
            self._caretaker.look(self)

    def rebuilt(self, content: Content) -> None:
        """Goes on from what the log holds; should it hold more than was shown, everyone gets the text again."""
        more = self._unshown or not content.edited <= self.durable <= content.seq
        self._unshown = False
        self.content = content
        self.seq = self.durable = content.seq
        self.failed = False
        for seat in list(self.audience.seats) if more else ():
            if seat.joined:
                self.refresh(seat)
        self.audience.show(())
        self.order.release()

    def cannot_rebuild(self) -> None:
        """The log cannot be read now: refuses what is written, keeps the others waiting, until ``rebuilt``."""
        self.failed = True
        self.order.stir()

    def settled(self, done: Callable[[], None]) -> None:
        """Calls ``done`` when the room moves and everything judged so far is on disk."""
        if self.order.held:
            self.order.later(lambda: self.settled(done))
        else:
            self.when_durable(done, lambda: self.settled(done))


def _nothing() -> None:
    """Nobody waits."""
