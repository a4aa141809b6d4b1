"""Every act at the keyboard has the outcome the design names, in the display and in the records."""

from __future__ import annotations

import pytest

from sections.redline.compose import compose, compose_records, texts
from sections.redline.decompose import Hand, changes, decompose
from sections.redline.edit import Act, edit, restore
from sections.redline.records import records, to_value
from tests.sections.redline.making import baselines, minting
from tests.sections.redline.named_acts import ACTS, NamedAct, layers_of, seen, strikes

BASELINE = baselines()[0]
BLOCK = next(iter(BASELINE.texts())).id


@pytest.mark.parametrize("named", ACTS, ids=[act.name for act in ACTS])
def test_an_act_shows_and_records_what_the_design_says(named: NamedAct) -> None:
    layers = layers_of(named, BLOCK)
    known = records(BASELINE, layers)
    shown = next(texts(compose_records(BASELINE, known)))
    mint = minting()
    act = Act("family", mint, frozenset(named.apart), towards="end" if named.towards == "end" else "start")
    edited = edit(shown.runs or (), named.start, named.end, named.text, act)
    assert named.seen == seen(edited.runs)
    assert named.caret == edited.caret
    assert named.offers == edited.offers
    hand = Hand("family", BLOCK, known, mint)
    mine = {key: record for key, record in known.items() if record.side == "family"}
    for record in changes(mine, decompose(edited.runs, hand), hand):
        layers["family"][record.id] = to_value(record)
    assert named.seen == seen(next(texts(compose(BASELINE, layers))).runs or ())


def test_taking_a_strike_off_its_middle_splits_it() -> None:
    layers = {"family": {"1": strikes(12, 26) | {"block": BLOCK}}}
    known = records(BASELINE, layers)
    cleared = restore(next(texts(compose_records(BASELINE, known))).runs or (), 18, 19, "family")
    assert "A will have {-f1 speech} {-f1 therapy} once a week." == seen(cleared)
    found = decompose(cleared, Hand("family", BLOCK, known, minting()))
    assert [("family:1", 12, 18), ("family:n1", 19, 26)] == [(r.key, r.start, r.end) for r in found.values()]


def test_the_other_sides_new_block_is_answered_not_changed() -> None:
    layers = {"authority": {"b": {"type": "new", "after": "^", "kind": "p", "on": 1, "wording": "New words"}}}
    shown = next(texts(compose(BASELINE, layers)))
    act = Act("family", minting(), owner="authority:b")
    assert ("authority:b",) == edit(shown.runs or (), 0, 9, "", act).offers
    assert shown.runs == edit(shown.runs or (), 9, 9, "X", act).runs


def test_an_own_new_block_is_written_in_like_any_text() -> None:
    act = Act("family", minting(), owner="family:b")
    edited = edit((), 0, 0, "Words", act)
    assert "{+fb Words}" == seen(edited.runs)
    assert () == edit(edited.runs, 0, 5, "", act).runs


def test_an_emptied_insertion_becomes_a_ghost_that_keeps_its_place() -> None:
    layers = {"family": {"1": {"type": "text", "block": BLOCK, "from": 38, "to": 38, "at": 38, "wording": "X"}}}
    known = records(BASELINE, layers)
    hand = Hand("family", BLOCK, known, minting())
    [ghost] = changes(known, decompose((), hand), hand)
    assert (38, 38, 38, "", False) == (ghost.start, ghost.end, ghost.at, ghost.wording, ghost.live)
