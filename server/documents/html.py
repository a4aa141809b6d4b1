"""A section's tree as HTML that anyone can read: escaped throughout, headed, labelled, fit to print.

Every block takes its direction from its own words (``dir="auto"``); our labels beside a title do not decide its.
It must never let a sender's markup, script or link scheme through, and never hide text it does not know how to dress.
Pages and the PDF export import it. What to show for an empty section is the caller's choice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from markupsafe import Markup, escape

from crdt import blocks
from crdt.blocks import Tree
from crdt.schema import SCHEMA

ItemLookup = Mapping[str, Mapping[str, Any]]
"""Item id -> ``label``, ``kind``, ``title``; ``href`` too where the item is on another page."""

_SAFE_LINK: Final = re.compile(r"(https?://|mailto:|tel:)[^\s<>\"'`\\]{1,2000}")
_SPAN: Final = re.compile(r"[1-9][0-9]?")
_HEADING_CLASSES: Final = {1: "govuk-heading-xl", 2: "govuk-heading-l", 3: "govuk-heading-m"}
_REFERS: Final = {
    ("provision", "need"): "Meets need",
    ("provision", "outcome"): "Works towards outcome",
    ("outcome", "need"): "Answers need",
}
_TOP_LEVEL: Final = 3
"""The level that ``heading`` elements start at in the schema."""


def render(tree: Tree, section: str, items_by_id: ItemLookup, heading_level: int = 3) -> Markup:
    """The section's text; its own headings and items start at ``heading_level``."""
    return Page(tree, section, items_by_id, heading_level).html()


def safe_link(href: str) -> str:
    """The address if it is one that a reader may be sent to, else ''."""
    return href if _SAFE_LINK.fullmatch(href) else ""


class Page:
    """One rendering of one section. Renderings that show more than the text (``history_html``) begin with this one."""

    def __init__(self, tree: Tree, section: str, items_by_id: ItemLookup, heading_level: int) -> None:
        self._tree = tree
        self._section = section
        self._lookup = items_by_id
        self._level = heading_level
        nodes = [child for child in tree["children"] if child.get("type") in blocks.ITEM_KINDS]
        self._items = {id(node): item for node, item in zip(nodes, blocks.items(tree), strict=True)}
        self._ids: set[str] = set()
        self._tables = 0
        self._blocks: dict[str, Callable[[Tree], Markup]] = {
            "paragraph": self._paragraph,
            "heading": self._heading,
            "bullet_list": self._bullets,
            "ordered_list": self._numbers,
            "table": self._table,
            "title": self._paragraph,
            "hard_break": lambda node: Markup("<br>"),
        }

    def html(self) -> Markup:
        return self._flow(self._tree["children"])

    def _flow(self, children: list[Tree]) -> Markup:
        return Markup("").join(self._pieces(children))

    def _pieces(self, children: list[Tree]) -> Iterator[Markup]:
        for name, group in groupby(children, key=lambda child: child.get("type", "text")):
            if name == "text":
                yield from map(self._run, group)
            elif name == "field":
                yield self._fields(list(group))
            elif name in blocks.ITEM_KINDS:
                yield from map(self._item, group)
            else:
                draw = self._blocks.get(name, self._unknown)
                yield from map(draw, group)

    # text

    def _run(self, run: Tree) -> Markup:
        return run_html(run)

    def _paragraph(self, node: Tree) -> Markup:
        inside = self._flow(node["children"])
        return (
            Markup('<p class="govuk-body" dir="auto">{}</p>').format(inside)
            if blocks.inline_text(node).strip()
            else Markup("")
        )

    def _heading(self, node: Tree) -> Markup:
        if not blocks.inline_text(node).strip():
            return Markup("")
        level = node.get("attrs", {}).get("level", "")
        deeper = int(level) - _TOP_LEVEL if level in ("3", "4") else 0
        return self._head(self._level + deeper, Markup(' dir="auto"'), self._flow(node["children"]))

    def _head(self, level: int, attributes: Markup, inside: Markup) -> Markup:
        shown = min(level, 6)
        dress = _HEADING_CLASSES.get(shown, "govuk-heading-s")
        return Markup('<h{0} class="{1}"{2}>{3}</h{0}>').format(shown, dress, attributes, inside)

    def _unknown(self, node: Tree) -> Markup:
        return Markup('<div dir="auto">{}</div>').format(self._flow(node["children"]))

    # lists and tables

    def _bullets(self, node: Tree) -> Markup:
        return Markup('<ul class="govuk-list govuk-list--bullet">{}</ul>').format(self._entries(node))

    def _numbers(self, node: Tree) -> Markup:
        return Markup('<ol class="govuk-list govuk-list--number">{}</ol>').format(self._entries(node))

    def _entries(self, node: Tree) -> Markup:
        entries = _wrapped(node["children"], {"list_item"})
        return Markup("").join(Markup('<li dir="auto">{}</li>').format(self._inside(entry)) for entry in entries)

    def _inside(self, node: Tree) -> Markup:
        """What is in a list item or cell; a first paragraph on its own needs no element."""
        children = node["children"]
        if [child.get("type") for child in children[:2]].count("paragraph") == 1 and children[0]["type"] == "paragraph":
            return self._flow(children[0]["children"]) + self._flow(children[1:])
        return self._flow(children)

    def _table(self, node: Tree) -> Markup:
        rows = [row for row in _wrapped(node["children"], {"table_row"}) if row["children"]]
        heads = 0
        while heads < len(rows) and _all_headers(rows[heads]):
            heads += 1
        heads = 0 if heads == len(rows) else heads
        head = Markup('<thead class="govuk-table__head">{}</thead>').format(self._rows(rows[:heads]))
        body = Markup('<tbody class="govuk-table__body">{}</tbody>').format(self._rows(rows[heads:]))
        if not rows:
            return Markup("")
        self._tables += 1  # a wide table scrolls by itself on a phone, also by keyboard, and says which one it is
        return Markup(
            '<div class="app-table-scroll" role="region" tabindex="0" aria-label="Table {} in section {}">'
            '<table class="govuk-table">{}{}</table></div>'
        ).format(self._tables, self._section, head if heads else "", body)

    def _rows(self, rows: list[Tree]) -> Markup:
        return Markup("").join(
            Markup('<tr class="govuk-table__row">{}</tr>').format(
                Markup("").join(
                    self._cell(cell, whole_row=_all_headers(row))
                    for cell in _wrapped(row["children"], {"table_cell", "table_header"})
                )
            )
            for row in rows
        )

    def _cell(self, cell: Tree, *, whole_row: bool) -> Markup:
        attrs = cell.get("attrs", {})
        spans = Markup("").join(
            Markup(' {}="{}"').format(name, attrs[name])
            for name in ("colspan", "rowspan")
            if attrs.get(name, "1") != "1" and _SPAN.fullmatch(attrs[name])
        )
        inside = self._inside(cell)
        if cell["type"] != "table_header":
            return Markup('<td class="govuk-table__cell" dir="auto"{}>{}</td>').format(spans, inside)
        group = "group" if attrs.get("colspan" if whole_row else "rowspan", "1") != "1" else ""
        scope = ("col" if whole_row else "row") + group
        return Markup('<th class="govuk-table__header" scope="{}" dir="auto"{}>{}</th>').format(scope, spans, inside)

    # items

    def _item(self, node: Tree) -> Markup:
        item = self._items.get(id(node))
        if item is None:  # an item somewhere the schema has none: show its text, without a number
            return self._unknown(node)
        label = item.label(self._section)
        anchor = self._anchor(item)
        head = self._head(
            self._level,
            Markup(' id="{}-title"').format(anchor),
            Markup("{} <bdi>{}</bdi>").format(label, item.title) if item.title else escape(label),
        )
        refs = [child for child in node["children"] if child.get("type") == "ref"]
        rest = [child for child in node["children"] if child.get("type") not in ("title", "ref")]
        return Markup('<section class="item item--{}" id="{}" aria-labelledby="{}-title">{}{}{}</section>').format(
            item.kind, anchor, anchor, head, self._flow(rest), self._refs(item.kind, refs)
        )

    def _anchor(self, item: blocks.Item) -> str:
        """An id no other element of the page has, also when an item was pasted twice."""
        anchor = f"item-{item.id}" if item.id else f"item-{self._section}-{item.number}"
        if anchor in self._ids:
            anchor = f"{anchor}-{item.number}"
        self._ids.add(anchor)
        return anchor

    def _fields(self, fields: list[Tree]) -> Markup:
        rows = Markup("").join(
            Markup(
                '<div class="govuk-summary-list__row"><dt class="govuk-summary-list__key">{}</dt>'
                '<dd class="govuk-summary-list__value" dir="auto">{}</dd></div>'
            ).format(_field_label(node), self._flow(node["children"]) or "Not written yet")
            for node in fields
        )
        return Markup('<dl class="govuk-summary-list">{}</dl>').format(rows)

    def _refs(self, kind: str, refs: list[Tree]) -> Markup:
        lines = Markup("").join(Markup("<li>{}</li>").format(self._ref(kind, ref)) for ref in refs)
        return Markup('<ul class="govuk-list item__links">{}</ul>').format(lines) if refs else Markup("")

    def _ref(self, kind: str, ref: Tree) -> Markup:
        to = ref.get("attrs", {}).get("to", "")
        target = self._lookup.get(to)
        if target is None:
            return Markup("Was linked to something that is no longer in the plan")
        verb = _REFERS.get((kind, target["kind"]), f"See {target['kind']}")
        words = escape(f"{verb} {target['label']}")
        if target["title"]:
            words += Markup(": <bdi>{}</bdi>").format(target["title"])
        return Markup('<a class="govuk-link" href="{}">{}</a>').format(target.get("href", f"#item-{to}"), words)


def run_html(run: Tree) -> Markup:
    """Words with their marks."""
    html = escape(run["text"])
    marks = run.get("marks", {})
    if "em" in marks:
        html = Markup("<em>{}</em>").format(html)
    if "strong" in marks:
        html = Markup("<strong>{}</strong>").format(html)
    href = safe_link(marks.get("link", {}).get("href", ""))
    if href:
        html = Markup('<a class="govuk-link" href="{}" rel="noopener noreferrer">{}</a>').format(href, html)
    return html


def _wrapped(children: list[Tree], names: set[str]) -> list[Tree]:
    """Children of a list, table or row; one that does not belong there is shown as if it stood in one that does."""
    return [child if child.get("type") in names else {"type": "", "children": [child]} for child in children]


def _all_headers(row: Tree) -> bool:
    return bool(row["children"]) and all(cell.get("type") == "table_header" for cell in row["children"])


def _field_label(node: Tree) -> str:
    name: str = node.get("attrs", {}).get("name", "what")
    return SCHEMA.field_labels.get(name, name)
