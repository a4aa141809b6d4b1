"""One section while people have it open: every message is judged here, in order, against rights, gate and log.

Nobody is shown, and nobody is told "saved", what is not on disk. On a failed commit the replica is thrown away and
rebuilt from the log. It runs on the event loop and never waits: work that waits is asked of its ``Caretaker``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import structlog

from crdt import frames
from crdt.blocks import Tree
from crdt.gate import Accepted, Known, Refused, check
from crdt.harmless import harmless_when_read_only
from crdt.limits import Limits
from crdt.replica import ReplicaBroken
from crdt.update import valid_state_vector
from server import live_metrics
from server.answers import Answers
from server.audience import Audience, Edit
from server.caretaker import Caretaker
from server.codes import Code
from server.log import UPDATE, Conflict, Entry, Follow, Log, Outcome, Row, Saved
from server.order import Order, Pending, Work
from server.outbox import Parcel
from server.readers import Readers
from server.replay import NOTHING, Content
from server.seat import Seat

log = structlog.get_logger("alongside.live")

_MOST_OWED = 512
_SEEN_ELSEWHERE = frozenset({"gap", "not-yours"})
"""What honest people are refused with when their page knows what another process wrote and this one does not."""


class Line(NamedTuple):
    """Two ends of one line of entries: what became of them, and whether they may stand behind others."""

    done: Callable[[Outcome], None]
    follow: Follow


class Room:
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
        self.saved = Parcel.of(frames.sync_status(name, True))
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
        self._limits = limits
        self._log = log_
        self._caretaker = caretaker
        self.order = Order()
        self._answers = Answers(self)
        self._readers = Readers(self)
        self._rebuild_when_quiet = False
        self._look_when_quiet = False
        self._now = self._line()

    @property
    def quiet(self) -> bool:
        """Nothing waits for the disk and nothing is held back."""
        return not self.order.pending and not self.order.held

    # What clients send

    def step1(self, seat: Seat, state_vector: bytes) -> None:
        """A client asks for what it has not got. Of several questions the last is answered."""
        if not self.may_read(seat, unanswered=False):
            return
        if not valid_state_vector(state_vector):
            self._malformed(seat, "state vector", unanswered=False)
        elif seat.asked is not None:
            seat.asked = state_vector
        elif not seat.stale:  # else a fresh copy is owed as it is
            seat.asked = state_vector
            seat.turns.take(lambda: self._answers.add(seat))

    def refresh(self, seat: Seat) -> None:
        """The whole text for a reader who fell behind."""
        if seat.leaving:
            return
        seat.asked = NOTHING
        if self.quiet:
            self._answers.at_once(seat)
        else:
            seat.joined = False  # what others write meanwhile is in the copy
            self._answers.add(seat)

    def update(self, seat: Seat, update: bytes, message: bytes, *, step2: bool, looked: bool = False) -> None:
        """A client sends what it wrote. ``message`` is the frame it came in; ``looked``: it was judged before."""
        if self.failed:
            self._not_saved(seat)
            return
        if self.order.held:
            seat.holder.commit_begun()
            self.order.later(lambda: self._after_hold(seat, update, message, step2=step2))
            return
        if not self.may_read(seat, unanswered=True):
            return
        verdict = check(update, self.content.ledger, seat.standing.person_id, self._limits)
        if not looked and self._may_be_behind(seat, verdict, step2=step2) and self._caretaker.may_look(self):
            seat.holder.commit_begun()
            self._look_first(lambda: self._after_hold(seat, update, message, step2=step2, looked=True))
        elif not seat.standing.write.allowed:
            self._read_only(seat, verdict, update)
        elif isinstance(verdict, Accepted):
            self._accept(seat, verdict, update, message, step2=step2)
        elif isinstance(verdict, Known):
            self._acknowledge(seat, step2=step2)
        else:
            self._refused(seat, verdict, step2=step2)

    def awareness(self, seat: Seat, payload: bytes) -> None:
        """A client says where its person is. Others see it with the next commit, or now when none is under way."""
        if not self.may_read(seat, unanswered=False):
            return
        bad = self.audience.hear(seat, payload)
        if bad is not None:
            seat.holder.malformed(bad.detail)
        elif not self.order.pending:
            self.audience.show(())

    def who_is_here(self, seat: Seat) -> None:
        """A client asks where everyone is."""
        if self.may_read(seat, unanswered=False):
            self.audience.everyone(seat)

    # Judging

    def may_read(self, seat: Seat, *, unanswered: bool) -> bool:
        """Whether they may be told anything; if not, they are refused."""
        if seat.leaving:
            return False
        if seat.standing.fresh():
            return True
        self.refuse(seat, seat.standing.read.code, seat.standing.read.sentence, unanswered=unanswered)
        return False

    def _read_only(self, seat: Seat, verdict: Accepted | Known | Refused, update: bytes) -> None:
        """Nobody who may not write changes anything; what would change nothing is no offence."""
        if isinstance(verdict, Known) or harmless_when_read_only(update, self.content.ledger):
            self.when_durable(seat.acknowledge, seat.acknowledge)
        elif isinstance(verdict, Refused) and verdict.code == "malformed":
            self._malformed(seat, verdict.detail, unanswered=True)
        else:
            decision = seat.standing.write
            self.refuse(seat, decision.code, decision.sentence, unanswered=True)

    def _accept(self, seat: Seat, verdict: Accepted, update: bytes, message: bytes, *, step2: bool) -> None:
        if not self._apply(verdict, seat.standing.person_id):
            self._malformed(seat, "replica", unanswered=True)
            self.rebuild_soon()
            return
        shown = frames.sync_update(self.name, verdict.update) if step2 or verdict.update is not update else message
        seat.holder.commit_begun()
        self._queue(
            verdict,
            seat,
            shown,
            seat.standing.person_id,
            lambda: self._judge_again(seat, update, message, step2=step2),
        )
        if step2 and seat.owed:
            owed, seat.owed = seat.owed, 0
            self._acknowledge(seat, step2=False, count=owed)

    def _apply(self, verdict: Accepted, author: str) -> bool:
        try:
            self.content.replica.apply(verdict.update)
            self.content.ledger.record(verdict, author)
        except (ReplicaBroken, ValueError) as broken:
            log.critical("replica_broken", section=self.name, person=author, seq=self.seq, error=type(broken).__name__)
            return False
        return True

    def _queue(
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

    def _acknowledge(self, seat: Seat, *, step2: bool, count: int = 1) -> None:
        """What is known may still be on its way to the disk: the answer waits for it."""
        if step2:
            count, seat.owed = count + seat.owed, 0

        def then() -> None:
            for _ in range(count):
                seat.acknowledge()

        self.when_durable(then, lambda: self._not_saved(seat))

    def _refused(self, seat: Seat, verdict: Refused, *, step2: bool) -> None:
        if verdict.code == "malformed":
            self._malformed(seat, verdict.detail, unanswered=True)
        elif verdict.code == "gap" and not step2 and seat.owed < _MOST_OWED:
            seat.owed += 1
            if seat.owed == 1:
                self.when_durable(lambda: self._ask(seat), lambda: self._ask(seat))
        else:
            self.refuse(seat, verdict.code, None, unanswered=True, detail=verdict.detail)

    def _malformed(self, seat: Seat, detail: str, *, unanswered: bool) -> None:
        self.refuse(seat, "malformed", None, unanswered=unanswered, detail=detail)
        seat.holder.malformed(detail)

    def _not_saved(self, seat: Seat) -> None:
        self.refuse(seat, "not-saved", None, unanswered=True)

    def refuse(self, seat: Seat, code: str, sentence: str | None, *, unanswered: bool, detail: str = "") -> None:
        """Ends a seat with a reason, after everything it sent before has been answered."""
        if seat.leaving:
            return
        seat.leaving = True
        live_metrics.REFUSED.labels(code=code).inc()
        log.info("refused", section=self.name, person=seat.standing.person_id, seq=self.seq, code=code, detail=detail)

        def say() -> None:
            seat.say_refused(code, sentence, unanswered=unanswered)

        self.when_durable(say, say)

    # Sending

    def _ask(self, seat: Seat) -> None:
        if not seat.leaving:
            seat.send(Parcel.of(frames.sync_step1(self.name, self.content.ledger.state_vector())))

    # The disk

    def when_durable(self, then: Callable[[], None], lost: Callable[[], None]) -> None:
        """Calls ``then`` once everything judged so far is on disk, or ``lost`` if it could not be saved."""
        self.order.when_durable(self.seq, then, lost)

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
                self._start_afresh()

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
                waiting.append(item.again or self._wait_again(item))
            elif item.seat is not None:
                item.seat.holder.commit_ended()
                self._not_saved(item.seat)
            elif item.lost is not None:
                item.lost()
        self.order.first(waiting)
        self._caretaker.rebuild(self)

    def _wait_again(self, item: Pending) -> Callable[[], None]:
        nothing = _nothing
        return lambda: self.when_durable(item.then or nothing, item.lost or nothing)

    def _judge_again(self, seat: Seat, update: bytes, message: bytes, *, step2: bool) -> None:
        """An edit that was taken, and came after something it was not judged against."""
        if not seat.leaving:
            self._after_hold(seat, update, message, step2=step2)
            return
        # Its sender has gone since; the words count like anybody's.
        seat.holder.commit_ended()
        may_write = seat.standing.fresh() and seat.standing.write.allowed
        self.put(update, seat.standing.person_id, _unheard, lambda: "" if may_write else seat.standing.write.code)

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

    def _may_be_behind(self, seat: Seat, verdict: Accepted | Known | Refused, *, step2: bool) -> bool:
        """Whether it may only seem wrong, because the page has seen more of the log than this room has."""
        if isinstance(verdict, Refused):
            return verdict.code in _SEEN_ELSEWHERE and not seat.owed
        return step2 and isinstance(verdict, Accepted) and not seat.standing.write.allowed

    def _look_first(self, judge: Work) -> None:
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

    def hear(self, payload: bytes, node: str) -> None:
        """Where somebody stands who is connected to another process."""
        self.audience.hear_elsewhere(payload, node)

    def _start_afresh(self) -> None:
        """Something here is not as it should be: everybody is let go, comes back, and gets what the log holds."""
        for seat in tuple(self.audience.seats):
            seat.holder.close(Code.BUSY)
        self._lose("a fault")

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

    def _after_hold(self, seat: Seat, update: bytes, message: bytes, *, step2: bool, looked: bool = False) -> None:
        seat.holder.commit_ended()
        self.update(seat, update, message, step2=step2, looked=looked)

    # What the server itself reads and writes

    def read(self, done: Callable[[int, Tree], None]) -> bool:
        """Gives the text and the number of its last entry, once all of it is on disk. False: too many wait already."""
        return self._readers.read(done)

    def settled(self, done: Callable[[], None]) -> None:
        """Calls ``done`` when the room moves and everything judged so far is on disk."""
        if self.order.held:
            self.order.later(lambda: self.settled(done))
        else:
            self.when_durable(done, lambda: self.settled(done))

    def put(
        self, update: bytes, author: str, done: Callable[[str | None], None], may: Callable[[], str] = lambda: ""
    ) -> None:
        """Writes as ``author``, through the same gate. ``done`` gets None once it is on disk, else a refusal code.

        ``may`` gives the code that refuses it, asked when it is judged: a room may have stood still meanwhile.
        """
        if self.failed:
            done("not-saved")
            return
        if self.order.held:
            self.order.later(lambda: self.put(update, author, done, may))
            return
        if refused := may():
            done(refused)
            return
        verdict = check(update, self.content.ledger, author, self._limits)
        if isinstance(verdict, Refused):
            done(verdict.code)
            return
        if isinstance(verdict, Accepted):
            if not self._apply(verdict, author):
                done("malformed")
                self.rebuild_soon()
                return
            self._queue(
                verdict,
                None,
                frames.sync_update(self.name, verdict.update),
                author,
                lambda: self.put(update, author, done, may),
                lambda: done(None),
                lambda: done("not-saved"),
            )
            return
        self.when_durable(lambda: done(None), lambda: done("not-saved"))


def _nothing() -> None:
    """Nobody waits."""


def _unheard(code: str | None) -> None:
    """Whoever wants to know is told by what waits behind it."""
