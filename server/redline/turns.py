"""Taking turns: a side drafts in a document of its own that nobody else can open, and sends it when it is ready.

Beginning copies the side's proposals into the draft; sending writes what the draft holds into the shared layer, in one
step, under the names of those who wrote it. What was typed and taken back in private never leaves the draft.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlmodel import Session

from crdt.layers import write_layer
from sections.addresses import Address
from sections.redline.records import New, Record, to_value, withdrawn
from server.acts import Acting, Office, Refused, allowed_to, audit
from server.auth import SignedIn
from server.codes import Code
from server.layers import SIDES, OpenAppeal, layer_name, schema_of, stored
from server.log import MODE, UPDATE, Entry, Row, append_within, document_id, head
from server.redline.desk import NO_APPEAL
from server.redline.registrar import baseline_of
from server.redline.tables import AppealTurn
from server.redline.watch import Watch, stamped_after
from server.replay import Content
from server.rooms import UnknownDocument, make_document
from server.snapshots import load

_CLIENT_BITS = 31
_MOVED_ON = Refused(Code.BUSY, "Somebody else has just changed this. Look at where it is now, then try again.")


def new_client() -> int:
    """A fresh client id for an update of the server's own making."""
    return secrets.randbits(_CLIENT_BITS) | 1


async def begin_turn(office: Office, who: SignedIn, plan_id: str) -> AppealTurn | Refused:
    """From now on the own side drafts in private; the other side goes on seeing what it has."""
    looked = await office.store.aread(lambda db: _may_turn(db, who, plan_id, private=False))
    if isinstance(looked, Refused):
        return looked
    side, appeal = looked

    done = await office.live.rewrite(
        plan_id, _names(appeal.sections, side), lambda db: begin_within(db, who, plan_id, datetime.now(UTC))
    )
    await _tell(office, plan_id, appeal.sections, side)
    return done


def begin_within(db: Session, who: Acting, plan_id: str, now: datetime) -> AppealTurn | Refused:
    """The same as part of a transaction, while the side's layers stand still."""
    looked = _may_turn(db, who, plan_id, private=False)
    if isinstance(looked, Refused):
        return looked
    side, appeal = looked
    turn = AppealTurn(appeal_id=appeal.id, side=side, begun_by=who.person_id, begun_at=now)
    db.add(turn)
    db.flush()
    assert turn.id is not None  # noqa: S101 - the flush has given it one
    now_open = OpenAppeal(appeal.id, appeal.version_id, appeal.sections, {**appeal.turns, side: turn.id})
    for section in appeal.sections:
        _copy(db, plan_id, now_open, section, side, who.person_id, now)
    audit(db, "turn-begun", who.person_id, plan_id, moment=now, appeal=appeal.id, side=side)
    return turn


async def send_turn(office: Office, who: SignedIn, plan_id: str) -> int | Refused:
    """Sends everything the private turn holds, in one step. How many proposals it changed."""
    looked = await office.store.aread(lambda db: _may_turn(db, who, plan_id, private=True))
    if isinstance(looked, Refused):
        return looked
    side, appeal = looked

    def write(db: Session) -> int | Refused:
        again = _may_turn(db, who, plan_id, private=True)
        if isinstance(again, Refused):
            return again
        if again[1] != appeal:
            return _MOVED_ON
        sent = sum(_send(db, plan_id, appeal, section, side) for section in appeal.sections)
        turn = db.get_one(AppealTurn, appeal.turns[side])
        turn.sent_by, turn.sent_at = who.person_id, datetime.now(UTC)
        db.add(turn)
        audit(db, "turn-sent", who.person_id, plan_id, appeal=appeal.id, side=side, proposals=sent)
        return sent

    names = [*_names(appeal.sections, side), *_names(appeal.sections, side, private=True)]
    try:
        done = await office.live.rewrite(plan_id, names, write)
    except UnknownDocument:  # the draft has just been sent, or the appeal closed
        return _MOVED_ON
    for section in appeal.sections:
        await office.live.registrar.layers(plan_id, appeal.id, section)
    await _tell(office, plan_id, appeal.sections, side)
    return done


def _may_turn(db: Session, who: Acting, plan_id: str, *, private: bool) -> tuple[str, OpenAppeal] | Refused:
    allowed = allowed_to(db, who, plan_id, "take_turns")
    if isinstance(allowed, Refused):
        return allowed
    if allowed.appeal is None:
        return NO_APPEAL
    side = allowed.access.party
    if side not in SIDES:
        return Refused(Code.NOT_ALLOWED, "The family and the council choose this, each for its own side.")
    if (side in allowed.appeal.turns) is not private:
        sentence = (
            "Your side is not drafting in private now." if private else "Your side is drafting in private already."
        )
        return Refused(Code.LOCKED, sentence)
    return side, allowed.appeal


def _names(sections: Sequence[str], side: str, *, private: bool = False) -> list[str]:
    return [str(Address(section, side, private)) for section in sections]


def _copy(db: Session, plan_id: str, appeal: OpenAppeal, section: str, side: str, by: str, now: datetime) -> None:
    """Makes the draft of one section: what the side proposes already, as one update."""
    name = stored(Address(section, side, private=True), appeal)
    assert name is not None  # noqa: S101 - the turn has just been begun
    draft = make_document(db, plan_id, name)
    shared = document_id(db, plan_id, layer_name(section, side, appeal.id))
    if shared is not None:
        watch = Watch(baseline_of(db, appeal.version_id, section), side, load(db, shared, schema_of("@")))
        wanted = {record.id: to_value(record) for record in watch.known.values()}
        update = write_layer(Content(schema_of(name)).replica.full_update(), wanted, new_client())
        if update is not None:
            append_within(db, draft, head(db, draft), [Entry(UPDATE, update, by)], now)
        append_within(db, shared, head(db, shared), [Entry(MODE, b'{"mode": "locked"}', by)], now)


def _send(db: Session, plan_id: str, appeal: OpenAppeal, section: str, side: str) -> int:
    name = stored(Address(section, side, private=True), appeal)
    draft = None if name is None else document_id(db, plan_id, name)
    if draft is None:
        return 0
    shared = make_document(db, plan_id, layer_name(section, side, appeal.id))
    content = load(db, shared, schema_of("@"))
    baseline = baseline_of(db, appeal.version_id, section)
    before = Watch(baseline, side, content)
    drafted = Watch(baseline, side)
    authors: dict[str, str] = {}
    for touch in drafted.take(stamped_after(db, draft, 0), closely=False):
        authors[touch.record.key] = touch.by
    changed = {key: record for key, record in drafted.known.items() if before.known.get(key) != record}
    by_author: dict[str, dict[str, Mapping[str, object]]] = {}
    for key, record in changed.items():
        by_author.setdefault(authors[key], {})[record.id] = to_value(_to_send(before.known.get(key), record))
    entries: list[Entry] = []
    for author, wanted in by_author.items():
        update = write_layer(content.replica.full_update(), wanted, new_client())
        if update is not None:
            entries.append(Entry(UPDATE, update, author))
            content.take((Row(content.seq + 1, UPDATE, update, author),))
    entries.append(Entry(MODE, b'{"mode": "redline"}', "system"))
    append_within(db, shared, head(db, shared), entries)
    return sum(1 for record in changed.values() if record.live or before.known.get(record.key) is not None)


def _to_send(shared: Record | None, drafted: Record) -> Record:
    """The record as the other side may see it: what was taken back keeps its place, and no word written in private."""
    if drafted.live:
        return drafted
    if shared is not None:
        return withdrawn(shared)
    return replace(drafted, words={}) if isinstance(drafted, New) else drafted


async def _tell(office: Office, plan_id: str, sections: Sequence[str], side: str) -> None:
    """Says it to the own side only: that the other one has begun to draft is nobody's business."""
    await office.live.plan_changed(plan_id)
    for section in sections:
        office.live.tell(plan_id, section, "turn", side)
