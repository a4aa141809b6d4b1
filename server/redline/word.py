"""Taking a Word file back: kept as it came, read against the text as it is, and taken up only as somebody chose.

What was reviewed is known by a hash; a file or a text that now reads otherwise is refused. Everything that is taken up
is written as the own side's proposals, through the same gate as typing. The other side's words never change by it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from sections.addresses import Address
from sections.redline.baseline import Baseline
from sections.redline.layer import layer_of
from sections.redline.records import Record, records, to_value
from sections.redline.register import Status
from server.acts import Office, Refused, allowed_to, audit
from server.auth import SignedIn
from server.codes import Code
from server.documents.word_reading import read_word
from server.documents.word_safety import Refused as NotRead
from server.documents.word_safety import refusal_of
from server.documents.word_values import Reading
from server.layers import SIDES
from server.papers import made
from server.plan_access import Standing
from server.redline.decisions import add_evidence, refused_as
from server.redline.desk import NO_APPEAL, see
from server.redline.tables import WordUpload
from server.redline.versions import read_sections
from server.redline.word_rows import Row, rows_of, source_in
from server.redline.writing import write_proposals
from server.typed import clean_line

NOT_THERE = Refused(Code.UNKNOWN_DOCUMENT, "This file is not here any more. Choose it again if you still need it.")
CHANGED = Refused(
    Code.NOT_CURRENT, "The text has changed since you looked at what we read. Look at it again; nothing was taken over."
)
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Held:
    """One section as the person's side has it: with its private draft in place of what it shares, if it drafts."""

    baseline: Baseline
    known: Mapping[str, Record]
    standing: Mapping[str, Status]
    numbers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A kept file as it reads now. ``shown`` is the hash a choice has to name."""

    upload: WordUpload
    reading: Reading
    sections: Mapping[str, Held]
    rows: tuple[Row, ...]
    shown: str
    private: bool


async def keep_file(office: Office, who: SignedIn, plan_id: str, name: str, data: bytes) -> WordUpload | Refused:
    """Keeps a file that can be read, for this person to look at. An earlier one of theirs is let go."""
    settings = office.settings
    wrong = await made(lambda: refusal_of(data, settings))
    if isinstance(wrong, Refused):
        return wrong
    if isinstance(wrong, NotRead):
        return Refused(Code.NOT_A_WORD_FILE, wrong.sentence, "file")

    def write(db: Session) -> WordUpload | Refused:
        allowed = _allowed(db, who, plan_id)
        if isinstance(allowed, Refused):
            return allowed
        standing, appeal_id = allowed
        for old in db.exec(
            select(WordUpload).where(
                WordUpload.appeal_id == appeal_id,
                WordUpload.by == who.person_id,
                col(WordUpload.taken_at).is_(None),
            )
        ).all():
            db.delete(old)
        upload = WordUpload(
            appeal_id=appeal_id,
            side=standing.access.party,
            by=who.person_id,
            at=datetime.now(UTC),
            name=clean_line(name)[:_LONGEST_NAME] or "Word file",
            hash=hashlib.sha256(data).hexdigest(),
            data=data,
        )
        db.add(upload)
        db.flush()
        audit(db, "word-brought", who.person_id, plan_id, appeal=appeal_id, side=upload.side, upload=upload.id)
        return upload

    return await office.store.write(write)


def _allowed(db: Session, who: SignedIn, plan_id: str) -> tuple[Standing, int] | Refused:
    allowed = allowed_to(db, who, plan_id, "take_word")
    if isinstance(allowed, Refused):
        return allowed
    if allowed.appeal is None:
        return NO_APPEAL
    return (allowed, allowed.appeal.id) if allowed.access.party in SIDES else refused_as(Code.NOT_ALLOWED)


def _upload(db: Session, who: SignedIn, plan_id: str, number: int) -> tuple[Standing, WordUpload] | Refused:
    allowed = _allowed(db, who, plan_id)
    if isinstance(allowed, Refused):
        return allowed
    standing, appeal_id = allowed
    found = db.get(WordUpload, number)
    if found is None or found.appeal_id != appeal_id or found.by != who.person_id or found.taken_at is not None:
        return NOT_THERE
    return (standing, found) if found.side == standing.access.party else NOT_THERE


async def review(office: Office, who: SignedIn, plan_id: str, number: int) -> Reviewed | Refused:
    """What this person's file says against the text as it is now; nothing is written."""
    found = await office.store.aread(lambda db: _upload(db, who, plan_id, number))
    if isinstance(found, Refused):
        return found
    standing, upload = found
    private = standing.appeal is not None and upload.side in standing.appeal.turns
    sections = await _held(office, standing, upload.side, private=private)
    settings = office.settings
    reading = await made(
        lambda: read_word(
            upload.data,
            {label: one.baseline for label, one in sections.items()},
            {label: one.known for label, one in sections.items()},
            upload.side,
            _minting(number),
            limits=settings,
            standing={label: one.standing for label, one in sections.items()},
        )
    )
    if isinstance(reading, Refused):
        return reading
    if isinstance(reading, NotRead):
        return Refused(Code.NOT_A_WORD_FILE, reading.sentence, "file")
    shown = hashlib.sha256(f"{upload.hash} {reading!r}".encode()).hexdigest()
    rows = rows_of(reading, {label: one.baseline for label, one in sections.items()}, evidence=not private)
    return Reviewed(upload, reading, sections, rows, shown, private)


def _minting(number: int) -> Callable[[], str]:
    """New ids for one file: the same ones each time it is read, and no other file's."""
    count = 0

    def mint() -> str:
        nonlocal count
        count += 1
        return f"w{number}n{count}"

    return mint


async def _held(office: Office, standing: Standing, side: str, *, private: bool) -> dict[str, Held]:
    found: dict[str, Held] = {}
    for state in await read_sections(office, standing.plan.id, standing):
        known: dict[str, Record] = dict(state.known)
        if private:
            room = await office.live.rooms.open(standing.plan.id, str(Address(state.section, side, True)))
            known = {key: record for key, record in known.items() if record.side != side}
            known |= records(state.baseline, {side: layer_of(room.content.tree())})
        now: dict[str, Status] = {
            key: state.standing.get(key, "proposed") if record.live else "withdrawn" for key, record in known.items()
        }
        found[state.section] = Held(state.baseline, known, now, state.numbers)
    return found


async def take_up(
    office: Office, who: SignedIn, plan_id: str, number: int, shown: str, chosen: Collection[str]
) -> int | Refused:
    """Makes the chosen rows the side's own proposals, and nothing else. How many were taken up."""
    reviewed = await review(office, who, plan_id, number)
    if isinstance(reviewed, Refused):
        return reviewed
    if reviewed.shown != shown:
        return CHANGED
    rows = [row for row in reviewed.rows if row.field in chosen]
    if not rows:
        return Refused(Code.MALFORMED, "Tick what your side wants to propose.", "rows")
    claimed = await office.store.write(lambda db: _claim(db, who, plan_id, number))
    if isinstance(claimed, Refused):
        return claimed
    refused = await _write(office, who, plan_id, rows)
    await office.store.write(lambda db: _settle(db, who, plan_id, number, 0 if refused is not None else len(rows)))
    return len(rows) if refused is None else refused


def _claim(db: Session, who: SignedIn, plan_id: str, number: int) -> WordUpload | Refused:
    """Nobody takes a file up twice, not even by pressing twice."""
    found = _upload(db, who, plan_id, number)
    if isinstance(found, Refused):
        return found
    found[1].taken_at = datetime.now(UTC)
    db.add(found[1])
    return found[1]


def _settle(db: Session, who: SignedIn, plan_id: str, number: int, taken: int) -> None:
    upload = db.get_one(WordUpload, number)
    if taken:
        upload.data = b""
        audit(
            db,
            "word-taken",
            who.person_id,
            plan_id,
            appeal=upload.appeal_id,
            side=upload.side,
            upload=number,
            taken=taken,
        )
    else:
        upload.taken_at = None
    db.add(upload)


async def _write(office: Office, who: SignedIn, plan_id: str, rows: Collection[Row]) -> Refused | None:
    for section in dict.fromkeys(row.section for row in rows):
        here = [row for row in rows if row.section == section]
        wanted = {record.id: to_value(record) for row in here for record in row.records}
        if wanted:
            seen = await see(office, who, plan_id, section)
            if isinstance(seen, Refused):
                return seen
            refused = await write_proposals(office, who, seen, wanted)
            if refused is not None:
                return refused
        for row in here:
            source = source_in(row.citation)
            if source is not None:
                await add_evidence(office, who, plan_id, section, row.key, source)
    return None
