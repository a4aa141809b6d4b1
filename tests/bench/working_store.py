"""A store for ``tests.bench.working``: one text of 45,000 words in two plans, one in an appeal and one being drafted.

The appeal has 500 proposals by two sides in sections B and F, spread evenly; the sides have agreed on every tenth. All
is written by the code that a server uses, in one transaction a plan, before any server has it open.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlmodel import Session

from crdt.blocks import Tree
from crdt.compose import to_update
from crdt.layers import write_layer
from crdt.replica import Replica
from crdt.schema import LAYER
from sections import example, example_appeal
from sections.catalogue import LABELS
from sections.redline.baseline import Baseline
from server.acts import Refused
from server.database import Store
from server.day import today
from server.example import SEED_CLIENT, add_access, person_row
from server.example_acts import Player
from server.held import mode_entry
from server.layers import SIDES, layer_name
from server.log import SYSTEM, UPDATE, Entry, append_within
from server.redline import decisions
from server.redline.appeals import Opening, open_within
from server.redline.desk import Seen, act_within
from server.redline.registrar import Followed, baseline_of_appeal, catch_up
from server.redline.state import SectionState, state_of
from server.rooms import make_document
from server.settings import Settings
from server.tables import Plan

WORDS = 45_000
PROPOSALS = 500
LONG = ("B", "F")
EACH = PROPOSALS // (len(LONG) * len(SIDES))
AGREED_EVERY = 10
SPEAKERS = {"family": "parent", "authority": "case_officer"}
# No word has the letter z: what is typed in a measurement is told by it.
PHRASE = (
    "she needs direct help from a qualified therapist each week in a quiet room with her own plan so that her words are"
    " understood and her teacher reviews it with the family every term because it must be clear who does what and when"
)
VOCABULARY = PHRASE.split()
FIELDS = {"what": 50, "who": 6, "frequency": 10, "duration": 12, "where": 12, "review": 50}
"""What a provision says, and in how many words."""


@dataclass(frozen=True, slots=True)
class Made:
    """The ids of the two plans with one text, and the appeal's number in the store."""

    appeal_plan: str
    open_plan: str
    appeal: int


def make_store(data: Path) -> Made:
    """A fresh store with both plans; the same text and the same proposals every time."""
    story = example.load()
    rng = Random(45)
    others = sum(_words(tree) for label, tree in story.sections.items() if label not in LONG)
    long = {label: long_section(label, rng, (WORDS - others) // len(LONG)) for label in LONG}
    sections = {**story.sections, **long}
    store = Store.open(Settings(data_dir=data, demo=True))
    try:
        return store.write_sync(lambda db: _make(db, story, sections, rng))
    finally:
        store.close()


def long_section(label: str, rng: Random, words: int) -> Tree:
    """A section of about so many words: items with a title, their fields and paragraphs."""
    kind = "provision" if label == "F" else "need"
    blocks: list[Tree] = []
    count = 0
    while count < words:
        fields = [
            {"type": "field", "attrs": {"name": name}, "children": [{"text": sentence(rng, long)}]}
            for name, long in FIELDS.items()
            if kind == "provision"
        ]
        paragraphs = [{"type": "paragraph", "children": [{"text": sentence(rng, 50)}]} for _ in range(3)]
        title = {"type": "title", "children": [{"text": sentence(rng, 6)}]}
        item = {"type": kind, "attrs": {"id": f"{label.lower()}{len(blocks):09d}"}}
        blocks.append({**item, "children": [title, *fields, *paragraphs]})
        count += _words(blocks[-1])
    return {"type": "doc", "children": blocks}


def sentence(rng: Random, words: int) -> str:
    return " ".join(rng.choice(VOCABULARY) for _ in range(words)).capitalize() + "."


def proposals(baseline: Baseline, rng: Random) -> dict[str, dict[str, dict[str, Any]]]:
    """Each side's proposals by id: other words, words put in and words taken out, every one in a place of its own."""
    blocks = [block for block in baseline.texts() if len(block.text or "") > 150]
    chosen = rng.sample(blocks, EACH * len(SIDES))
    found: dict[str, dict[str, dict[str, Any]]] = {side: {} for side in SIDES}
    for number, block in enumerate(chosen):
        text = block.text or ""
        start = text.index(" ", len(text) // 3) + 1
        end = text.index(" ", start + 12)
        kind = number // len(SIDES) % 5  # of five: three replacements, one insertion, one deletion
        found[SIDES[number % len(SIDES)]][f"p{number}x"] = {
            "type": "text",
            "block": block.id,
            "from": end if kind == 3 else start,
            "to": end,
            "at": end,
            "rank": "V",
            "wording": "" if kind == 4 else f" {sentence(rng, 4)}" if kind == 3 else sentence(rng, 4),
        }
    return found


def _words(tree: Mapping[str, Any]) -> int:
    if "text" in tree:
        return len(tree["text"].split())
    return sum(_words(child) for child in tree.get("children", ()))


def _make(db: Session, story: example.ExamplePlan, sections: Mapping[str, Tree], rng: Random) -> Made:
    now = datetime.now(UTC)
    people = {person.key: person_row(db, person, place, now) for place, person in enumerate(story.people)}
    by_role = {person.role: people[person.key] for person in story.people}
    db.flush()
    appeal_plan, open_plan = (_plan(db, story, sections, people, stage, now) for stage in ("final", story.facts.stage))
    speakers = tuple(by_role[role] for role in SPEAKERS.values())
    opening = Opening("EH123/26/00041", (*LONG, "I"), today(), None, None, speakers)
    appeal = open_within(db, Player(by_role["case_officer"]), appeal_plan, opening, now)
    assert not isinstance(appeal, Refused), appeal.sentence
    assert appeal.id is not None
    for label in LONG:
        _propose(db, appeal_plan, appeal.id, label, by_role, rng)
    return Made(appeal_plan, open_plan, appeal.id)


def _plan(
    db: Session,
    story: example.ExamplePlan,
    sections: Mapping[str, Tree],
    people: Mapping[str, str],
    stage: str,
    now: datetime,
) -> str:
    officer = next(people[person.key] for person in story.people if person.role == "case_officer")
    plan = Plan(
        id=uuid.uuid4().hex,
        # Under its name, the demo that serves this store makes no second example of its own.
        reference=example_appeal.reference() if stage == "final" else story.facts.reference,
        child=story.facts.child,
        stage=stage,
        stage_since=now,
        finalised_on=today() if stage == "final" else None,
        finalised_by=officer if stage == "final" else None,
        is_example=True,
        created_by=officer,
        created_at=now,
    )
    db.add(plan)
    db.flush()
    add_access(db, plan.id, story.people, people, officer, now)
    for place, label in enumerate(LABELS):
        seed = Entry(UPDATE, to_update(sections[label], SEED_CLIENT + place), SYSTEM)
        append_within(db, make_document(db, plan.id, label), 0, [seed, mode_entry(stage, label)], now)
    return plan.id


def _propose(db: Session, plan_id: str, appeal: int, label: str, by_role: Mapping[str, str], rng: Random) -> None:
    """Both sides' proposals, each by its own person, in the register as a server would write it; some agreed."""
    followed = Followed(baseline_of_appeal(db, appeal, label))
    written = proposals(followed.baseline, rng)
    for place, side in enumerate(SIDES):
        update = write_layer(Replica(LAYER).full_update(), written[side], SEED_CLIENT + 100 + place)
        assert update is not None
        document = make_document(db, plan_id, layer_name(label, side, appeal))
        append_within(db, document, 0, [Entry(UPDATE, update, by_role[SPEAKERS[side]])])

    def state() -> SectionState:
        return state_of(db, appeal, label, catch_up(db, plan_id, appeal, label, followed))

    keys = [f"{side}:{record}" for side in SIDES for record in written[side]][::AGREED_EVERY]

    def agree(who: Player, seen: Seen) -> int | Refused:
        wanted = [decisions.Wanted(key, seen.state.hashes[key]) for key in keys]
        return decisions.decide_within(db, who, seen, "agree", wanted, "", datetime.now(UTC))

    for role in SPEAKERS.values():
        who = Player(by_role[role])
        done = act_within(db, who, plan_id, label, "decide", state, lambda _, seen, who=who: agree(who, seen))  # type: ignore[misc]
        assert not isinstance(done, Refused), done.sentence
