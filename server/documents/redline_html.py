"""A working document as HTML that anyone can read: whose words are whose is said in words, letters and styles.

Takes what ``sections.redline`` composed and dresses it; it decides nothing and leaves nothing out. Escaped throughout.
Emphasis of the original is not shown, so that it cannot be read as a proposal. Class names: ``static/css/redline.css``.
Pages and the accessible export import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

from markupsafe import Markup, escape

from crdt.schema import SCHEMA
from sections.keys import HANDS, Profile
from sections.redline.baseline import ITEM_TYPES, LIST_TYPES, TEXT_TYPES
from sections.redline.compose import Shown
from sections.redline.records import Record
from sections.redline.register import Status
from sections.redline.views import Span, spans
from sections.words import listed

STATUS_CLASSES: Final[Mapping[Status, str]] = {
    "countered": "app-rl--countered",
    "reopened": "app-rl--reopened",
    "not agreed": "app-rl--not-agreed",
    "pending panel": "app-rl--panel",
}
_STATUS_WORDS: Final[Mapping[Status, str]] = {
    "countered": ", answered with other wording",
    "reopened": ", agreed earlier and changed since",
    "not agreed": ", not agreed",
    "pending panel": ", waiting for the council’s panel",
}
_NEW_ITEMS: Final = {"need": "New need", "outcome": "New outcome", "provision": "New provision"}
_TOP_LEVEL: Final = 3
_BREAK: Final = Markup("<br>")
_SPLIT: Final = Markup(
    '<span class="app-rl-split"><span aria-hidden="true">¶</span>'
    '<span class="govuk-visually-hidden"> new paragraph </span></span><br>'
)
_UNWRITTEN: Final = Markup('<span class="app-rl-unwritten app-quiet">Not written yet</span>')


def render(
    shown: tuple[Shown, ...],
    known: Mapping[str, Record],
    standing: Mapping[str, Status],
    profile: Profile,
    numbers: Mapping[str, str],
    *,
    places: Mapping[str, str],
    level: int = 3,
    colour: bool = False,
) -> Markup:
    """The text with every proposal in its place. ``numbers``: key to ``F-12``; ``places``: ``worded.places``.

    A proposal's first words have the id ``p-F-12`` and a link to ``#card-F-12``. ``colour`` adds tints, never meaning.
    """
    page = _Page(known, standing, profile, numbers, places, level)
    tints = " app-rl-colour" if colour else ""
    return Markup('<div class="app-document app-rl-text{}">{}</div>').format(tints, page.flow(shown))


def said(span: Span, status: Status | None, profile: Profile) -> str:
    """What a span's type styles mean, in words: ``Family proposes adding:`` or ``Agreed, deleted:``."""
    names = [profile.hands[hand].name for hand in HANDS if hand in span.hands]
    if not span.hands or span.hands == ("original",):
        return ""
    if "agreed" in span.hands:
        return "Agreed, deleted:" if span.deleted else "Agreed, added:"
    deed = "deleting" if span.deleted else "adding"
    if "tribunal" in span.hands:
        return f"Tribunal orders {deed}:"
    verb = "proposes" if len(names) == 1 else "propose"
    return f"{listed(names)} {verb} {deed}{_STATUS_WORDS.get(status, '') if status else ''}:"


class _Page:
    """One rendering of one section."""

    def __init__(
        self,
        known: Mapping[str, Record],
        standing: Mapping[str, Status],
        profile: Profile,
        numbers: Mapping[str, str],
        places: Mapping[str, str],
        level: int,
    ) -> None:
        self._known = known
        self._standing = standing
        self._profile = profile
        self._numbers = numbers
        self._places = places
        self._level = level
        self._met: set[str] = set()
        self._tables = 0

    def flow(self, blocks: Iterable[Shown]) -> Markup:
        """The blocks one after another; fields that stand together are one list."""
        return Markup("").join(self._pieces(blocks))

    def _pieces(self, blocks: Iterable[Shown]) -> Iterator[Markup]:
        for is_field, group in groupby(blocks, key=lambda block: block.type == "field"):
            if is_field:
                yield self._fields(list(group))
            else:
                yield from map(self._block, group)

    def _block(self, block: Shown) -> Markup:
        if block.type in ITEM_TYPES and block.runs is None:
            return self._item(block)
        if block.type in LIST_TYPES and block.runs is None:
            return self._list(block)
        if block.type == "table" and block.runs is None:
            return self._table(block)
        if block.runs is None:
            return (
                Markup("<div{}>{}</div>").format(_classes(block), self.flow(block.blocks))
                if block.blocks
                else Markup("")
            )
        if not block.runs:
            return Markup("")
        if block.type == "heading":
            deeper = int(block.attrs["level"]) - _TOP_LEVEL if block.attrs.get("level") in ("3", "4") else 0
            return self._head(block, self._level + deeper, "app-rl-heading", Markup(""))
        name = "p" if block.type in TEXT_TYPES else "div"
        found = tuple(self._spans(block))
        return Markup("<{0}{1}>{2}</{0}>").format(
            name, self._about(block, found, "govuk-body"), self._words(block, found)
        )

    # text

    def _spans(self, block: Shown) -> tuple[Span, ...]:
        return spans(block, self._standing, self._profile, self._known)

    def _about(self, block: Shown, found: Iterable[Span], *more: str) -> Markup:
        """The class, id and margin letters of a block of text."""
        hands = {hand for span in found for hand in span.hands}
        letters = " ".join(letter for hand in HANDS if hand in hands and (letter := self._profile.hands[hand].letter))
        marked = Markup(' data-letters="{}"').format(letters) if letters else Markup("")
        return Markup('{} data-block="{}"{} dir="auto"').format(
            _classes(block, *more, "app-rl-block"), block.id, marked
        )

    def _words(self, block: Shown, found: Iterable[Span]) -> Markup:
        return Markup("").join(self._span(span, new=bool(block.key)) for span in found)

    def _span(self, span: Span, *, new: bool) -> Markup:
        text = _lines(span.text, split=bool(span.keys) and not span.deleted and not new)
        status = self._standing.get(span.keys[0], "proposed") if span.keys else None
        hidden = said(span, status, self._profile)
        if not hidden:
            return text
        kind = "del" if span.deleted else "ins"
        names = ["app-rl", *(f"app-rl--{hand}" for hand in span.hands), f"app-rl--{kind}"]
        names += [STATUS_CLASSES[status]] if status and status in STATUS_CLASSES else []
        names += [f"app-rl-{style}" for style in ("bold", "italic", "underline", "strike") if style in span.style]
        first = [key for key in span.keys if key in self._numbers and key not in self._met]
        self._met.update(first)
        anchor = Markup(' id="p-{}"').format(self._numbers[first[0]]) if first else Markup("")
        return Markup('<{0} class="{1}"{2}><span class="govuk-visually-hidden">{3} </span>{4}</{0}>{5}').format(
            kind,
            " ".join(names),
            anchor,
            hidden,
            text,
            Markup("").join(self._ref(key, key == first[0]) for key in first),
        )

    def _ref(self, key: str, anchored: object) -> Markup:
        """The link to a card; the second proposal that begins at the same words has its anchor here."""
        number = self._numbers[key]
        anchor = Markup("") if anchored else Markup(' id="p-{}"').format(number)
        return Markup(
            '<a class="govuk-link app-rl-ref"{0} href="#card-{1}">'
            '<span class="govuk-visually-hidden">Proposal </span>{1}</a>'
        ).format(anchor, number)

    def _head(self, block: Shown, level: int, dress: str, label: Markup) -> Markup:
        found = self._spans(block)
        size = "govuk-heading-m" if level <= _TOP_LEVEL else "govuk-heading-s"
        about = self._about(block, found, size, dress)
        return Markup("<h{0}{1}>{2}{3}</h{0}>").format(min(level, 6), about, label, self._words(block, found))

    # lists, tables

    def _list(self, block: Shown) -> Markup:
        name, dress = ("ol", "number") if block.type == "ordered_list" else ("ul", "bullet")
        entries = Markup("").join(
            Markup("<li{}>{}</li>").format(_classes(entry), self._inside(entry)) for entry in block.blocks
        )
        about = _classes(block, "govuk-list", f"govuk-list--{dress}")
        return Markup("<{0}{1}>{2}</{0}>").format(name, about, entries) if block.blocks else Markup("")

    def _inside(self, block: Shown) -> Markup:
        return self.flow(block.blocks if block.runs is None else (block,))

    def _table(self, block: Shown) -> Markup:
        rows = block.blocks
        heads = 0
        while heads < len(rows) and _all_headers(rows[heads]):
            heads += 1
        heads = 0 if heads == len(rows) else heads
        head = Markup('<thead class="govuk-table__head">{}</thead>').format(self._rows(rows[:heads]))
        body = Markup('<tbody class="govuk-table__body">{}</tbody>').format(self._rows(rows[heads:]))
        if not rows:
            return Markup("")
        self._tables += 1
        name = self._places.get(block.id) or f"Table {self._tables}"
        return Markup(
            '<div class="app-table-scroll" role="region" tabindex="0" aria-label="{}"><table{}>{}{}</table></div>'
        ).format(name, _classes(block, "govuk-table"), head if heads else "", body)

    def _rows(self, rows: Iterable[Shown]) -> Markup:
        return Markup("").join(
            Markup("<tr{}>{}</tr>").format(
                _classes(row, "govuk-table__row"),
                Markup("").join(self._cell(cell, whole_row=_all_headers(row)) for cell in row.blocks or (row,)),
            )
            for row in rows
        )

    def _cell(self, cell: Shown, *, whole_row: bool) -> Markup:
        wide = Markup("").join(
            Markup(' {}="{}"').format(name, cell.attrs[name])
            for name in ("colspan", "rowspan")
            if cell.attrs.get(name, "1") != "1" and cell.attrs[name].isascii() and cell.attrs[name].isdecimal()
        )
        inside = self._inside(cell)
        if cell.type != "table_header":
            return Markup('<td class="govuk-table__cell"{}>{}</td>').format(wide, inside)
        scope = "col" if whole_row else "row"
        return Markup('<th class="govuk-table__header" scope="{}"{}>{}</th>').format(scope, wide, inside)

    # items

    def _item(self, block: Shown) -> Markup:
        label = self._places.get(block.id) or _NEW_ITEMS.get(block.type, "New")
        title = next((child for child in block.blocks if child.type == "title" and child.runs is not None), None)
        rest = tuple(child for child in block.blocks if child is not title)
        before = Markup('<span class="app-rl-label">{} </span>').format(label)
        if title is None:
            head = Markup('<h{0} class="govuk-heading-s app-rl-heading">{1}</h{0}>').format(min(self._level, 6), before)
        else:
            head = self._head(title, self._level, "app-rl-heading", before)
        return Markup("<section{}>{}{}</section>").format(
            _classes(block, "item", f"item--{block.type}"), head, self.flow(rest)
        )

    def _fields(self, fields: list[Shown]) -> Markup:
        rows = []
        for block in fields:
            name = block.attrs.get("name", "what")
            found = self._spans(block)
            value = self._words(block, found) or _UNWRITTEN
            if block.runs or not block.key:
                about = self._about(block, found, "govuk-summary-list__value")
                label = SCHEMA.field_labels.get(name, name)
                rows.append(
                    Markup(
                        '<div class="govuk-summary-list__row">'
                        '<dt class="govuk-summary-list__key">{}</dt><dd{}>{}</dd></div>'
                    ).format(label, about, value)
                )
        whole = Markup('<dl class="govuk-summary-list">{}</dl>').format(Markup("").join(rows))
        return whole if rows else Markup("")


def _classes(block: Shown, *more: str) -> Markup:
    """The class attribute of a block: what it always is, and whether a proposal adds it or takes it out."""
    names = [*more, *(["app-rl-new"] if block.key else []), *(["app-rl-removed"] if block.removed else [])]
    return Markup(' class="{}"').format(" ".join(names)) if names else Markup("")


def _lines(text: str, *, split: bool) -> Markup:
    """The words with their line breaks; one inside a wording on original text proposes a new paragraph, and says so."""
    return (_SPLIT if split else _BREAK).join(escape(line) for line in text.split("\n"))


def _all_headers(row: Shown) -> bool:
    return bool(row.blocks) and all(cell.type == "table_header" for cell in row.blocks)
