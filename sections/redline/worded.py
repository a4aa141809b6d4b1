"""The worded list: every proposal as a sentence, in the order of the text, for people who do not see type styles.

Values only, no markup. Pure; for the Changes list, the accessible export and the dispute schedule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sections.keys import Profile
from sections.redline.baseline import CELL_TYPES, ITEM_TYPES, LIST_TYPES, Baseline, Block
from sections.redline.compose import Shown, compose_records
from sections.redline.records import New, Record, Remove, Text
from sections.redline.register import Status
from sections.redline.views import struck_words, wordings
from sections.words import listed

FIELD_NAMES = {
    "what": "What",
    "who": "Who delivers it",
    "qualification": "Their qualification or training",
    "frequency": "How often",
    "duration": "How long each time",
    "group": "Group size",
    "where": "Where",
    "review": "Who reviews it and when",
    "measure": "How we will know",
    "by_when": "By when",
}
KIND_NAMES = {
    "p": "a paragraph",
    "h3": "a heading",
    "h4": "a heading",
    "li": "a list entry",
    "tr": "a table row",
    "need": "a need",
    "outcome": "an outcome",
    "provision": "a provision",
}
_STATUS_WORDS: dict[Status, str] = {
    "withdrawn": "Withdrawn.",
    "proposed": "",
    "countered": "Answered with other wording.",
    "agreed": "Agreed by both sides.",
    "reopened": "Agreed earlier, changed since: no longer agreed.",
    "not agreed": "Not agreed: for the tribunal to decide.",
    "pending panel": "Waiting for the council’s panel.",
    "ordered": "Ordered by the tribunal.",
    "refused": "Refused by the tribunal.",
}
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One proposal in words. ``place`` is where it stands, ``sentence`` the whole of it."""

    key: str
    place: str
    sentence: str
    status: Status


def worded(
    baseline: Baseline, known: Mapping[str, Record], standing: Mapping[str, Status], profile: Profile
) -> tuple[Line, ...]:
    """Every live proposal as one sentence, in the order in which the text shows them; others after, by key."""
    where = places(baseline)
    order = list(dict.fromkeys(_keys(compose_records(baseline, known))))
    order += [key for key in sorted(known) if key not in set(order) and known[key].live]
    return tuple(
        _line(baseline, known, where, standing.get(key, "proposed"), profile, key) for key in order if key in known
    )


def places(baseline: Baseline) -> dict[str, str]:
    """The name of every block's place: ``F5, What`` or ``F, paragraph 2`` or ``K, table 1, row 2, column 3``."""
    found: dict[str, str] = {}
    label = baseline.section
    number = 0
    counts: dict[str, int] = {}
    for block in baseline.blocks:
        if block.type in ITEM_TYPES:
            number += 1
            item = f"{label}-{number}" if label[-1:].isdigit() else f"{label}{number}"
            found[block.id] = item
            _inside(block, item, found, {})
        else:
            _named(block, label, found, counts)
    return found


def _inside(holder: Block, name: str, found: dict[str, str], counts: dict[str, int]) -> None:
    for block in holder.blocks:
        _named(block, name, found, counts)


def _named(block: Block, around: str, found: dict[str, str], counts: dict[str, int]) -> None:
    if block.type == "field":
        own = FIELD_NAMES.get(block.attrs.get("name", ""), "field")
    elif block.type == "title":
        own = "title"
    else:
        kind = _KINDS.get(block.type, "passage")
        counts[kind] = counts.get(kind, 0) + 1
        own = f"{kind} {counts[kind]}"
    name = f"{around}, {own}"
    found[block.id] = name
    only = len(block.blocks) == 1 and block.type in CELL_TYPES | {"list_item"}
    if only and block.blocks[0].text is not None:
        found[block.blocks[0].id] = name
    else:
        _inside(block, name, found, {})


_KINDS = {
    "paragraph": "paragraph",
    "heading": "heading",
    "list_item": "entry",
    "table": "table",
    "table_row": "row",
    **dict.fromkeys(LIST_TYPES, "list"),
    **dict.fromkeys(CELL_TYPES, "column"),
}


def _keys(shown: tuple[Shown, ...]) -> Iterator[str]:
    for block in shown:
        yield from block.removed
        if block.key:
            yield block.key
        for run in block.runs or ():
            yield from run.struck
            if run.by:
                yield run.by
        yield from _keys(block.blocks)


def _line(
    baseline: Baseline,
    known: Mapping[str, Record],
    where: Mapping[str, str],
    status: Status,
    profile: Profile,
    key: str,
) -> Line:
    record = known[key]
    place = _place(known, where, record)
    who = profile.hands[record.side].name
    verb = "orders" if record.side == "tribunal" else "proposes"
    answer = ""
    if record.counters in known:
        answer = f", in answer to the {profile.hands[known[record.counters].side].name.lower()}’s proposal there"
    if record.moves and f"{record.side}:{record.moves}" in known:
        answer += ", moving words from elsewhere"
    said = ended(f"{who} {verb} {_deed(baseline, record, place)}{answer}")
    extra = _STATUS_WORDS[status]
    return Line(key, place, f"{said} {extra}".strip(), status)


def _deed(baseline: Baseline, record: Record, place: str) -> str:
    if isinstance(record, Remove):
        return f"removing {place} as a whole: “{_short(struck_words(baseline, record))}”"
    if isinstance(record, New):
        said = listed([_quoted(words) for words in wordings(record).values()])
        return f"adding {KIND_NAMES[record.kind]} {place}: {said}"
    out = struck_words(baseline, record)
    if out and record.wording:
        return f"replacing {_quoted(out)} with {_quoted(record.wording)} in {place}"
    if out:
        return f"deleting {_quoted(out)} in {place}"
    return f"adding {_quoted(record.wording)} {_after(baseline, record)}{place}"


def ended(sentence: str) -> str:
    """The sentence with its full stop; none where it ends in a quotation that ends a sentence itself."""
    return sentence if sentence.endswith((".”", "?”", "!”", "…”")) else f"{sentence}."


def _quoted(words: str) -> str:
    """The words between quotation marks, without the blanks around them; a line break in them is said."""
    return "“" + words.replace("\n", " (new paragraph) ").strip() + "”"


def _after(baseline: Baseline, record: Text) -> str:
    """What the words stand behind: the last few words before them."""
    units = baseline.places[record.block].units
    before = units.cut(0, record.at).split()
    if before:
        return f"after “{' '.join(before[-3:])}” in "
    return "at the beginning of " if units.length else "in "


def _place(known: Mapping[str, Record], where: Mapping[str, str], record: Record) -> str:
    if not isinstance(record, New):
        return where[record.block]
    anchor: Record = record
    seen = {record.key}
    while isinstance(anchor, New) and anchor.after in known and anchor.after not in seen:
        seen.add(anchor.after)
        anchor = known[anchor.after]
    after = anchor.after if isinstance(anchor, New) else ""
    return f"after {where[after]}" if after in where else "at the beginning"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else words[:_LONGEST].rsplit(" ", 1)[0] + " …"
