"""The next version holds the accepted proposals and nothing else, whatever the layers held."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sections.redline.apply import Applied, NotApplied, apply, differences, resolved
from sections.redline.baseline import Baseline, block_value, freeze, thaw
from sections.redline.compose import Shown, compose_records, texts
from sections.redline.overlap import conflicts
from sections.redline.records import Record, Remove, Text, records
from tests.sections.redline.making import baselines, chained_layers, honest_layers, hostile_layers, revived

SEEDS = st.integers(0, 2**32 - 1)
BASELINE = baselines()[1]


def compatible(baseline: Baseline, known: dict[str, Record], random: Random) -> list[str]:
    """A random choice of live proposals that can all be taken up."""
    chosen: list[str] = []
    for key in random.sample(sorted(known), len(known)):
        if known[key].live and not conflicts(baseline, known, known[key], chosen):
            chosen.append(key)
    return chosen


def words(blocks: Any) -> list[str]:
    return [line for block in blocks for line in block.split("\n") if line]


@given(SEEDS, st.booleans())
def test_accepting_nothing_gives_the_baseline_byte_for_byte(seed: int, hostile: bool) -> None:
    random = Random(seed)
    for baseline in baselines():
        layers = (hostile_layers if hostile else honest_layers)(random, baseline, random.randint(0, 12))
        applied = apply(baseline, records(baseline, revived(layers)), ())
        assert isinstance(applied, Applied)
        assert baseline.hash == applied.baseline.hash
        assert [block_value(b) for b in baseline.blocks] == [block_value(b) for b in applied.baseline.blocks]
        assert {} == applied.taken
        assert thaw(baseline) == thaw(applied.baseline)


@given(SEEDS, st.sampled_from([honest_layers, chained_layers]))
def test_the_next_version_is_the_key_view_with_its_proposals_resolved(seed: int, layers_of: Any) -> None:
    random = Random(seed)
    for baseline in baselines():
        known = records(baseline, layers_of(random, baseline, random.randint(1, 12)))
        accepted = compatible(baseline, known, random)
        applied = apply(baseline, known, accepted)
        assert isinstance(applied, Applied)
        shown = compose_records(baseline, known)
        assert words(resolved_by_hand(shown, set(accepted))) == words(b.text or "" for b in applied.baseline.texts())


def resolved_by_hand(shown: tuple[Shown, ...], accepted: set[str]) -> list[str]:
    """What the key view reads as, run by run, once its proposals are decided; nothing of apply is used."""
    found = []
    for block in texts(shown):
        if block.key and block.key not in accepted:
            continue
        if not block.key and accepted & set(block.removed):
            continue
        kept = [r.text for r in block.runs or () if (r.by in accepted if r.by else not accepted & set(r.struck))]
        found.append("".join(kept))
    return found


@given(SEEDS)
def test_the_difference_of_two_versions_is_exactly_the_accepted_records(seed: int) -> None:
    random = Random(seed)
    for baseline in baselines():
        known = records(baseline, honest_layers(random, baseline, random.randint(1, 12)))
        accepted = compatible(baseline, known, random)
        applied = apply(baseline, known, accepted)
        assert isinstance(applied, Applied)
        assert set(accepted) == set(applied.taken)
        touched = spliced(baseline, applied.taken)
        for block in baseline.texts():
            place = applied.baseline.places.get(block.id)
            expected = touched[block.id]
            if place is None:
                assert not expected, block.id
            elif block.type in {"title", "field"}:
                assert expected == place.block.text
            else:
                assert (expected or "").split("\n")[0] == place.block.text
        changed = {difference.id for difference in differences(baseline, applied.baseline) if difference.before}
        explained = {one for one, text in touched.items() if text != baseline.places[one].block.text}
        gone = {one for one in baseline.places if one not in applied.baseline.places}
        assert changed <= explained | gone


def spliced(baseline: Baseline, taken: Any) -> dict[str, str | None]:
    """Each original text with the accepted records put in by plain string work; None where it is removed."""
    found: dict[str, str | None] = {}
    for block in baseline.texts():
        around = {block.id, *(one.id for one in baseline.ancestors(block.id))}
        if any(isinstance(r, Remove) and r.block in around for r in taken.values()):
            found[block.id] = None
            continue
        here = sorted((r for r in taken.values() if isinstance(r, Text) and r.block == block.id), key=order)
        encoded = (block.text or "").encode("utf-16-le")
        struck = {unit for r in here for unit in range(r.start, r.end)}
        out = b""
        for unit in range(len(encoded) // 2 + 1):
            out += b"".join(r.wording.encode("utf-16-le") for r in here if r.at == unit)
            if unit not in struck:
                out += encoded[2 * unit : 2 * unit + 2]
        found[block.id] = out.decode("utf-16-le")
    return found


def order(record: Text) -> tuple[str, str, str]:
    return record.rank, record.side, record.id


@given(SEEDS)
def test_a_next_version_is_a_baseline_like_any_other(seed: int) -> None:
    random = Random(seed)
    known = records(BASELINE, honest_layers(random, BASELINE, 10))
    after = resolved(BASELINE, known, compatible(BASELINE, known, random))
    assert after.version == BASELINE.version + 1
    assert () == differences(after, resolved(after, {}, ()))
    assert len(list(after.texts())) == len({block.id for block in after.texts()})
    again = freeze(thaw(after), after.section, after.version)
    assert [b.text for b in after.texts()] == [b.text for b in again.texts()]


def applied(layers: dict[str, Any], *keys: str) -> Baseline:
    outcome = apply(BASELINE, records(BASELINE, layers), keys)
    assert isinstance(outcome, Applied)
    return outcome.baseline


def block_of(text: str) -> str:
    return next(block.id for block in BASELINE.texts() if block.text == text)


def test_a_line_break_in_a_wording_splits_the_paragraph_and_the_first_part_keeps_its_id() -> None:
    join = block_of("He may join in.")
    record = {"type": "text", "block": join, "from": 6, "to": 6, "at": 6, "wording": "\n"}
    after = applied({"family": {"a": record}}, "family:a")
    [head, tail] = [b for b in after.blocks if b.type == "paragraph" and b.text][:2]
    assert (join, "He may", " join in.") == (head.id, head.text, tail.text)
    assert [("strong", 1, 5)] == [(note.mark, note.start, note.end) for note in tail.notes]


def test_a_split_list_entry_becomes_two_entries() -> None:
    record = {"type": "text", "block": block_of("First."), "from": 2, "to": 2, "at": 2, "wording": "\n"}
    after = applied({"family": {"a": record}}, "family:a")
    entries = next(b for b in after.blocks if b.type == "bullet_list").blocks
    assert [["Fi"], ["rst."], ["Second 😀.", "More."]] == [[p.text for p in entry.blocks] for entry in entries]


def test_a_line_break_in_a_field_stays_in_it() -> None:
    record = {"type": "text", "block": "provspeech.what", "from": 0, "to": 0, "at": 0, "wording": "One\n"}
    after = applied({"family": {"a": record}}, "family:a")
    assert "One\nDirect therapy each week." == after.places["provspeech.what"].block.text


def test_a_paragraph_struck_to_nothing_goes_and_an_emptied_list_goes_with_it() -> None:
    strikes = {
        str(n): {"type": "text", "block": block_of(text), "from": 0, "to": 99}
        for n, text in enumerate(["First.", "Second 😀.", "More."])
    }
    after = applied({"family": strikes}, *(f"family:{n}" for n in strikes))
    assert not [b for b in after.blocks if b.type == "bullet_list"]


def test_a_whole_new_item_is_one_proposal() -> None:
    record = {
        "type": "new",
        "after": "provspeech",
        "kind": "provision",
        "on": 1,
        "wording": "Reading",
        "w_what": "Daily",
    }
    after = applied({"family": {"a": record}}, "family:a")
    place = [b.id for b in after.blocks].index("provspeech")
    item = after.blocks[place + 1]
    assert ("provision", item.id) == (item.type, item.attrs["id"])
    assert ["Reading", "Daily"] == [b.text for b in item.blocks if b.text]
    assert 10 == len(item.id)
    assert f"{item.id}.what" in after.places


def test_a_new_row_has_a_cell_for_each_column() -> None:
    row = next(block.id for block in next(b for b in BASELINE.blocks if b.type == "table").blocks[1:])
    record = {"type": "new", "after": row, "kind": "tr", "on": 1, "wording": "(b)", "w1": "The school", "w2": "ignored"}
    after = applied({"authority": {"a": record}}, "authority:a")
    rows = next(b for b in after.blocks if b.type == "table").blocks
    assert ["(b)", "The school"] == [cell.blocks[0].text for cell in rows[2].blocks]


def test_removing_an_item_takes_all_of_it_and_nothing_else() -> None:
    after = applied({"family": {"a": {"type": "rm", "block": "provspeech", "on": 1}}}, "family:a")
    gone = {difference.id for difference in differences(BASELINE, after)}
    inside = {b.id for b in BASELINE.places["provspeech"].block.blocks}
    assert {"provspeech"} | inside == gone


def test_what_follows_a_new_block_that_was_not_accepted_keeps_its_place() -> None:
    layers = {
        "family": {
            "a": {"type": "new", "after": "^", "kind": "p", "on": 1, "wording": "not taken"},
            "b": {"type": "new", "after": "family:a", "kind": "p", "on": 1, "wording": "taken"},
        }
    }
    assert "taken" == applied(layers, "family:b").blocks[0].text


@pytest.mark.parametrize("key", ["family:none", "family:a", "nonsense"])
def test_what_is_no_live_proposal_is_not_applied(key: str) -> None:
    known = records(BASELINE, {"family": {"a": {"type": "rm", "block": "provspeech", "on": 0}}})
    assert NotApplied((key,), ()) == apply(BASELINE, known, [key])


def test_clashing_proposals_are_not_applied() -> None:
    record = {"type": "text", "block": "provspeech.what", "from": 0, "to": 6, "wording": "A"}
    known = records(BASELINE, {"family": {"a": record}, "authority": {"b": record | {"wording": "B"}}})
    outcome = apply(BASELINE, known, ["family:a", "authority:b"])
    assert isinstance(outcome, NotApplied)
    assert [("authority:b", "family:a", "overlap")] == [(c.key, c.other, c.why) for c in outcome.conflicts]


def test_a_cell_struck_to_nothing_stays_as_an_empty_cell() -> None:
    record = {"type": "text", "block": block_of("(a)"), "from": 0, "to": 3}
    after = applied({"family": {"a": record}}, "family:a")
    rows = next(b for b in after.blocks if b.type == "table").blocks
    assert ["", "The parents"] == [cell.blocks[0].text for cell in rows[1].blocks]


def test_a_table_whose_rows_all_go_goes_with_them() -> None:
    rows = next(b for b in BASELINE.blocks if b.type == "table").blocks
    layer = {f"r{n}": {"type": "rm", "block": row.id, "on": 1} for n, row in enumerate(rows)}
    after = applied({"family": layer}, *(f"family:{name}" for name in layer))
    assert not [b for b in after.blocks if b.type == "table"]


def test_blocks_in_another_order_are_a_difference() -> None:
    turned = Baseline(2, "F", tuple(reversed(BASELINE.blocks)))
    assert differences(BASELINE, turned)


def test_a_new_need_has_room_for_its_words() -> None:
    record = {"type": "new", "after": "^", "kind": "need", "on": 1, "wording": "Reading", "w_text": "One\nTwo"}
    [item, *_] = applied({"family": {"a": record}}, "family:a").blocks
    assert [("title", "Reading"), ("paragraph", "One"), ("paragraph", "Two")] == [(b.type, b.text) for b in item.blocks]
