"""Six ways to look at one set of records, as values; and what changed since a side last looked.

Nothing here decides or stores: a view follows from the baseline, the records and their standing. Pure; for the pages,
the Word export and the worded list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, TypeAlias

from sections.keys import Profile
from sections.redline.apply import resolved
from sections.redline.baseline import Baseline, Block
from sections.redline.compose import Run, Shown, compose_records, texts
from sections.redline.records import New, Record, Remove, Text, parts, withdrawn
from sections.redline.register import SETTLED, Status
from sections.redline.worddiff import Piece, word_diff

ViewName: TypeAlias = Literal["key", "ours", "theirs", "agreed", "disputed", "original"]
_FAR = 60
_OVER: frozenset[Status] = frozenset({"withdrawn", "refused"})


@dataclass(frozen=True, slots=True)
class Span:
    """Words that look alike. ``hands`` are whose they are, ``letters`` the same for people who do not see styles."""

    text: str
    hands: tuple[str, ...]
    deleted: bool
    keys: tuple[str, ...]
    letters: str
    style: frozenset[str]
    colour: str


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one proposal: new, withdrawn, reworded, or about other words of the original."""

    key: str
    what: Literal["new", "withdrawn", "changed"]
    words: Mapping[str, tuple[Piece, ...]]
    """For each wording that is not the same, its words then against its words now."""
    moved: bool
    """Whether it stands elsewhere, or strikes other words, than it did."""


def view(
    baseline: Baseline, known: Mapping[str, Record], standing: Mapping[str, Status], name: ViewName, me: str
) -> tuple[Shown, ...]:
    """The display of a view. ``ours`` and ``theirs`` read as one text, with what is agreed; so does ``agreed``."""
    if name == "original":
        return compose_records(baseline, {})
    if name in ("key", "disputed"):
        shown = compose_records(baseline, {k: _shown_as(r, standing) for k, r in known.items()})
        return shown if name == "key" else tuple(_only_disputed(shown, standing))
    settled = [key for key, now in standing.items() if now in SETTLED]
    if name != "agreed":
        wanted = [
            key for key, now in standing.items() if now not in _OVER and (known[key].side == me) == (name == "ours")
        ]
        settled = [*settled, *(key for key in wanted if key not in settled)]
    return compose_records(resolved(baseline, known, settled), {})


def reads_as(
    baseline: Baseline, known: Mapping[str, Record], standing: Mapping[str, Status], key: str
) -> tuple[str, ...]:
    """The text blocks this proposal touches, as they read with it and all that is agreed: shown beside every yes."""
    return readings(baseline, known, standing, (key,))[key]


def readings(
    baseline: Baseline, known: Mapping[str, Record], standing: Mapping[str, Status], keys: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """``reads_as`` of many proposals. Only the passage around each is worked out, and only where something changed."""
    wanted = {key: _passage(baseline, known, key) for key in keys}
    near: dict[str, dict[str, Record]] = {name: {} for name in wanted.values()}
    for key, record in known.items():
        name = wanted[key] if key in wanted else _passage(baseline, known, key)
        if name in near:
            near[name][key] = record
    of: dict[str, list[str]] = {}
    for key, name in wanted.items():
        of.setdefault(name, []).append(key)
    found: dict[str, tuple[str, ...]] = {}
    for name, records in near.items():
        settled = tuple(key for key in records if standing.get(key) in SETTLED)
        said = (baseline.version, baseline.hash, name, tuple((key, repr(one)) for key, one in records.items()), settled)
        block = baseline.places.get(name)
        passage = _Passage(said, baseline, () if block is None else (block.block,), records, settled)
        found |= {key: _reading(passage, key) for key in of[name]}
    return found


@dataclass(frozen=True, slots=True)
class _Passage:
    """A passage of the original with its proposals; ``said`` is all of that as one value that can be compared."""

    said: tuple[object, ...]
    baseline: Baseline = field(compare=False)
    blocks: tuple[Block, ...] = field(compare=False)
    records: Mapping[str, Record] = field(compare=False)
    settled: tuple[str, ...] = field(compare=False)


@lru_cache(maxsize=8192)
def _reading(passage: _Passage, key: str) -> tuple[str, ...]:
    """The blocks that are not the same without this proposal, as they are with it and all that is agreed."""
    if (words := _from_afar(passage.records, key)) is not None:
        return words
    others = tuple(other for other in passage.settled if other != key)
    before, after = _texts(passage, others), _texts(passage, (*others, key))
    return tuple(text or "" for block, text in after.items() if before.get(block) != text)


@lru_cache(maxsize=8192)
def _texts(passage: _Passage, taken: tuple[str, ...]) -> Mapping[str, str | None]:
    """The texts with these records taken up. Of all others only those count that one of them follows."""
    needed: dict[str, Record] = {}
    pending = list(taken)
    while pending:
        key = pending.pop()
        if key in passage.records and key not in needed:
            record = needed[key] = passage.records[key]
            if isinstance(record, New):
                pending.append(record.after)
    part = Baseline(passage.baseline.version, passage.baseline.section, passage.blocks)
    return {block.id: block.text for block in resolved(part, needed, taken).texts()}


def _from_afar(records: Mapping[str, Record], key: str) -> tuple[str, ...] | None:
    """What a new block reads as without working out its place: nothing in a circle, its words far down a chain."""
    chain: set[str] = set()
    record: Record | None = records[key]
    while isinstance(record, New):
        if record.key in chain:
            return ()
        chain.add(record.key)
        record = records.get(record.after)
    return tuple(wordings(records[key]).values()) if len(chain) > _FAR else None


def _passage(baseline: Baseline, known: Mapping[str, Record], key: str) -> str:
    """The block at the top of the section in or after which a proposal stands; START before all of them."""
    record = known[key]
    anchor = record.after if isinstance(record, New) else record.block
    seen: set[str] = set()
    while anchor not in baseline.places and anchor in known and anchor not in seen:
        seen.add(anchor)
        before = known[anchor]
        anchor = before.after if isinstance(before, New) else before.block
    around = [block.id for block in baseline.ancestors(anchor)]
    return around[-1] if around else anchor


def spans(
    shown: Shown, standing: Mapping[str, Status], profile: Profile, known: Mapping[str, Record]
) -> tuple[Span, ...]:
    """The runs of a text block as the key shows them."""
    return tuple(
        _span(run, shown.removed if not shown.key else (), standing, profile, known) for run in shown.runs or ()
    )


def strike_first(runs: Iterable[Run], known: Mapping[str, Record]) -> tuple[Run, ...]:
    """The runs as they are printed: a replacement's struck words before its new ones, wherever the writer put them.

    Wordings that then stand at one place do so by rank: what is printed is what would be composed if each stood there.
    """
    everything = tuple(runs)
    ends = {key: place for place, run in enumerate(everything) for key in run.struck}
    behind: dict[int, list[Run]] = {}
    here = -1
    for place, run in enumerate(everything):
        if run.by:
            behind.setdefault(max(here, ends.get(run.by, -1)), []).append(run)
        else:
            here = place
    found = sorted(behind.get(-1, ()), key=lambda run: _order(known, run))
    for place, run in enumerate(everything):
        if not run.by:
            found += [run, *sorted(behind.get(place, ()), key=lambda run: _order(known, run))]
    return tuple(found)


def answered_words(known: Mapping[str, Record], key: str) -> dict[str, tuple[Piece, ...]]:
    """A counter-proposal's wordings against those it answers: it looks like striking inside them; never stored."""
    record = known.get(key)
    other = known.get(record.counters) if record is not None else None
    if record is None or other is None:
        return {}
    ours, theirs = wordings(record), wordings(other)
    return {part: word_diff(theirs.get(part, ""), ours.get(part, "")) for part in dict.fromkeys((*theirs, *ours))}


def since(before: Mapping[str, Record], after: Mapping[str, Record]) -> tuple[Change, ...]:
    """What became of every proposal between two readings of the layers. The original cannot have changed."""
    found: list[Change] = []
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        was, lives = old is not None and old.live, new is not None and new.live
        if not was and not lives:
            continue
        then = wordings(old) if old is not None and was else {}
        now = wordings(new) if new is not None and lives else {}
        names = [name for name in dict.fromkeys((*then, *now)) if then.get(name, "") != now.get(name, "")]
        words = {name: word_diff(then.get(name, ""), now.get(name, "")) for name in names}
        moved = was and lives and _standing_place(old) != _standing_place(new)
        if was != lives:
            found.append(Change(key, "new" if lives else "withdrawn", words, moved=False))
        elif words or moved:
            found.append(Change(key, "changed", words, moved))
    return tuple(found)


def wordings(record: Record) -> dict[str, str]:
    """A record's wordings by part, in order; a removal has none."""
    if isinstance(record, Text):
        return {"wording": record.wording} if record.wording else {}
    if isinstance(record, New):
        return {part: record.words[part] for part in parts(record.kind) if record.words.get(part)}
    return {}


def struck_words(baseline: Baseline, record: Record) -> str:
    """The original words a record takes out."""
    if isinstance(record, Text):
        return baseline.places[record.block].units.cut(record.start, record.end)
    if isinstance(record, Remove):
        inside = [b for b in baseline.texts() if b.id == record.block or _is_inside(baseline, b.id, record.block)]
        return "\n".join(block.text or "" for block in inside)
    return ""


def _is_inside(baseline: Baseline, block: str, holder: str) -> bool:
    return any(around.id == holder for around in baseline.ancestors(block))


def _order(known: Mapping[str, Record], run: Run) -> tuple[str, str, str]:
    record = known.get(run.by)
    return (record.rank, record.side, record.id) if isinstance(record, Text) else ("", "", "")


def _standing_place(record: Record | None) -> tuple[object, ...]:
    if isinstance(record, Text):
        return record.block, record.start, record.end, record.at
    if isinstance(record, New):
        return record.after, record.kind
    return (record.block,) if record is not None else ()


def _shown_as(record: Record, standing: Mapping[str, Status]) -> Record:
    """The record, or its ghost where the tribunal refused it."""
    return withdrawn(record) if standing.get(record.key) == "refused" else record


def _only_disputed(shown: Iterable[Shown], standing: Mapping[str, Status]) -> Iterator[Shown]:
    """The blocks some open proposal touches, inside what holds them; an item keeps its title, so that it has a name."""
    for block in shown:
        keys = {*block.removed, *([block.key] if block.key else [])}
        keys.update(key for run in block.runs or () for key in (*run.struck, *([run.by] if run.by else [])))
        if any(standing.get(key) not in SETTLED for key in keys):
            yield block
        elif block.runs is None and (inside := tuple(_only_disputed(block.blocks, standing))):
            titles = (one for one in block.blocks if one.type == "title" and one not in inside)
            yield replace(block, blocks=(*titles, *inside))


def _span(
    run: Run, removed: tuple[str, ...], standing: Mapping[str, Status], profile: Profile, known: Mapping[str, Record]
) -> Span:
    taken_out = tuple(dict.fromkeys((*run.struck, *removed))) if not run.by else ()
    keys = (run.by,) if run.by else taken_out
    agreed = [key for key in keys if standing.get(key) in SETTLED]
    if not keys:
        hands: tuple[str, ...] = ("original",)
    elif agreed:
        hands = tuple(sorted({"tribunal" if known[key].side == "tribunal" else "agreed" for key in agreed}))
    else:
        hands = tuple(sorted({known[key].side for key in keys if key in known}))
    deleted = bool(taken_out)
    return Span(
        text=run.text,
        hands=hands,
        deleted=deleted,
        keys=keys,
        letters="".join(profile.hands[hand].letter for hand in hands),
        style=frozenset().union(*(profile.style(hand, deleted=deleted) for hand in hands)),
        colour=profile.colour(hands[0]) if hands else "",
    )


__all__ = [
    "Change",
    "Span",
    "ViewName",
    "answered_words",
    "reads_as",
    "since",
    "spans",
    "strike_first",
    "struck_words",
    "texts",
    "view",
    "wordings",
]
