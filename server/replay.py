"""A section's text and its ledger, made from the log: how a room starts, and how anybody can check what it holds.

Every entry passes the gate again, as the person who wrote it; an entry that no longer passes is an alarm, not a thing
to skip. Snapshots only save time and are never believed over the log. Rooms, snapshots and checks may import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crdt import frames
from crdt.blocks import Tree, content_hash
from crdt.gate import Accepted, Known, check
from crdt.ledger import Ledger
from crdt.limits import Limits
from crdt.replica import Replica, ReplicaBroken
from crdt.schema import SCHEMA, Schema
from server.codes import Code, PlanError
from server.log import UPDATE, Row
from server.outbox import Parcel
from server.settings import Settings

LOG_LIMITS = Limits(
    frame_bytes=2**31,
    section_bytes=2**31,
    update_structs=2**31,
    update_clients=2**31,
    layer_proposals=2**31,
    depth=2**10,
)
"""What the log holds was judged by the limits of its day; today's must not make it unreadable."""

NOTHING = b"\0"
"""The state vector of somebody who has nothing yet."""

_MOST_ANSWERS = 4
_LONG_BYTES = 8 * 1024
"""From this size on, what is made from a whole section is made beforehand, away from the event loop."""


class LogUnsound(PlanError):
    """The log holds an entry that the gate would not take: somebody must look before anything else happens."""

    code = Code.NOT_SAVED

    def __init__(self, seq: int, detail: str) -> None:
        super().__init__(f"entry {seq} of the log does not fit: {detail}")
        self.seq = seq
        self.detail = detail


class Content:
    """One section, or one layer beside it, as of entry ``seq``."""

    __slots__ = ("_answers", "_hash", "_tree", "_whole", "edited", "ledger", "replica", "seq", "snapshot")

    def __init__(
        self,
        schema: Schema = SCHEMA,
        *,
        replica: Replica | None = None,
        ledger: Ledger | None = None,
        seq: int = 0,
        whole: bytes | None = None,
    ) -> None:
        self.replica = Replica(schema) if replica is None else replica
        self.ledger = Ledger(schema) if ledger is None else ledger
        self.seq = seq
        self.snapshot = seq
        """The entry of the snapshot it began from."""
        self.edited = seq
        """The last entry known to have brought content; a change of mode brings none."""
        self._tree: tuple[int, Tree] | None = None
        self._hash: tuple[int, str] | None = None
        self._answers: tuple[int, dict[bytes, Parcel]] = (seq, {})
        self._whole: tuple[int, bytes] | None = None if whole is None else (seq, whole)

    def prepare(self) -> None:
        """Makes what whoever comes first will want of a long section: all of it, as bytes, as a tree, as a hash.

        It takes its time: for the thread that loads a section, before anybody else has it.
        """
        if self.ledger.size < _LONG_BYTES:
            return
        if self._whole is not None and self._whole[0] == self.edited:  # as it was stored
            self._whole = (self.seq, self._whole[1])
        else:
            self._whole = (self.seq, self.replica.full_update_in_slices(self.ledger.clocks()))
        self.hash()

    def take(self, rows: Iterable[Row]) -> None:
        """Takes the next entries of the log. Raises ``LogUnsound``; then throw this away."""
        for row in rows:
            if row.seq != self.seq + 1:
                raise LogUnsound(row.seq, f"entry {self.seq + 1} is missing")
            self.seq = row.seq
            if row.kind != UPDATE:
                continue
            self.edited = row.seq
            verdict = check(row.payload, self.ledger, row.author, LOG_LIMITS)
            if isinstance(verdict, Accepted):
                try:
                    self.replica.apply(verdict.update)
                except ReplicaBroken as broken:
                    raise LogUnsound(row.seq, f"the engine cannot take it ({broken})") from broken
                self.ledger.record(verdict, row.author)
            elif not isinstance(verdict, Known):
                raise LogUnsound(row.seq, f"{verdict.code}: {verdict.detail}")

    def admit(self, rows: Sequence[Row], *, repeats: bool) -> bool:
        """Takes entries that stand in the log before others that this holds already, but not the log yet.

        Edits of people who did not know of each other fit in either order; whatever else is found here does not, and
        then this must be made anew from the log. ``repeats``: what is known already may come again.
        """
        for row in rows:
            verdict = check(row.payload, self.ledger, row.author, LOG_LIMITS) if row.kind == UPDATE else None
            if isinstance(verdict, Accepted) and verdict.update == row.payload:
                try:
                    self.replica.apply(verdict.update)
                except ReplicaBroken:
                    return False
                self.ledger.record(verdict, row.author)
            elif not (repeats and isinstance(verdict, Known)):
                return False
        return True

    def tree(self) -> Tree:
        """The text, as plain values; made once for each state, and shared: never change it."""
        if self._tree is None or self._tree[0] != self.seq:
            self._tree = (self.seq, self.replica.tree())
        return self._tree[1]

    def answer(self, name: str, state_vector: bytes) -> Parcel:
        """What a client with this state has not got, and what we ask of it. Those who have the same share one."""
        if self._answers[0] != self.seq:
            self._answers = (self.seq, {})
        kept = self._answers[1]
        if state_vector in kept:
            return kept[state_vector]
        if state_vector == NOTHING and self._whole is not None and self._whole[0] == self.seq:
            missing = self._whole[1]
        else:
            missing = self.replica.diff(state_vector)
        parcel = Parcel((frames.sync_step2(name, missing), frames.sync_step1(name, self.ledger.state_vector())))
        if len(kept) >= _MOST_ANSWERS:
            del kept[next(iter(kept))]
        kept[state_vector] = parcel
        return parcel

    def has_answer(self, state_vector: bytes) -> bool:
        """Whether the answer is made already."""
        return self._answers[0] == self.seq and state_vector in self._answers[1]

    def forget_copies(self) -> None:
        """Lets go of the answers that were kept, and of a tree that has been overtaken."""
        self._answers = (self.seq, {})
        self._whole = None
        if self._tree is not None and self._tree[0] != self.seq:
            self._tree = None

    def hash(self) -> str:
        """What two copies of the same text have in common; made once for each state."""
        if self._hash is None or self._hash[0] != self.seq:
            self._hash = (self.seq, content_hash(self.tree()))
        return self._hash[1]

    @property
    def hashed(self) -> bool:
        """Whether the hash of this state is known already."""
        return self._hash is not None and self._hash[0] == self.seq


def limits_of(settings: Settings) -> Limits:
    """The pure floor's limits, as this server is set."""
    return Limits(
        frame_bytes=settings.frame_bytes,
        section_bytes=settings.section_bytes,
        update_structs=settings.update_structs,
        update_clients=settings.update_clients,
        layer_proposals=settings.layer_proposals,
        depth=settings.depth,
        awareness_bytes=settings.awareness_bytes,
    )
