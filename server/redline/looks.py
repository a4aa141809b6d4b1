"""What changed since a side last looked, word by word, so that nothing can slip in unseen.

A look is kept when somebody of the side says that they have seen it; it is that side's own and shown to nobody else.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from sections import keys
from sections.redline.records import records, to_value
from sections.redline.views import Change, since, struck_words
from sections.redline.worded import worded
from server.acts import Acting, Office, Refused
from server.auth import SignedIn
from server.codes import Code
from server.redline.desk import Seen, act
from server.redline.tables import LastLook


def changes(db: Session, seen: Seen) -> tuple[LastLook | None, tuple[Change, ...]]:
    """The look, and what became of every proposal since; before any look, everything is new."""
    state = seen.state
    look = None if seen.side is None else db.get(LastLook, (state.appeal.id, state.section, seen.side))
    before = {} if look is None else records(state.baseline, look.records)
    return look, since(before, state.known)


def as_values(seen: Seen, look: LastLook | None, found: tuple[Change, ...]) -> dict[str, Any]:
    """The same for the browser."""
    state = seen.state
    before = {} if look is None else records(state.baseline, look.records)
    lines = {line.key: line for line in worded(state.baseline, state.known, state.standing, keys.DEFAULT)}
    numbers = state.numbers
    return {
        "at": None if look is None else look.at.isoformat(),
        "changes": [
            {
                "key": change.key,
                "number": numbers.get(change.key, ""),
                "what": change.what,
                "moved": change.moved,
                "sentence": lines[change.key].sentence if change.key in lines else "",
                "struck": struck_words(
                    state.baseline, (before if change.what == "withdrawn" else state.known)[change.key]
                ),
                "words": {
                    part: [{"text": piece.text, "kind": piece.kind} for piece in pieces]
                    for part, pieces in change.words.items()
                },
            }
            for change in found
        ],
    }


async def looked(office: Office, who: SignedIn, plan_id: str, section: str) -> LastLook | Refused:
    """Remembers what this person's side has in front of it now."""
    return await act(
        office,
        who,
        plan_id,
        section,
        "see_working",
        lambda db, seen: looked_within(db, who, seen, datetime.now(UTC)),
    )


def looked_within(db: Session, who: Acting, seen: Seen, now: datetime) -> LastLook | Refused:
    """The same as part of a transaction."""
    if seen.side is None:
        return Refused(Code.NOT_ALLOWED, "This is kept for the family and for the council.")
    state = seen.state
    layers: dict[str, dict[str, Any]] = {}
    for record in state.known.values():
        layers.setdefault(record.side, {})[record.id] = to_value(record)
    look = db.get(LastLook, (state.appeal.id, state.section, seen.side))
    if look is None:
        look = LastLook(
            appeal_id=state.appeal.id or 0, section=state.section, side=seen.side, records={}, by="", at=now
        )
    look.records, look.by, look.at = layers, who.person_id, now
    db.add(look)
    return look
