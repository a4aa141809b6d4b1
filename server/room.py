"""One section while people have it open: every message is judged here, in order, against rights, gate and log.

It runs on the event loop and never waits: work that waits is asked of its ``Caretaker``. What becomes of an edit once
it was judged is told in ``logged``.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from crdt import frames
from crdt.blocks import Tree
from crdt.gate import Accepted, Known, Refused, check
from crdt.harmless import harmless_when_read_only
from crdt.limits import Limits
from crdt.update import valid_state_vector
from server import live_metrics
from server.answers import Answers
from server.caretaker import Caretaker
from server.log import Log
from server.logged import Logged
from server.order import Work
from server.outbox import Parcel
from server.readers import Readers
from server.replay import NOTHING, Content
from server.seat import Seat

log = structlog.get_logger("alongside.live")

_MOST_OWED = 512
_SEEN_ELSEWHERE = frozenset({"gap", "not-yours"})
"""What honest people are refused with when their page knows what another process wrote and this one does not."""


class Room(Logged):
    """A document with the people who have it open."""

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
        super().__init__(name, document_id, content, log_, limits, caretaker, stored=stored)
        self.saved = Parcel.of(frames.sync_status(name, True))
        self._limits = limits
        self._answers = Answers(self)
        self._readers = Readers(self)

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
            self.look_first(lambda: self._after_hold(seat, update, message, step2=step2, looked=True))
        elif not seat.standing.write.allowed:
            self._read_only(seat, verdict, update)
        elif isinstance(verdict, Accepted):
            self._accept(seat, verdict, update, message, step2=step2)
        elif isinstance(verdict, Known):
            self._known(seat, update, message, step2=step2)
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
        if not self.apply(verdict, seat.standing.person_id):
            self._malformed(seat, "replica", unanswered=True)
            self.rebuild_soon()
            return
        shown = frames.sync_update(self.name, verdict.update) if step2 or verdict.update is not update else message
        seat.holder.commit_begun()
        self.queue(
            verdict,
            seat,
            shown,
            seat.standing.person_id,
            lambda: self._judge_again(seat, update, message, step2=step2),
            lost=lambda: self._lost(seat),
        )
        if step2 and seat.owed:
            owed, seat.owed = seat.owed, 0
            self._acknowledge(seat, owed, lambda: self._owed_again(seat, owed))

    def _known(self, seat: Seat, update: bytes, message: bytes, *, step2: bool) -> None:
        """What is known may still be on its way to the disk: the answer waits for it."""
        owed, seat.owed = (seat.owed, 0) if step2 else (0, seat.owed)

        def again() -> None:
            seat.owed += owed
            self.update(seat, update, message, step2=step2)

        self._acknowledge(seat, 1 + owed, again)

    def _owed_again(self, seat: Seat, owed: int) -> None:
        """The edit that made these answers due is judged once more, and comes before them."""
        if self.order.held:
            self.order.later(lambda: self._owed_again(seat, owed))
        elif not seat.leaving:
            self._acknowledge(seat, owed, lambda: self._owed_again(seat, owed))

    def _acknowledge(self, seat: Seat, count: int, again: Work) -> None:
        def then() -> None:
            for _ in range(count):
                seat.acknowledge()

        self.when_durable(then, lambda: self._not_saved(seat), again)

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

    def _lost(self, seat: Seat) -> None:
        seat.holder.commit_ended()
        self._not_saved(seat)

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

    def _judge_again(self, seat: Seat, update: bytes, message: bytes, *, step2: bool) -> None:
        """An edit that was taken, and came after something it was not judged against."""
        if not seat.leaving:
            self._after_hold(seat, update, message, step2=step2)
            return
        # Its sender has gone since; the words count like anybody's.
        seat.holder.commit_ended()

        def may() -> str:
            self._caretaker.settled(self, seat)
            return "" if seat.standing.fresh() and seat.standing.write.allowed else seat.standing.write.code

        self.put(update, seat.standing.person_id, _unheard, may)

    def _may_be_behind(self, seat: Seat, verdict: Accepted | Known | Refused, *, step2: bool) -> bool:
        """Whether it may only seem wrong, because the page has seen more of the log than this room has."""
        if isinstance(verdict, Refused):
            return verdict.code in _SEEN_ELSEWHERE and not seat.owed
        return step2 and isinstance(verdict, Accepted) and not seat.standing.write.allowed

    def hear(self, payload: bytes, node: str) -> None:
        """Where somebody stands who is connected to another process."""
        self.audience.hear_elsewhere(payload, node)

    def _after_hold(self, seat: Seat, update: bytes, message: bytes, *, step2: bool, looked: bool = False) -> None:
        seat.holder.commit_ended()
        self.update(seat, update, message, step2=step2, looked=looked)

    # What the server itself reads and writes

    def read(self, done: Callable[[int, Tree], None]) -> bool:
        """Gives the text and the number of its last entry, once all of it is on disk. False: too many wait already."""
        return self._readers.read(done)

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
            if not self.apply(verdict, author):
                done("malformed")
                self.rebuild_soon()
                return
            self.queue(
                verdict,
                None,
                frames.sync_update(self.name, verdict.update),
                author,
                lambda: self.put(update, author, done, may),
                lambda: done(None),
                lambda: done("not-saved"),
            )
            return
        self.when_durable(lambda: done(None), lambda: done("not-saved"), lambda: self.put(update, author, done, may))


def _unheard(code: str | None) -> None:
    """Whoever wants to know is told by what waits behind it."""
