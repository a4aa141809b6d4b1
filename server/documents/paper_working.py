"""A working document laid out on paper: the key first, then only the sections in dispute, each change in its style.

Formatting, not tracked changes. A letter stands before changed words (``F+``, ``C−``) and a footnote with the number
and the evidence after them, so that style is never the only carrier. Of a replacement the struck words come first. A
counter-proposal is shown as its differences from the wording it answers. Emphasis of the original is printed plain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sections.keys import HANDS
from sections.redline import views
from sections.redline.compose import Shown
from sections.redline.register import SETTLED
from sections.redline.worddiff import Piece as Difference
from sections.redline.worded import places
from sections.words import day_in_words, listed
from server.documents.anchors import style_id
from server.documents.paper import (
    NOT_DISPUTED,
    NOTE,
    Heading,
    Letter,
    Noted,
    Paper,
    PaperBlock,
    Paragraph,
    Piece,
    Words,
    note,
    plain,
)
from server.documents.paper_layout import ITEMS, Manner, Node, laid_out
from server.documents.working import RECOMMENDATION, DisputedSection, WorkingDocument
from server.documents.working_notes import NoteWriter

ADDED, TAKEN_OUT, THIN_SPACE = "+", "−", "\u2009"
_FLATTENED = (
    "Words that were bold, italic or underlined in the plan are printed plain, so that type styles mean proposals only."
)
RECOMMENDS = "The tribunal can recommend changes to this section. It cannot order them."
_STRUCK = " Struck through as well:"


def working_paper(wd: WorkingDocument, *, fold: bool = False) -> Paper:
    """The working document; with ``fold``, passages nobody proposes to change become one line that names them."""
    body: list[PaperBlock] = [facts(wd), *_key(wd)]
    items = item_names(wd)
    for section in wd.sections:
        body.append(section_heading(section))
        if section.appeal == RECOMMENDATION:
            body.append(note(RECOMMENDS))
        body.extend(_Section(wd, section, items).blocks(fold=fold))
    return Paper(
        title="Working document",
        header=header_words(wd),
        footer=footer_words(wd),
        on=wd.on,
        blocks=tuple(body),
        keyed=True,
    )


def facts(wd: WorkingDocument) -> Paragraph:
    """Which appeal, plan and version this is, and who sends it."""
    return note(
        f"Appeal {wd.appeal_number}. Plan {wd.reference}, for {wd.child}. {wd.council}.\n"
        f"{wd.version_words}, {day_in_words(wd.on)}, from: {wd.party_name}."
    )


def header_words(wd: WorkingDocument) -> str:
    """The head of every page."""
    return f"{wd.appeal_number}\tPlan {wd.reference}"


def footer_words(wd: WorkingDocument) -> str:
    """The foot of every page, before its number."""
    return f"{wd.version_words}, {day_in_words(wd.on)}, {wd.party_name}"


def section_heading(section: DisputedSection) -> Heading:
    """The heading of a section, by label and title."""
    tag = " (recommendation only)" if section.appeal == RECOMMENDATION else ""
    words = f"Section {section.label}: {section.title}{tag}"
    return Heading(1, plain(words), target=f"section_{section.label}")


def _key(wd: WorkingDocument) -> Iterator[PaperBlock]:
    yield Heading(1, plain("Key"), target="key")
    for hand in HANDS:
        added, struck, deleted = wd.profile.hands[hand].line.partition(_STRUCK)
        pieces: list[Piece] = [*_letter(wd, hand, ADDED), _styled(wd, (hand,), added, deleted=False)]
        if struck:
            pieces += [Words(" "), *_letter(wd, hand, TAKEN_OUT)]
            pieces.append(_styled(wd, (hand,), f"{struck}{deleted}".strip(), deleted=True))
        yield Paragraph(tuple(pieces), NOTE)
    names = [f"{h.letter} {h.name.lower()}" for h in (wd.profile.hands[hand] for hand in HANDS) if h.letter]
    yield note(
        f"The small letters before changed words say the same: {listed(names)}; {ADDED} adds words, "
        f"{TAKEN_OUT} takes words out. Each proposal has a number and its evidence in a footnote."
    )
    if any(n.mark in ("strong", "em") for s in wd.sections for b in s.baseline.texts() for n in b.notes):
        yield note(_FLATTENED)


def _letter(wd: WorkingDocument, hand: str, sign: str) -> tuple[Letter, ...]:
    letter = wd.profile.hands[hand].letter
    return (Letter(f"{letter}{sign}"),) if letter else ()


def _styled(wd: WorkingDocument, hands: tuple[str, ...], text: str, *, deleted: bool) -> Words:
    style = frozenset[str]().union(*(wd.profile.style(hand, deleted=deleted) for hand in hands))
    colour = wd.profile.colour(hands[0]) if wd.colour and hands else ""
    return Words(text, style, style_id(hands, deleted=deleted), colour)


def item_names(wd: WorkingDocument) -> dict[str, str]:
    """Label and title of every item of the sections in dispute, by id: what links between them may name."""
    found: dict[str, str] = {}
    for section in wd.sections:
        where = places(section.baseline)
        for block in section.baseline.blocks:
            if block.type in ITEMS:
                title = next((inner.text or "" for inner in block.blocks if inner.type == "title"), "")
                found[block.id] = f"{where[block.id]} {title}".strip()
    return found


class _Section:
    """One printing of one section."""

    def __init__(self, wd: WorkingDocument, section: DisputedSection, items: dict[str, str]) -> None:
        self.items = items
        self.wd = wd
        self.section = section
        self.notes = NoteWriter(wd, section)
        self.where = places(section.baseline)
        self.shown = views.view(section.baseline, section.known, section.standing, "key", wd.party)

    def blocks(self, *, fold: bool) -> Iterator[PaperBlock]:
        manner = Manner(empty="", items=self.items)
        if not self.shown:
            yield note("Nothing is written in this section.")
        waiting: list[Shown] = []
        for block in self.shown:
            if fold and not _touched(block):
                waiting.append(block)
                continue
            heads = _last_headings(waiting)
            yield from self.folded(waiting[: len(waiting) - len(heads)])
            waiting.clear()
            yield from laid_out([self.node(one) for one in (*heads, block)], self.section.label, manner)
        yield from self.folded(waiting)

    def folded(self, blocks: list[Shown]) -> Iterator[PaperBlock]:
        own = f"{self.section.label}, "
        names = [self.where[block.id].removeprefix(own) for block in blocks if block.id in self.where]
        if names:
            said = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
            yield Paragraph(plain(f"Paragraphs not in dispute, not printed here: {said}."), NOT_DISPUTED)

    def node(self, block: Shown) -> Node:
        number = ""
        if block.type in ITEMS:
            number = f"New {block.type}" if block.key else self.where[block.id]
        if block.runs is not None:
            pieces = tuple(self.pieces(block))
            return Node(block.type, block.attrs, pieces, anchor=block.id, new=bool(block.key))
        inside = tuple(self.node(child) for child in block.blocks)
        return Node(block.type, block.attrs, None, inside, block.id, number, new=bool(block.key))

    def pieces(self, block: Shown) -> Iterator[Piece]:
        """The words of one text block, each change with its letter before it and its footnote after it."""
        arranged = replace(block, runs=views.strike_first(block.runs or (), self.section.known))
        spans = views.spans(arranged, self.section.standing, self.wd.profile, self.section.known)
        last = {key: place for place, span in enumerate(spans) for key in span.keys}
        noted = False
        for place, span in enumerate(spans):
            if not span.keys:
                yield Words(span.text)
                noted = False
                continue
            said = self.notes.first([key for key in span.keys if last[key] == place])
            yield from self.changes(span, block.part or "wording", said, after_note=noted)
            noted = bool(said)

    def changes(self, span: views.Span, part: str, said: str, *, after_note: bool) -> Iterator[Piece]:
        """One change. The footnote is called at the end of its last word, where nothing shows the space after it."""
        answer = self.answer(span.keys[0], part) if not span.deleted else ()
        whole = answer or (Difference("out" if span.deleted else "in", span.text),)
        before: bool | None = None
        for piece in whole:
            deleted = piece.kind == "out"
            if deleted is not before:
                gap = THIN_SPACE if after_note and before is None else ""
                yield Letter(gap + span.letters + (TAKEN_OUT if deleted else ADDED))
            before = deleted
            words = self.changed(span, piece.text, deleted=deleted)
            ending = ""
            if said and piece is whole[-1] and not words.style & {"underline", "strike"}:
                ending = piece.text[len(piece.text.rstrip(" ")) :]
            yield replace(words, text=piece.text.removesuffix(ending))
            if said and piece is whole[-1]:
                yield Noted(said)
            if ending:
                yield replace(words, text=ending)

    def answer(self, key: str, part: str) -> tuple[Difference, ...]:
        """How an open counter-proposal differs from what it answers; () where the two share no words."""
        if self.section.standing.get(key) in SETTLED:
            return ()
        pieces = views.answered_words(self.section.known, key).get(part, ())
        shares = any(piece.kind == "same" and piece.text.strip() for piece in pieces)
        return pieces if shares and len(pieces) > 1 else ()

    def changed(self, span: views.Span, text: str, *, deleted: bool) -> Words:
        return _styled(self.wd, span.hands, text, deleted=deleted)


def _touched(block: Shown) -> bool:
    """Whether any live proposal shows in the block."""
    if block.key or block.removed:
        return True
    return any(run.by or run.struck for run in block.runs or ()) or any(map(_touched, block.blocks))


def _last_headings(blocks: list[Shown]) -> list[Shown]:
    """The headings at the end: they belong to what follows."""
    found: list[Shown] = []
    for block in reversed(blocks):
        if block.type != "heading":
            break
        found.insert(0, block)
    return found
