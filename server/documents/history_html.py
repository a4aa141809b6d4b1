"""A section's text as HTML with its history: what went and what came, or who wrote which words.

Every word that changed is marked, and said by hidden words for those who do not see the mark. Escaped throughout, as
the plain text is. Pages of the history use it; the changes are worked out in ``server.history``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from markupsafe import Markup

from crdt.blocks import Tree
from sections.words import listed
from server.documents.html import ItemLookup, Page, run_html

Beside = Callable[[Tree], Markup]
"""What stands with a passage: a way to put it back, or nothing."""

FIRST_CHANGE = "first-change"
_MARKS = {
    "in": Markup('<ins class="app-hist-in"{}><span class="govuk-visually-hidden">added: </span>{}</ins>'),
    "out": Markup('<del class="app-hist-out"{}><span class="govuk-visually-hidden">removed: </span>{}</del>'),
}
_NOTES = {
    "in": "Added",
    "out": "Removed",
    "moved": "Moved here",
    "dress": "How it looks changed, not its words",
}


@dataclass(frozen=True, slots=True)
class Hand:
    """Words of one writer, with who and when in words."""

    text: str
    name: str
    who: str
    when: str


def changes_html(tree: Tree, section: str, items: ItemLookup, level: int, beside: Beside) -> Markup:
    """A tree of ``server.history.compare`` with every change marked."""
    return _Changes(tree, section, items, level, beside).html()


def hands_html(tree: Tree, section: str, items: ItemLookup, level: int, hands: Mapping[int, list[Hand]]) -> Markup:
    """The text with who wrote it under every passage. ``hands``: by the ``id`` of the passage's node in ``tree``."""
    return _Hands(tree, section, items, level, hands).html()


class _Changes(Page):
    def __init__(self, tree: Tree, section: str, items: ItemLookup, level: int, beside: Beside) -> None:
        super().__init__(tree, section, items, level)
        self._beside = beside
        self._marks = 0
        for node in tree["children"]:
            if id(node) in self._items:
                self._items[id(node)] = replace(self._items[id(node)], number=node["number"])

    def _pieces(self, children: list[Tree]) -> Iterator[Markup]:
        for change, group in groupby(children, key=lambda child: child.get("change", "") if "text" in child else None):
            if change is None:
                yield from super()._pieces(list(group))
            else:
                words = Markup("").join(map(run_html, group))
                yield self._mark(change, words) if change in _MARKS else words

    def _mark(self, change: str, words: Markup) -> Markup:
        """The first one of a page can be gone to."""
        self._marks += 1
        first = Markup(' id="{}"').format(FIRST_CHANGE) if self._marks == 1 else Markup("")
        return _MARKS[change].format(first, words)

    def _paragraph(self, node: Tree) -> Markup:
        return self._with_note(super()._paragraph(node), node)

    def _heading(self, node: Tree) -> Markup:
        return self._with_note(super()._heading(node), node)

    def _bullets(self, node: Tree) -> Markup:
        return super()._bullets(node) + self._beside(node)

    def _numbers(self, node: Tree) -> Markup:
        return super()._numbers(node) + self._beside(node)

    def _table(self, node: Tree) -> Markup:
        return super()._table(node) + self._beside(node)

    def _with_note(self, shown: Markup, node: Tree) -> Markup:
        if not shown:
            return shown
        note = _note(_NOTES["dress"]) if node.get("change") == "dress" else Markup("")
        return shown + note + self._beside(node)

    def _item(self, node: Tree) -> Markup:
        item = self._items.get(id(node))
        if item is None:
            return self._unknown(node)
        title = next((child for child in node["children"] if child.get("type") == "title"), None)
        words = Markup("") if title is None else self._flow(title["children"])
        anchor = self._anchor(item)
        label = item.label(self._section)
        change = node.get("change", "")
        gone = Markup('<span class="govuk-visually-hidden">removed: </span>') if change == "out" else Markup("")
        named = Markup("{}{} <bdi>{}</bdi>").format(gone, label, words)
        head = self._head(self._level, Markup(' id="{}-title"').format(anchor), named)
        rest = [child for child in node["children"] if child.get("type") not in ("title", "ref")]
        refs = [child for child in node["children"] if child.get("type") == "ref"]
        return Markup(
            '<section class="item item--{} app-hist-item{}" id="{}" aria-labelledby="{}-title">{}{}{}{}{}{}</section>'
        ).format(
            item.kind,
            f" app-hist-item--{change}" if change in ("in", "out", "moved") else "",
            anchor,
            anchor,
            head,
            _note(_NOTES[change]) if change in ("in", "out", "moved") else "",
            self._beside(title) if title is not None and change != "out" else "",
            self._flow(rest),
            self._refs(item.kind, refs),
            self._beside(node),
        )

    def _fields(self, fields: list[Tree]) -> Markup:
        return super()._fields(fields) + Markup("").join(map(self._beside, fields))

    def _ref(self, kind: str, ref: Tree) -> Markup:
        shown = super()._ref(kind, ref)
        return self._mark(ref["change"], shown) if ref.get("change") in _MARKS else shown


class _Hands(Page):
    """``data-by`` on every run of words is for history.ts, which tells it of words that are selected."""

    def __init__(
        self, tree: Tree, section: str, items: ItemLookup, level: int, hands: Mapping[int, list[Hand]]
    ) -> None:
        super().__init__(tree, section, items, level)
        self._hands = hands
        self._runs: dict[int, list[Tree]] = {
            id(node["children"]): _by_hand(node, hands[id(node)]) for node in _nodes(tree) if id(node) in hands
        }

    def _flow(self, children: list[Tree]) -> Markup:
        known = self._runs.get(id(children))
        return super()._flow(children if known is None else known)

    def _run(self, run: Tree) -> Markup:
        shown = super()._run(run)
        return Markup('<span data-by="{}">{}</span>').format(run["by"], shown) if "by" in run else shown

    def _paragraph(self, node: Tree) -> Markup:
        return self._marked(super()._paragraph(node), node)

    def _heading(self, node: Tree) -> Markup:
        return self._marked(super()._heading(node), node)

    def _inside(self, node: Tree) -> Markup:
        children = node["children"]
        kinds = [child.get("type") for child in children[:2]]
        if kinds[:1] != ["paragraph"] or kinds.count("paragraph") != 1:
            return super()._inside(node)
        return self._flow(children[0]["children"]) + self._line(children[0]) + self._flow(children[1:])

    def _item(self, node: Tree) -> Markup:
        shown = super()._item(node)
        title = next((child for child in node["children"] if child.get("type") == "title"), None)
        if title is None or "</h" not in shown:
            return shown
        at = shown.index("</h") + len("</h0>")
        return shown[:at] + self._line(title) + shown[at:]

    def _fields(self, fields: list[Tree]) -> Markup:
        told = []
        for field in fields:
            line: Tree = {"type": "who", "of": field, "children": []}
            words: list[Tree] = self._runs.get(id(field["children"])) or field["children"]
            told.append(field | {"children": [*words, line]})
        return super()._fields(told)

    def _unknown(self, node: Tree) -> Markup:
        return self._line(node["of"]) if node.get("type") == "who" else super()._unknown(node)

    def _marked(self, shown: Markup, node: Tree) -> Markup:
        return shown + self._line(node) if shown else shown

    def _line(self, node: Tree) -> Markup:
        """Who wrote a passage: in a line where it was one person at one time, else a list to open."""
        hands = [hand for hand in self._hands.get(id(node), []) if hand.text.strip()]
        if not hands:
            return Markup("")
        if len({(hand.who, hand.when) for hand in hands}) == 1:
            return Markup('<span class="app-hist-by"><span translate="no">{}</span>, {}</span>').format(
                hands[0].who, hands[0].when
            )
        names = list(dict.fromkeys(hand.name for hand in hands))
        rows = Markup("").join(
            Markup(
                '<li><q dir="auto">{}</q> <span class="app-hist-by__who"><span translate="no">{}</span>, {}</span></li>'
            ).format(_short(hand.text), hand.who, hand.when)
            for hand in hands
        )
        return Markup(
            '<details class="app-hist-by"><summary>{}<span class="govuk-visually-hidden"> wrote this passage: '
            "who wrote which words</span></summary><ol>{}</ol></details>"
        ).format(
            Markup('<span translate="no">{}</span>').format(listed(names)),
            rows,
        )


def _note(words: str) -> Markup:
    return Markup('<p class="app-hist-note">{}</p>').format(words)


def _short(text: str) -> str:
    """The words, or their beginning and their end where there are many."""
    words = text.split()
    return text.strip() if len(words) <= 24 else f"{' '.join(words[:12])} … {' '.join(words[-8:])}"


def _nodes(tree: Tree) -> Iterator[Tree]:
    for child in tree["children"]:
        if "text" not in child:
            yield child
            yield from _nodes(child)


def _by_hand(node: Tree, hands: list[Hand]) -> list[Tree]:
    """A passage's runs, parted where another hand wrote; each says whose it is."""
    found: list[Tree] = []
    left = list(reversed(hands))
    used = 0
    for child in node["children"]:
        text = child.get("text", "")
        if not text:
            found.append(child)
        while text and left:
            hand = left[-1]
            part = text[: len(hand.text) - used]
            found.append(child | {"text": part, "by": f"{hand.who}, {hand.when}"})
            text, used = text[len(part) :], used + len(part)
            if used == len(hand.text):
                left.pop()
                used = 0
    return found
