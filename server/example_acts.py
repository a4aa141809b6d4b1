"""Does what the people of the second example did in its appeal, in order, each act by the code that a server uses.

Everything happens in the caller's transaction, before any server has the layers open, at the time the act says. An act
that the rules refuse stops it all: the example is wrong then. Only ``example_appeal`` imports this.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlmodel import Session

from crdt.layers import write_layer
from crdt.schema import LAYER
from sections.addresses import Address
from sections.catalogue import BadRules
from sections.example_appeal.script import Act
from server.acts import Refused, allowed_to
from server.layers import layer_name, open_appeal, stored
from server.log import UPDATE, Entry, append_within, document_id, head
from server.redline import decisions
from server.redline.desk import Seen, act_within
from server.redline.looks import looked_within
from server.redline.registrar import Followed, Layers, baseline_of_appeal, catch_up
from server.redline.state import SectionState, state_of
from server.redline.turns import begin_within
from server.redline.versions import file_within, freeze_within
from server.replay import Content
from server.rooms import make_document
from server.snapshots import load
from server.tables import appeals

T = TypeVar("T")

_FIRST_CLIENT = 0x5EED40  # client ids of the example's entries, one an entry; people's own are random 32-bit numbers
_ON_KEYS = {"confirm": "agree", "disagree": "disagree", "panel": "panel"}


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody of the example, as the acts want to know them."""

    person_id: str


class Stage:
    """The example's appeal while its acts are done. ``people``: ids by the keys of the story."""

    def __init__(self, db: Session, appeal: appeals.Appeal, people: Mapping[str, str]) -> None:
        assert appeal.id is not None  # noqa: S101 - it has been flushed
        self._db = db
        self._plan = appeal.plan_id
        self._appeal = appeal.id
        self._people = people
        self._clients = itertools.count(_FIRST_CLIENT)
        self._followed = {section: Followed(baseline_of_appeal(db, appeal.id, section)) for section in appeal.sections}

    def do(self, act: Act) -> None:
        """One act. BadRules when the rules do not allow it."""
        who = Player(self._people[act.by])
        if act.do in ("propose", "change", "withdraw"):
            self._write(act, who)
        elif act.do == "draft":
            self._draft(act, who)
        elif act.do in _ON_KEYS:
            self._decide(act, who)
        elif act.do == "reason":
            self._on_section(
                act,
                who,
                "give_evidence",
                lambda db, seen: decisions.reason_within(db, who, seen, act.keys[0], act.reason, act.at),
            )
        elif act.do == "evidence":
            source = _source(act)
            self._on_section(
                act,
                who,
                "give_evidence",
                lambda db, seen: decisions.evidence_within(db, who, seen, act.keys[0], source, act.at),
            )
        elif act.do == "freeze":
            self._freeze(act, who)
        elif act.do == "file":
            _done(act, file_within(self._db, who, self._plan, act.version, act.at))
        elif act.to == "private":
            _done(act, begin_within(self._db, who, self._plan, act.at))
            for section in self._followed:
                self._catch_up(section)
        else:
            raise BadRules(f"nobody can {act.do} {act.to}")

    def look(self, act: Act, by: str) -> None:
        """Somebody says for their side that they have seen everything as it is after this act."""
        who = Player(self._people[by])
        for section in self._followed:
            done = act_within(
                self._db,
                who,
                self._plan,
                section,
                "see_working",
                lambda section=section: self._state(section),  # type: ignore[misc]
                lambda db, seen: looked_within(db, who, seen, act.at),
            )
            _done(act, done)

    def _write(self, act: Act, who: Player) -> None:
        document = make_document(self._db, self._plan, layer_name(act.section, act.side, self._appeal))
        watch = self._followed[act.section].watches.get(act.side)
        self._append(act, who, document, Content(LAYER) if watch is None else watch.content)
        self._catch_up(act.section)

    def _draft(self, act: Act, who: Player) -> None:
        name = stored(Address(act.section, act.side, private=True), open_appeal(self._db, self._plan))
        document = None if name is None else document_id(self._db, self._plan, name)
        if document is None:
            raise BadRules(f"the {act.side} does not draft in private on {act.at:%-d %B}")
        self._append(act, who, document, load(self._db, document, LAYER))

    def _append(self, act: Act, who: Player, document: int, content: Content) -> None:
        record_id = act.keys[0].partition(":")[2]
        update = write_layer(content.replica.full_update(), {record_id: act.fields or {}}, next(self._clients))
        if update is None:
            raise BadRules(f"{act.do} {act.keys[0]} changes nothing")
        append_within(self._db, document, head(self._db, document), [Entry(UPDATE, update, who.person_id)], act.at)

    def _decide(self, act: Act, who: Player) -> None:
        what = _ON_KEYS[act.do] + (f"-{act.to}" if act.to else "")

        def write(db: Session, seen: Seen) -> int | Refused:
            wanted = [decisions.Wanted(key, seen.state.hashes[key]) for key in act.keys]
            return decisions.decide_within(db, who, seen, what, wanted, act.reason, act.at)

        self._on_section(act, who, decisions.ACTION[what], write)

    def _freeze(self, act: Act, who: Player) -> None:
        allowed = _done(act, allowed_to(self._db, who, self._plan, "freeze_version"))
        states = [self._state(section) for section in self._followed]
        version = freeze_within(self._db, who, allowed, states, act.at)
        if version.number != act.version:
            raise BadRules(f"version {act.version} would be number {version.number}")

    def _on_section(self, act: Act, who: Player, action: str, write: Callable[[Session, Seen], T | Refused]) -> None:
        _done(act, act_within(self._db, who, self._plan, act.section, action, lambda: self._state(act.section), write))

    def _state(self, section: str) -> SectionState:
        """The section as it is in this transaction, with the register written up to there."""
        return state_of(self._db, self._appeal, section, self._catch_up(section))

    def _catch_up(self, section: str) -> Layers:
        return catch_up(self._db, self._plan, self._appeal, section, self._followed[section])


def _source(act: Act) -> decisions.Source:
    paper = act.evidence
    if paper is None:
        raise BadRules(f"no evidence for {act.keys[0]}")
    page, paragraph = (str(number) if number else "" for number in (paper.page, paper.paragraph))
    return decisions.Source(paper.document, paper.author, paper.role, paper.dated, page, paragraph)


def _done(act: Act, outcome: T | Refused) -> T:
    if isinstance(outcome, Refused):
        raise BadRules(f"{act.by} cannot {act.do} {', '.join(act.keys)}: {outcome.sentence}")
    return outcome
