"""Hypothesis strategies shared by the tests: valid section trees, made from the schema itself."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from crdt import blocks
from crdt.schema import SCHEMA, AttributeRule

settings.register_profile("alongside", deadline=None)
settings.load_profile("alongside")

CLIENT_IDS = st.integers(1, 2**32 - 1)
DOCUMENT_NAMES = st.builds(
    lambda plan, section: f"{plan:032x}/{section}",
    st.integers(0, 2**128 - 1),
    st.sampled_from(["A", "B", "C", "D", "E", "F", "G", "H1", "H2", "I", "J", "K"]),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12) | st.sampled_from(
    ["Jamie reads", "é", "😀", "a\tb", "  two  spaces ", "naïve café", "👩‍👧", "<b>&amp;</b>", "\u202e"]
)
ITEM_IDS = st.text(string.ascii_lowercase + string.digits, min_size=10, max_size=10)
LINKS = st.sampled_from(["https://example.org/a?b=c&d", "http://example.org", "mailto:a@example.org", "tel:+441234"])
_BY_PATTERN = {"[a-z0-9]{10}": ITEM_IDS, "[1-9][0-9]?": st.integers(1, 99).map(str)}
_DEEPEST = 5


def _attribute(rule: AttributeRule) -> st.SearchStrategy[str]:
    if rule.values is not None:
        return st.sampled_from(sorted(rule.values))
    assert rule.pattern is not None
    return _BY_PATTERN.get(rule.pattern.pattern, LINKS)


@st.composite
def _runs(draw: st.DrawFn) -> dict[str, Any]:
    marks = {
        name: {key: draw(_attribute(rule)) for key, rule in rules.items()}
        for name, rules in SCHEMA.marks.items()
        if draw(st.integers(0, 3)) == 0
    }
    return {"text": draw(TEXT), "marks": marks}


@st.composite
def _elements(draw: st.DrawFn, name: str, depth: int) -> dict[str, Any]:
    rule = SCHEMA.nodes[name]
    names = sorted(rule.children) if depth < _DEEPEST else []
    kinds: list[str | None] = ([None, None, None] if rule.inline else []) + list(names)
    chosen = draw(st.lists(st.sampled_from(kinds), max_size=4)) if kinds else []
    return {
        "type": name,
        "attrs": {key: draw(_attribute(attribute)) for key, attribute in rule.attributes.items()},
        "children": [draw(_runs() if kind is None else _elements(kind, depth + 1)) for kind in chosen],
    }


@st.composite
def trees(draw: st.DrawFn, max_size: int = 5) -> blocks.Tree:
    """A canonical tree the schema allows, every attribute present."""
    names = draw(st.lists(st.sampled_from(sorted(SCHEMA.document.children)), max_size=max_size))
    return blocks.canonical({"type": "doc", "children": [draw(_elements(name, 1)) for name in names]})


@st.composite
def edited(draw: st.DrawFn, tree: blocks.Tree) -> blocks.Tree:
    """The same tree after somebody worked on it: words typed and cut, marks set, things added, removed, repeated."""
    return blocks.canonical(_edited(draw, tree))


def _edited(draw: st.DrawFn, node: blocks.Tree) -> blocks.Tree:
    children: list[blocks.Tree] = []
    for child in node["children"]:
        what = draw(st.sampled_from(["keep", "keep", "change", "change", "cut", "repeat", "before"]))
        if what == "before":
            children.append(draw(_runs()) if "text" in child else draw(_elements(child["type"], _DEEPEST - 1)))
        if what == "repeat":
            children.append(child)
        if what == "change":
            children += _retyped(draw, child) if "text" in child else [_edited(draw, child)]
        elif what != "cut":
            children.append(child)
    return node | {"children": children}


def _retyped(draw: st.DrawFn, run: dict[str, Any]) -> list[dict[str, Any]]:
    start, end = sorted((draw(st.integers(0, len(run["text"]))), draw(st.integers(0, len(run["text"])))))
    middle = run | draw(st.sampled_from([{}, {"marks": {}}, {"marks": {"strong": {}}}, {"text": ""}]))
    if middle["text"]:
        middle = middle | {"text": draw(TEXT) if draw(st.booleans()) else run["text"][start:end]}
    return [run | {"text": run["text"][:start]}, middle, run | {"text": run["text"][end:]}]
