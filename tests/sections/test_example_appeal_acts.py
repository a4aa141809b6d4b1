"""Every proposal of the second example lands on its words, and its acts lead to the statuses that the data says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from crdt.compose import to_update
from crdt.gate import check
from crdt.ledger import Accepted, Ledger
from crdt.replica import Replica
from crdt.schema import LAYER
from sections.addresses import Address
from sections.facts import Actor, PlanFacts
from sections.keys import DEFAULT
from sections.redline.apply import Applied, apply, differences, resolved
from sections.redline.compose import compose, compose_records, texts
from sections.redline.layer import layer_of
from sections.redline.overlap import conflicts, group_of
from sections.redline.records import New, Record, Remove, Text, normalise, records, to_value
from sections.redline.register import SETTLED, answers_older_words
from sections.redline.views import since, struck_words, view, wordings
from sections.redline.worded import worded
from sections.rights import may, may_layer
from tests.sections.check_example_appeal import LAYERS, PLAN, TODAY, replayed, rows
from tests.sections.redline.test_layer import element

REPLAY = replayed(PLAN.acts)
PROPOSING = ("propose", "change", "draft")
RIGHT = {
    "evidence": "give_evidence",
    "reason": "give_evidence",
    "confirm": "decide",
    "disagree": "decide",
    "panel": "ask_panel",
    "freeze": "freeze_version",
    "file": "file_version",
    "turn": "take_turns",
}
ALL = [(label, key, record) for label, known in LAYERS.items() for key, record in known.items()]
FAMILY = {person.key for person in PLAN.people if person.party == "family"}


def of(key: str, label: str = "F") -> Record:
    return LAYERS[label][key]


def test_there_are_some_forty_proposals_of_both_sides_in_every_disputed_section() -> None:
    assert 30 <= len(ALL) <= 50
    sides = Counter(record.side for _, _, record in ALL)
    assert sides["family"] >= 20
    assert sides["authority"] >= 10
    assert set(PLAN.appeal.disputed) == {label for label, _, _ in ALL}


def test_every_proposal_is_a_well_formed_record_with_nothing_clamped() -> None:
    for held in (PLAN.layers, PLAN.drafts):
        for label, sides in held.items():
            for side, layer in sides.items():
                for record_id, fields in layer.items():
                    record = normalise(PLAN.baselines[label], side, record_id, fields)
                    assert record is not None
                    assert fields == to_value(record)
    assert ["family:shoulder"] == [key for _, key, record in ALL if not record.live]


def test_every_proposal_stands_on_the_words_it_names() -> None:
    for row in rows():
        if row["do"] not in PROPOSING:
            continue
        label, side = row["section"], "family" if row["by"] in FAMILY else "authority"
        baseline, key = PLAN.baselines[label], f"{side}:{row['id']}"
        act = next(a for a in PLAN.acts if a.do == row["do"] and a.section == label and a.keys == (key,))
        record = normalise(baseline, side, row["id"], act.fields)
        assert record is not None
        assert record.live
        shown = list(texts(compose_records(baseline, {**LAYERS[label], key: record})))
        if isinstance(record, Remove):
            assert struck_words(baseline, record)
            assert any(key in block.removed for block in shown)
            continue
        if isinstance(record, Text):
            assert row.get("strike", "") == struck_words(baseline, record)
            units = baseline.places[record.block].units
            assert units.cut(0, record.at).endswith(row.get("behind", row.get("strike")))
            struck = [run.text for block in shown for run in block.runs or () if key in run.struck]
            assert row.get("strike", "") == "".join(struck)
        inserted = [run.text for block in shown for run in block.runs or () if run.by == key]
        assert list(wordings(record).values()) == inserted


@pytest.mark.parametrize("label", PLAN.appeal.disputed)
def test_the_display_has_every_word_of_the_plan_and_the_plan_without_proposals_is_the_plan(label: str) -> None:
    baseline, known = PLAN.baselines[label], LAYERS[label]
    shown = compose(baseline, PLAN.layers[label])
    kept = [
        text
        for block in texts(shown)
        if (text := "".join(run.text for run in block.runs or () if not run.by)) or not block.key
    ]

    assert [block.text for block in baseline.texts()] == kept
    assert () == differences(baseline, resolved(baseline, known, []))
    assert compose_records(baseline, {}) == view(baseline, known, REPLAY.standing(label), "original", "family")
    lines = worded(baseline, known, REPLAY.standing(label), DEFAULT)
    assert {key for key, record in known.items() if record.live} == {line.key for line in lines}


@pytest.mark.parametrize("label", PLAN.appeal.disputed)
def test_no_way_of_reading_it_has_gaps_or_doubled_spaces(label: str) -> None:
    for name in ("ours", "theirs", "agreed"):
        for block in texts(view(PLAN.baselines[label], LAYERS[label], REPLAY.standing(label), name, "family")):
            read = "".join(run.text for run in block.runs or ())
            assert read == read.strip()
            assert not any(odd in read for odd in ("  ", " .", " ,", "..", ",,")), read


def test_the_register_lets_every_act_happen_and_ends_where_the_data_says() -> None:
    assert [] == REPLAY.refused
    for label, ends in PLAN.ends.items():
        assert dict(ends) == REPLAY.standing(label)
    assert PLAN.layers == REPLAY.layers


def test_every_status_before_a_hearing_occurs() -> None:
    found = Counter(status for ends in PLAN.ends.values() for status in ends.values())

    assert {"proposed", "countered", "agreed", "reopened", "not agreed", "pending panel", "withdrawn"} == set(found)
    assert found["agreed"] >= 8
    assert (1, 1, 1) == (found["reopened"], found["pending panel"], found["withdrawn"])


def test_every_kind_of_proposal_occurs_on_the_side_it_is_meant_for() -> None:
    kinds = Counter()
    for _, _, record in ALL:
        if isinstance(record, Text) and record.live:
            strikes, writes = record.start < record.end, bool(record.wording)
            kinds[record.side, "replace" if strikes and writes else "strike" if strikes else "insert"] += 1
        elif isinstance(record, New):
            kinds[record.side, record.kind] += 1
        elif isinstance(record, Remove):
            kinds[record.side, "rm"] += 1

    assert {"replace", "strike", "insert", "need", "provision", "li", "tr"} == {
        kind for side, kind in kinds if side == "family"
    }
    assert {"replace", "strike", "insert", "need", "h3", "p", "rm"} == {
        kind for side, kind in kinds if side == "authority"
    }


def test_some_words_have_an_emoji_and_letters_with_marks() -> None:
    assert {"family:rockets", "family:until-rocket"} == {
        key for _, key, record in ALL if any("🚀" in said for said in wordings(record).values())
    }
    assert any("ë" in said for _, _, record in ALL for said in wordings(record).values())


def test_answers_go_both_ways_and_answer_the_present_wording() -> None:
    answers = [(label, record) for label, _, record in ALL if record.counters]

    assert {"family", "authority"} == {record.side for _, record in answers}
    for label, record in answers:
        assert not answers_older_words(PLAN.baselines[label], LAYERS[label], record.key)
    chain = of("family:often-reply")
    assert ("authority:often", "family:often") == (chain.counters, of(chain.counters).counters)


def test_three_places_are_one_act_and_moved_words_know_where_they_were() -> None:
    moved, gone = of("family:lunch-in", "B"), of("family:lunch-out", "B")

    assert ("family:named-lunch", "family:named-morning", "family:named-steps") == group_of(
        LAYERS["F"], "family:named-lunch"
    )
    assert "lunch-out" == moved.moves
    assert isinstance(moved, Text)
    assert moved.wording == struck_words(PLAN.baselines["B"], gone)


def test_what_was_agreed_can_be_applied_as_it_is() -> None:
    for label, ends in PLAN.ends.items():
        accepted = [key for key, now in ends.items() if now in SETTLED]
        assert isinstance(apply(PLAN.baselines[label], LAYERS[label], accepted), Applied)


def test_the_agreement_of_one_was_undone_by_the_side_that_wrote_it() -> None:
    changed = next(act for act in PLAN.acts if act.do == "change")
    before = replayed(tuple(act for act in PLAN.acts if act.at < changed.at))

    assert "agreed" == before.standing("F")["family:register"]
    assert [("family:register", "reopened")] == REPLAY.told


def test_the_second_version_was_filed_half_way_and_something_of_every_sort_has_changed_since() -> None:
    filed = next(act for act in PLAN.acts if act.do == "file")
    before = replayed(tuple(act for act in PLAN.acts if act.at < filed.at))
    changes = {change.key: change.what for label in LAYERS for change in since(before.known(label), LAYERS[label])}

    assert [(1, "freeze", "authority"), (2, "freeze", "authority"), (2, "file", "authority")] == [
        (act.version, act.do, act.side) for act in PLAN.acts if act.version
    ]
    assert "freeze" == PLAN.acts[0].do
    assert {"new", "changed", "withdrawn"} == set(changes.values())
    assert "new" == changes["authority:possible"]
    assert {"proposed", "countered", "agreed", "not agreed", "pending panel"} == {
        now for label in LAYERS for now in before.standing(label).values()
    }


def test_most_proposals_have_evidence_and_every_refusal_a_reason() -> None:
    live = {(label, key) for label, key, record in ALL if record.live}
    proven = {(act.section, key) for act in PLAN.acts if act.evidence for key in act.keys}
    slipped_in = {act.keys[0] for act in PLAN.acts if act.do in ("evidence", "reason")}

    assert len(proven & live) >= len(live) * 0.6
    assert all(act.evidence.page > 0 < act.evidence.paragraph for act in PLAN.acts if act.evidence)
    assert all(act.reason for act in PLAN.acts if act.do in ("disagree", "reason"))
    assert "authority:possible" not in slipped_in


def test_every_person_may_do_what_they_did_and_speakers_decide() -> None:
    people = {person.key: person for person in PLAN.people}
    facts = PlanFacts(PLAN.facts.stage, disputed=PLAN.appeal.disputed)
    private = replace(facts, private_turns=frozenset({"family"}))

    for act in PLAN.acts:
        person = people[act.by]
        actor = Actor(person.role, person.party, acts_for=person.acts_for)
        assert act.side == person.party
        if act.do in ("propose", "change", "withdraw"):
            may_now = may_layer(actor, facts, Address(act.section, act.side), "write", today=TODAY)
        elif act.do == "draft":
            may_now = may_layer(actor, private, Address(act.section, act.side, private=True), "write", today=TODAY)
        else:
            asked = "panel_decides" if act.to == "approved" else RIGHT[act.do]
            may_now = may(actor, asked, facts, today=TODAY)
        assert may_now.allowed, (act, may_now.reason)
    assert {"nadia", "bridget", "dev", "marcus", "ruth"} == {act.by for act in PLAN.acts}


@pytest.mark.parametrize("label", PLAN.appeal.disputed)
def test_every_layer_can_be_seeded_as_a_live_document_and_reads_back_the_same(label: str) -> None:
    for held in (PLAN.layers, PLAN.drafts):
        for layer in held[label].values():
            tree = {"type": "doc", "children": [element(name, fields) for name, fields in layer.items()]}
            update = to_update(tree, 7, LAYER)
            replica = Replica(LAYER)
            replica.apply(update)
            assert layer == layer_of(replica.tree())
            assert not layer or isinstance(check(update, Ledger(LAYER), "the server"), Accepted)


def test_two_proposals_of_the_family_are_drafted_in_private_and_not_sent() -> None:
    drafts = {
        (label, side): set(layer) for label, sides in PLAN.drafts.items() for side, layer in sides.items() if layer
    }
    turn, *after = PLAN.acts[[act.do for act in PLAN.acts].index("turn") :]

    assert {("F", "family"): {"every-time", "more-hours"}} == drafts
    assert ("private", "family") == (turn.to, turn.side)
    assert {"draft"} == {act.do for act in after}
    assert not drafts["F", "family"] & set(PLAN.layers["F"]["family"])
    known = {**LAYERS["F"], **records(PLAN.baselines["F"], PLAN.drafts["F"])}
    settled = [key for key, now in PLAN.ends["F"].items() if now in SETTLED]
    for record_id in drafts["F", "family"]:
        assert () == conflicts(PLAN.baselines["F"], known, known[f"family:{record_id}"], settled)
