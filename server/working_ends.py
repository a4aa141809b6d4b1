"""What the pages about the end of an appeal show: what is left to decide, the text to check, and what came of it.

Values from the rules and the rows; nothing here decides or writes. ``routes/working_close`` uses it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from sections import catalogue, keys
from sections.appeal import outcome
from sections.redline import closing
from sections.redline.apply import Difference as Differs
from sections.redline.baseline import Baseline, freeze, thaw
from sections.redline.closing import Closing
from sections.redline.records import New, parts
from sections.redline.views import struck_words, wordings
from sections.redline.worded import FIELD_NAMES, KIND_NAMES, places, worded
from sections.words import listed
from server.documents.changes_html import compared
from server.redline.closings import Ending, Proof
from server.redline.state import SectionState
from server.working_order import RECOMMENDED, OrderWords
from server.working_pages.ending import Difference, OrderSection, ToOrder
from server.working_values import Card, ReadsAs

HOW = {
    "order": "The tribunal made an order.",
    "consent": "Both sides agreed, and the tribunal made a consent order.",
    "withdrawn": "The appeal was withdrawn. The plan stays as it was issued.",
}
_SIDE_NAMES = {"family": "Family", "authority": "Council", "tribunal": "Tribunal"}


def left_to_decide(state: SectionState) -> tuple[str, ...]:
    """The keys of the proposals an order has to say something about."""
    return closing.undecided(state.baseline, state.known, state.entries, {})


def field_of(state: SectionState, key: str) -> str:
    """The name of the field for what became of a proposal."""
    return f"order-{state.rows[key].label}"


def own_parts(state: SectionState, key: str) -> Iterator[tuple[str, str]]:
    """The texts the tribunal may have worded itself: each part of the proposal, and what it is."""
    record = state.known[key]
    yield "wording", ""
    if not isinstance(record, New):
        return
    used = wordings(record)
    for part in parts(record.kind)[1:]:
        if record.kind != "tr" or part in used:
            yield part, _part_name(part)


def _part_name(part: str) -> str:
    name = part.removeprefix("w_")
    if name in FIELD_NAMES:
        return FIELD_NAMES[name]
    return "Further words" if name == "text" else f"Column {int(part.removeprefix('w')) + 1}"


def words_for(state: SectionState) -> OrderWords:
    """What the answers about this section's proposals are called."""
    return RECOMMENDED if outcome(state.section) == "recommendation" else OrderWords()


def _exchanges(state: SectionState, asked: Iterable[ToOrder]) -> tuple[tuple[ToOrder, ...], ...]:
    """Wordings together with those they answer, in the order of the first of each."""
    found: dict[str, list[ToOrder]] = {}
    for one in asked:
        key, seen = one.card.key, {one.card.key}
        while (before := state.known[key].counters) in state.known and before not in seen:
            key = before
            seen.add(key)
        found.setdefault(key, []).append(one)
    return tuple(tuple(group) for group in found.values())


def order_section(state: SectionState, filled: Collection[str] = ()) -> OrderSection:
    """One section of the page on which an order is recorded. ``filled``: fields that were filled in to be checked."""
    rule = catalogue.find(state.section)
    lines = {line.key: line for line in worded(state.baseline, state.known, state.standing, keys.DEFAULT)}
    wanted = left_to_decide(state)
    asked = []
    for key in wanted:
        row, record = state.rows[key], state.known[key]
        line = lines.get(key)
        card = Card(
            key=key,
            number=row.label,
            side=row.side,
            side_name=_SIDE_NAMES[row.side],
            place="" if line is None else line.place,
            sentence="" if line is None else line.sentence,
            status=state.standing[key],
            first="",
        )
        original = struck_words(state.baseline, record)
        field = field_of(state, key)
        asked.append(ToOrder(field, card, original, tuple(own_parts(state, key)), filled=field in filled))
    agreed = sum(1 for key, status in state.standing.items() if status == "agreed" and state.known[key].live)
    recommends = outcome(state.section) == "recommendation"
    return OrderSection(
        state.section,
        "" if rule is None else rule.title,
        "recommendation" if recommends else "order",
        tuple(asked),
        agreed,
        _exchanges(state, asked),
    )


def changes_in(ending: Ending) -> tuple[ReadsAs, ...]:
    """What the plan will say that it does not say now, passage by passage."""
    found = []
    for one in ending.sections:
        if isinstance(one.result, Closing):
            names = {**places(one.result.issued), **places(one.state.baseline)}
            found += [_reading(one.state.section, names, changed) for changed in one.changed]
    return tuple(found)


def _reading(section: str, names: Mapping[str, str], changed: Differs) -> ReadsAs:
    before, after = changed.before or "", changed.after or ""
    place = names.get(changed.id) or f"{section}, {KIND_NAMES.get(changed.type, 'a passage')}"
    return ReadsAs(place, before, after, compared(before, after))


def differences_in(ending: Ending) -> tuple[Difference, ...]:
    """Issued minus ordered: the text as the plan will hold it, against what was agreed and ordered. Must be empty."""
    found = []
    for one in ending.sections:
        if isinstance(one.result, Closing):
            ordered = one.result.issued
            issued = freeze(thaw(ordered), ordered.section, ordered.version)
            found += differing(issued, ordered)
    return tuple(found)


def differing(issued: Baseline, ordered: Baseline) -> list[Difference]:
    """Where two texts of one section do not say the same, for the page."""
    names = places(ordered)
    return [
        Difference(names.get(one.id, f"Section {ordered.section}"), compared(one.before or "", one.after or ""))
        for one in closing.check(issued, ordered)
    ]


def _done(label: str) -> str:
    """What the tribunal's part in a section's text is called."""
    return ", or recommended and followed" if outcome(label) == "recommendation" else " and ordered"


def proof_words(proof: Proof, *, amended: bool) -> tuple[str, ...]:
    """The proof in sentences, one for each section that was in dispute and one for the plan."""
    said = []
    for label, found in proof.sections.items():
        if found:
            said.append(f"Section {label} differs from what was ordered in {len(found)} places.")
        else:
            said.append(
                f"Section {label} is the text as it was issued before, with exactly what was agreed{_done(label)}."
            )
    which = "amended plan" if amended else "plan as it was issued"
    if proof.unlike_plan:
        many = "Section" if len(proof.unlike_plan) == 1 else "Sections"
        said.append(f"{many} {listed(list(proof.unlike_plan))} of the plan do not say what the {which} says.")
    else:
        said.append(f"All twelve sections of the {which} are as they were issued, word for word.")
    return tuple(said)
