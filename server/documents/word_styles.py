"""How a run of a Word file really looks: bold, italic, underline and strike through every layer of inheritance.

The order is Word's own: document defaults, then the styles of table, paragraph and character with everything each is
based on (where bold, italic and strike toggle), then what is set on the run itself. Pure; for ``word_runs``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from lxml import etree

Marks: TypeAlias = frozenset[str]

BOLD: Final = "bold"
TOGGLES: Final[Mapping[str, str]] = {"b": BOLD, "i": "italic", "strike": "strike", "dstrike": "strike"}
_UNDERLINE: Final = "underline"
_OFF: Final = frozenset({"0", "false", "off", "none"})
_MOST_STEPS: Final = 32


def squashed(name: str) -> str:
    """A style's name or id without what programs change in it: spaces and capitals."""
    return "".join(name.split()).casefold()


def local(element: etree._Element) -> str:
    """The name of an element without its namespace, so that both dialects of the format read alike."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: etree._Element | None, name: str) -> str:
    """The value of an attribute by its plain name; empty where it is not there."""
    if element is None:
        return ""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def child(element: etree._Element | None, *names: str) -> etree._Element | None:
    """The first descendant reached by these names, each a child of the one before."""
    for name in names:
        if element is None:
            return None
        element = next((one for one in element if local(one) == name), None)
    return element


@dataclass(frozen=True, slots=True)
class Style:
    """One style: its name in the file, what it is based on, and what it says itself."""

    name: str
    kind: str
    based_on: str
    says: Mapping[str, bool]
    outline: bool


@dataclass(frozen=True, slots=True)
class Look:
    """The marks of a run; ``of_paragraph`` are those it has only because its paragraph's style has them."""

    marks: Marks
    of_paragraph: Marks = frozenset()
    ours: str = ""
    """Our own character style, where the run has one."""


@dataclass(frozen=True, slots=True, eq=False)
class Styles:
    """The styles of a file. ``ours`` are our own character styles by name, with what they are meant to look like."""

    by_id: Mapping[str, Style]
    defaults: Mapping[str, bool]
    usual: str
    ours: Mapping[str, Marks] = field(default_factory=dict)

    def names(self, style_id: str) -> frozenset[str]:
        """What a style is called: its id and its name, squashed, since programs change the one and keep the other."""
        style = self.by_id.get(style_id or self.usual)
        return frozenset({squashed(style_id or self.usual), *([squashed(style.name)] if style else [])}) - {""}

    def is_heading(self, style_id: str) -> bool:
        """Whether a paragraph of this style is a heading or title."""
        return any(style.outline for style in self._chain(style_id or self.usual))

    def look(self, paragraph: str, properties: etree._Element | None, table: str = "") -> Look:
        """What a run looks like: ``properties`` are its own, ``paragraph`` and ``table`` the styles around it."""
        character = attribute(child(properties, "rStyle"), "val")
        direct = said(properties)
        around = [self._resolved(table), self._resolved(paragraph or self.usual)]
        under = self._marks(around, direct={})
        named = next((name for name in sorted(self.names(character)) if name in self.ours), "") if character else ""
        if named:
            marks = {mark for mark in self.ours[named] if direct.get(mark, True)}
            return Look(frozenset(marks | {mark for mark, on in direct.items() if on}), ours=named)
        own = self._resolved(character)
        marks = set(self._marks([*around, own], direct))
        return Look(frozenset(marks), frozenset(under & marks) - {m for m, on in (*direct.items(), *own.items()) if on})

    def _marks(self, layers: list[Mapping[str, bool]], direct: Mapping[str, bool]) -> Marks:
        found: set[str] = set()
        for mark in set(TOGGLES.values()):
            toggled = sum(layer.get(mark, False) for layer in layers) % 2 == 1
            if direct.get(mark, self.defaults.get(mark, False) or toggled):
                found.add(mark)
        underlined = self.defaults.get(_UNDERLINE, False)
        for layer in (*layers, direct):
            underlined = layer.get(_UNDERLINE, underlined)
        return frozenset(found | {_UNDERLINE}) if underlined else frozenset(found)

    def _chain(self, style_id: str) -> Iterator[Style]:
        """The style and what it is based on; a circle ends where it closes."""
        seen: set[str] = set()
        while style_id in self.by_id and style_id not in seen and len(seen) < _MOST_STEPS:
            seen.add(style_id)
            yield self.by_id[style_id]
            style_id = self.by_id[style_id].based_on

    def _resolved(self, style_id: str) -> Mapping[str, bool]:
        found: dict[str, bool] = {}
        for style in reversed(list(self._chain(style_id))):
            found.update(style.says)
        return found


def said(properties: etree._Element | None) -> dict[str, bool]:
    """What one set of run properties says itself, on or off, and nothing about the rest."""
    found: dict[str, bool] = {}
    for one in properties if properties is not None else ():
        name = local(one)
        on = attribute(one, "val").lower() not in _OFF
        if name in TOGGLES:
            mark = TOGGLES[name]
            found[mark] = on or (name == "dstrike" and found.get(mark, False))
        elif name == "u":
            found[_UNDERLINE] = on and bool(attribute(one, "val"))
    return found


def styles_of(root: etree._Element | None, ours: Mapping[str, Marks]) -> Styles:
    """The styles a file defines; a file without any has none, and every run looks as it says itself."""
    by_id: dict[str, Style] = {}
    usual = ""
    for one in root if root is not None else ():
        if local(one) != "style":
            continue
        style_id, kind = attribute(one, "styleId"), attribute(one, "type")
        name = attribute(child(one, "name"), "val") or style_id
        outline = "0" <= attribute(child(one, "pPr", "outlineLvl"), "val") < "9"
        outline = outline or name.casefold().startswith(("heading", "title", "subtitle", "caption"))
        by_id[style_id] = Style(name, kind, attribute(child(one, "basedOn"), "val"), said(child(one, "rPr")), outline)
        if kind == "paragraph" and attribute(one, "default") in ("1", "true", "on"):
            usual = style_id
    defaults = said(child(root, "docDefaults", "rPrDefault", "rPr"))
    return Styles(by_id, defaults, usual, {squashed(name): marks for name, marks in ours.items()})
