"""Putting an earlier wording back: an ordinary edit of today, by somebody who may write the section now.

The history is never rewritten, and what is put back can be undone the same way. The change is as small as it can be,
so that what others are writing stays theirs. It is shown first, and made only if that place is still as it was shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from crdt.alignment import item_id
from crdt.blocks import Tree, canonical, content_hash
from crdt.replica import Replica
from sections.history import change_words
from sections.rights import may
from server.acts import NOT_ON_PLAN, Office, Refused, audit
from server.auth import SignedIn
from server.codes import Code
from server.day import today
from server.history import places
from server.history.books import Histories, Moment, NoHistory
from server.history.compare import Compared, compare
from server.log import document_id
from server.plan_access import Standing, find_standing
from server.redline.turns import new_client
from server.room import Room
from server.texts import NotWritten

CHANGED_MEANWHILE = Refused(
    Code.NOT_CURRENT, "Somebody has changed this part since you looked. See below what would change now, then decide."
)
NOT_THERE = Refused(
    Code.UNKNOWN_DOCUMENT, "This part cannot be put back by itself, as what it stood in is no longer there."
)
NOTHING_TO_DO = Refused(Code.NOT_CURRENT, "This is how it reads now: there is nothing to put back.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to put back: a section as it was after entry ``at``, or one passage of it (``places.reference``)."""

    section: str
    at: int
    passage: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done: the section now and then, what changes, and a name for how this place reads now."""

    now: Moment
    wanted: Tree
    compared: Compared
    here: str
    kind: str
    """section, item or passage."""


def plan(db: Session, histories: Histories, plan_id: str, what: Wanted) -> Plan | Refused:
    """Works out what putting it back would change now."""
    document = document_id(db, plan_id, what.section)
    if document is None:
        return NOT_THERE
    head = histories.book(db, document).story.seq
    found = histories.moments(db, document, {max(0, min(what.at, head)), head})
    then, now = found[max(0, min(what.at, head))], found[head]
    if what.passage:
        planned = _passage(now, then, what.passage)
        if isinstance(planned, Refused):
            return planned
        wanted, here, kind = planned
    else:
        wanted, here, kind = then.tree, content_hash(now.tree), "section"
    compared = compare(now.tree, wanted, what.section)
    return NOTHING_TO_DO if compared.same else Plan(now, wanted, compared, here, kind)


def _passage(now: Moment, then: Moment, name: str) -> tuple[Tree, str, str] | Refused:
    """The section of today with one passage of then."""
    wanted = places.read_reference(name)
    before = places.passages(then)
    passage = None if wanted is None else places.find(before, wanted)
    if passage is None:
        return NOT_THERE
    kind = "item" if item_id(passage.node) else "passage"
    today_ = places.passages(now)
    current = places.find(today_, passage.element.id, item_id(passage.node))
    if current is not None:
        return _replaced(now.tree, current.path, [passage.node]), content_hash(current.node), kind
    around = [one for one in before if one.path == passage.path[:-1]]
    holder = places.find(today_, around[0].element.id, item_id(around[0].node)) if around else None
    if around and holder is None:
        return NOT_THERE
    inside = now.tree if holder is None else holder.node
    at = _place(passage, before, today_, () if holder is None else holder.path)
    children = [*inside["children"][:at], passage.node, *inside["children"][at:]]
    fresh = canonical(inside | {"children": children})
    here = content_hash(inside)
    return (fresh, here, kind) if holder is None else (_replaced(now.tree, holder.path, [fresh]), here, kind)


def _place(
    passage: places.Passage, before: list[places.Passage], now: list[places.Passage], holder: tuple[int, ...]
) -> int:
    """Where a passage that is gone belongs: after the nearest one before it that is still there."""
    depth = len(passage.path)
    earlier = [one for one in before if len(one.path) == depth and one.path[:-1] == passage.path[:-1]]
    for one in sorted(earlier, key=lambda one: one.path[-1], reverse=True):
        if one.path[-1] < passage.path[-1]:
            found = places.find(now, one.element.id, item_id(one.node))
            if found is not None and found.path[:-1] == holder:
                return found.path[-1] + 1
    return 0


def _replaced(tree: Tree, path: tuple[int, ...], by: list[Tree]) -> Tree:
    """The tree with other children in this one place."""
    at = path[0]
    children = tree["children"]
    inner = by if len(path) == 1 else [_replaced(children[at], path[1:], by)]
    return canonical(tree | {"children": [*children[:at], *inner, *children[at + 1 :]]})


def update_for(planned: Plan) -> bytes:
    """The edit that does it, on top of the section as it is now."""
    replica = Replica(client=new_client())
    replica.apply(planned.now.update)
    update = replica.becoming(planned.wanted)
    if content_hash(replica.tree()) != content_hash(planned.wanted):
        raise NoHistory("the text would not read as it did")
    return update


async def put_back(
    office: Office, histories: Histories, who: SignedIn, standing: Standing, what: Wanted, here: str
) -> Refused | None:
    """Writes it as this person; ``here`` names how the place read when it was shown. None once it is on disk."""
    decision = standing.may("write", what.section)
    if not decision.allowed:
        return Refused(decision.code, decision.sentence)
    plan_id = standing.plan.id

    def work(db: Session, these: Histories) -> bytes | Refused:
        if find_standing(db, plan_id, who.person_id, today()) is None:
            return NOT_ON_PLAN
        planned = plan(db, these, plan_id, what)
        if isinstance(planned, Refused):
            return planned
        return update_for(planned) if planned.here == here else CHANGED_MEANWHILE

    update = await histories.ask(who.person_id, work)
    if isinstance(update, Refused):
        return update

    def still_may(room: Room) -> str:
        """Asked when the edit has its turn: rights may have changed by then."""
        state = office.live.rooms.plans.get(plan_id)
        if state is None or room.stored != what.section:
            return Code.LOCKED
        return may(state.actor(who.person_id), "write", state.facts, what.section, today=today()).code

    await office.live.rooms.plan(plan_id)
    try:
        await office.live.seed(plan_id, what.section, update, who.person_id, still_may)
    except NotWritten as trouble:
        return Refused(trouble.code, trouble.refusal.sentence)
    await office.store.write(
        lambda db: audit(
            db, "wording-put-back", who.person_id, plan_id, section=what.section, entry=what.at, part=bool(what.passage)
        )
    )
    return None


def words_of(planned: Plan) -> str:
    """How much would change, in words."""
    return change_words(planned.compared.changes)
