"""What is issued is what was agreed and ordered: nothing undecided slips through, and the check finds any drift."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sections.redline.apply import Applied, apply
from sections.redline.baseline import Baseline, Block, Note, freeze, thaw
from sections.redline.closing import Closing, NotClosed, Ruling, check, close, consent, own_words, undecided
from sections.redline.overlap import chain_of
from sections.redline.records import New, Record, Remove, Text, records
from sections.redline.register import Act, Entry, confirm, opened, record_hash, standing
from tests.sections.redline.making import baselines, chained_layers, honest_layers

SEEDS = st.integers(0, 2**32 - 1)
BASELINE = baselines()[1]
WHAT = "provspeech.what"  # "Direct therapy each week."


def text(start: int, end: int, wording: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "block": WHAT, "from": start, "to": end, "at": end, "wording": wording, **more}


def answers(key: str) -> dict[str, Any]:
    return {"counters": {"key": key, "hash": "ab" * 32}}


def agreed(baseline: Baseline, known: dict[str, Record], *keys: str) -> dict[str, Entry]:
    """A register in which both sides have confirmed these; one that cannot stand beside another is left out."""
    entries: dict[str, Entry] = {}
    for key in keys:
        for side in ("family", "authority"):
            shown = record_hash(baseline, known[key])
            outcome = confirm(baseline, known, entries, key, Act("one", side, entitled=True, shown=shown))
            if isinstance(outcome, Entry):
                entries[key] = outcome
    return entries


KNOWN = records(
    BASELINE,
    {
        "family": {"a": text(0, 6, "Individual"), "b": text(20, 24, "day"), "gone": text(3, 3, "")},
        "authority": {"c": text(0, 6, "Group", **answers("family:a")), "d": text(15, 19, "every")},
    },
)
ENTRIES = agreed(BASELINE, KNOWN, "family:b")


def what(closing: Closing | NotClosed) -> str | None:
    assert isinstance(closing, Closing)
    return closing.issued.places[WHAT].block.text


def test_what_nobody_ruled_on_stops_the_closing_and_is_named_by_number() -> None:
    found = close(BASELINE, KNOWN, ENTRIES, {"family:a": "refused"})
    assert isinstance(found, NotClosed)
    assert ("authority:c", "authority:d") == found.undecided
    [sentence] = found.sentences({"authority:c": "F-2", "authority:d": "F-4"})
    assert sentence.startswith("Not decided yet: F-2 and F-4. For each, record whether")


def test_what_is_agreed_goes_in_with_what_is_ordered() -> None:
    found = close(BASELINE, KNOWN, ENTRIES, {"family:a": "ordered", "authority:d": "refused"})
    assert "Individual therapy each day." == what(found)
    assert isinstance(found, Closing)
    assert {"family:a", "family:b"} == set(found.taken)
    assert {
        "family:a": "ordered",
        "family:b": "agreed",
        "family:gone": "withdrawn",
        "authority:c": "refused",
        "authority:d": "refused",
    } == found.outcomes


def test_an_order_on_one_wording_of_an_exchange_settles_the_others() -> None:
    assert () == undecided(BASELINE, KNOWN, ENTRIES, {"authority:c": "ordered", "authority:d": "refused"})
    both_refused: dict[str, Ruling] = {"authority:c": "refused", "authority:d": "refused"}
    assert ("family:a",) == undecided(BASELINE, KNOWN, ENTRIES, both_refused)


def test_the_tribunal_may_use_its_own_words_instead() -> None:
    own = own_words(BASELINE, KNOWN["family:a"], "t1", {"wording": "Weekly individual"})
    assert own is not None
    assert ("tribunal:t1", "family:a") == (own.key, own.counters)
    found = close(BASELINE, KNOWN, ENTRIES, {"family:a": own, "authority:d": "refused"})
    assert "Weekly individual therapy each day." == what(found)
    assert isinstance(found, Closing)
    assert ("ordered", "refused", "refused") == tuple(
        found.outcomes[key] for key in ("tribunal:t1", "family:a", "authority:c")
    )


def test_the_tribunal_may_add_words_nobody_proposed() -> None:
    made = records(BASELINE, {"tribunal": {"t2": text(25, 25, " Reviewed every term.")}})["tribunal:t2"]
    rulings: dict[str, Ruling] = {"tribunal:t2": made, "family:a": "refused", "authority:c": "refused"}
    found = close(BASELINE, KNOWN, ENTRIES, {**rulings, "authority:d": "refused"})
    assert "Direct therapy each day. Reviewed every term." == what(found)


def test_the_tribunals_words_kept_with_the_others_go_in_without_another_ruling() -> None:
    own = own_words(BASELINE, KNOWN["family:a"], "t1", {"wording": "Weekly"})
    assert own is not None
    known = {**KNOWN, own.key: own}
    assert "Weekly therapy each day." == what(close(BASELINE, known, ENTRIES, {"authority:d": "refused"}))


def test_a_ruling_goes_before_an_agreement() -> None:
    rulings: dict[str, Ruling] = {
        "family:b": "refused",
        "family:a": "refused",
        "authority:c": "refused",
        "authority:d": "refused",
    }
    assert "Direct therapy each week." == what(close(BASELINE, KNOWN, ENTRIES, rulings))


def test_a_consent_order_takes_all_that_is_agreed_and_leaves_the_rest() -> None:
    found = close(BASELINE, KNOWN, ENTRIES, consent(BASELINE, KNOWN, ENTRIES))
    assert "Direct therapy each day." == what(found)
    assert isinstance(found, Closing)
    assert {"family:b"} == {key for key, outcome in found.outcomes.items() if outcome == "ordered"}


@pytest.mark.parametrize(
    "ruling",
    [
        "ordered",
        Text("family", "a", block=WHAT, start=0, end=6, at=6, wording="Weekly"),
        Text("tribunal", "t", block="nowhere", start=0, end=6, at=6, wording="Weekly"),
        Text("tribunal", "t", block=WHAT, start=0, end=999, at=999, wording="Weekly"),
        Text("tribunal", "t", block=WHAT, start=6, end=6, at=6),
    ],
    ids=["withdrawn", "another-side", "unknown-block", "beyond-the-text", "no-words"],
)
def test_a_ruling_on_nothing_or_in_words_that_fit_nowhere_stops_the_closing(ruling: Ruling) -> None:
    key = "family:gone" if ruling == "ordered" else "family:b"
    found = close(BASELINE, KNOWN, ENTRIES, {"family:a": "ordered", "authority:d": "refused", key: ruling})
    assert isinstance(found, NotClosed)
    assert key in found.unknown
    assert any("F-9" in sentence for sentence in found.sentences({key: "F-9"}))


def test_two_orders_that_clash_stop_the_closing_and_say_why() -> None:
    rulings: dict[str, Ruling] = {"family:a": "ordered", "authority:c": "ordered", "authority:d": "refused"}
    found = close(BASELINE, KNOWN, ENTRIES, rulings)
    assert isinstance(found, NotClosed)
    numbers = {"family:a": "F-1", "authority:c": "F-2"}
    assert ("Only one of two can go in: F-1 and F-2 answer one another.",) == found.sentences(numbers)


def test_own_words_stand_where_the_proposal_stood() -> None:
    known = records(
        BASELINE,
        {
            "family": {
                "n": {"type": "new", "after": WHAT, "kind": "p", "on": 1, "wording": "x"},
                "i": {
                    "type": "new",
                    "after": "provspeech",
                    "kind": "provision",
                    "on": 1,
                    "wording": "x",
                    "w_what": "y",
                },
                "r": {"type": "rm", "block": BASELINE.blocks[0].id, "on": 1},
                "h": {"type": "rm", "block": "provspeech", "on": 1},
                "off": {"type": "new", "after": WHAT, "kind": "p", "on": 0, "wording": "x"},
            }
        },
    )
    para = own_words(BASELINE, known["family:n"], "t", {"wording": "Its own."})
    assert isinstance(para, New)
    assert (WHAT, {"wording": "Its own."}) == (para.after, para.words)
    item = own_words(BASELINE, known["family:i"], "t", {"wording": "Title", "w_who": "A therapist", "w_other": "no"})
    assert isinstance(item, New)
    assert {"wording": "Title", "w_who": "A therapist"} == item.words
    head = own_words(BASELINE, known["family:r"], "t", {"wording": "Speech"})
    assert isinstance(head, Text)
    assert (BASELINE.blocks[0].id, 0, len("Communication")) == (head.block, head.start, head.end)
    for key in ("family:h", "family:off"):
        assert own_words(BASELINE, known[key], "t", {"wording": "Speech"}) is None
    assert own_words(BASELINE, known["family:n"], "t", {}) is None


@given(SEEDS, st.sampled_from([honest_layers, chained_layers]))
def test_whatever_was_proposed_a_consent_order_issues_exactly_what_is_agreed(seed: int, layers_of: Any) -> None:
    random = Random(seed)
    for baseline in baselines():
        known = records(baseline, layers_of(random, baseline, random.randint(1, 10)))
        live = sorted(key for key, record in known.items() if record.live)
        entries = agreed(baseline, known, *random.sample(live, len(live) // 2))
        found = close(baseline, known, entries, consent(baseline, known, entries))
        assert isinstance(found, Closing)
        settled = [key for key, now in standing(baseline, known, entries).items() if now == "agreed"]
        expected = apply(baseline, known, settled)
        assert isinstance(expected, Applied)
        assert expected.baseline.hash == found.issued.hash
        assert set(known) == set(found.outcomes)


@given(SEEDS)
def test_nothing_closes_while_a_live_proposal_is_open(seed: int) -> None:
    random = Random(seed)
    for baseline in baselines():
        known = records(baseline, honest_layers(random, baseline, random.randint(1, 10)))
        entries = {key: opened(baseline, record) for key, record in known.items()}
        live = [key for key, record in known.items() if record.live]
        rulings: dict[str, Ruling] = {
            key: random.choice(["ordered", "refused"]) for key in live if random.random() < 0.7
        }
        found = close(baseline, known, entries, rulings)
        ordered = {key for key, ruling in rulings.items() if ruling == "ordered"}
        open_ = tuple(key for key in live if key not in rulings and not ordered & chain_of(known, key))
        assert open_ == undecided(baseline, known, entries, rulings)
        if isinstance(found, NotClosed):
            assert open_ == found.undecided
            assert open_ or found.conflicts
        else:
            assert ordered == set(found.taken)
            assert not open_


@given(SEEDS)
def test_a_text_issued_and_frozen_again_is_the_text_ordered(seed: int) -> None:
    random = Random(seed)
    for baseline in baselines():
        known = records(baseline, honest_layers(random, baseline, random.randint(0, 10)))
        live = sorted(key for key, record in known.items() if record.live)
        entries = agreed(baseline, known, *live)
        found = close(baseline, known, entries, consent(baseline, known, entries))
        assert isinstance(found, Closing)
        again = freeze(thaw(found.issued), found.issued.section, 9)
        assert () == check(again, found.issued)
        assert () == check(found.issued, found.issued)


@given(SEEDS)
def test_any_drift_in_the_issued_text_is_found(seed: int) -> None:
    random = Random(seed)
    for ordered in baselines():
        tree = thaw(ordered)
        drifted = freeze(changed(random, tree), ordered.section, 2)
        found = check(drifted, ordered)
        assert found
        assert all(one.before is not None or one.after is not None for one in found)


def changed(random: Random, tree: dict[str, Any]) -> dict[str, Any]:
    """The tree with one word slipped in, one block gone, or two blocks turned round."""
    blocks = list(tree["children"])
    place = random.randrange(len(blocks))
    act = random.choice(["word", "gone", "added", "turned"])
    if act == "gone":
        del blocks[place]
    elif act == "added":
        blocks.insert(place, {"type": "paragraph", "children": [{"text": "may"}]})
    elif act == "turned":
        blocks.append(blocks.pop(0))
    else:
        blocks[place] = slipped(random, blocks[place])
    return {**tree, "children": blocks}


def slipped(random: Random, node: dict[str, Any]) -> dict[str, Any]:
    inner = [place for place, child in enumerate(node["children"]) if "type" in child and child["type"] != "ref"]
    if not inner:
        return {**node, "children": [*node["children"], {"text": " where possible"}]}
    place = random.choice(inner)
    children = list(node["children"])
    children[place] = slipped(random, children[place])
    return {**node, "children": children}


def test_a_slipped_in_word_is_shown_as_ordered_and_as_issued() -> None:
    tree = thaw(BASELINE)
    tree["children"][3]["children"][1]["children"] = [{"text": "Direct therapy each week, where possible."}]
    [found] = check(freeze(tree, "F", 2), BASELINE)
    assert (WHAT, "Direct therapy each week.", "Direct therapy each week, where possible.") == (
        found.id,
        found.before,
        found.after,
    )


def test_emphasis_that_nobody_ordered_and_another_section_are_differences_too() -> None:
    [first, *rest] = BASELINE.blocks
    louder = Block(first.id, first.type, first.attrs, first.text, (Note(0, 4, "strong", {}),))
    [found] = check(Baseline(2, "F", (louder, *rest)), BASELINE)
    assert ("Communication", "Communication") == (found.before, found.after)
    assert [("F", "B")] == [(one.before, one.after) for one in check(Baseline(2, "B", BASELINE.blocks), BASELINE)]


def test_removing_an_item_by_order_takes_it_out() -> None:
    known = records(BASELINE, {"family": {"h": {"type": "rm", "block": "provspeech", "on": 1}}})
    assert isinstance(known["family:h"], Remove)
    found = close(BASELINE, known, {}, {"family:h": "ordered"})
    assert isinstance(found, Closing)
    assert "provspeech" not in found.issued.places
