"""A whole plan laid out on paper: title, facts, contents, and the twelve sections by label and title.

For Word and PDF at any stage. A plan that is not final says DRAFT on every page. Pure: reads trees only.
"""

from __future__ import annotations

from datetime import date

from crdt import blocks
from crdt.blocks import Tree
from sections.stages import stage
from sections.words import day_in_words
from server.documents.html import safe_link
from server.documents.paper import Contents, Heading, Paper, PaperBlock, Piece, Words, note, plain
from server.documents.paper_layout import ITEMS, Manner, Node, laid_out
from server.export import WholePlan

FINAL = "final"
_STYLES = {"strong": "bold", "em": "italic"}


def plan_paper(whole: WholePlan, on: date) -> Paper:
    """The plan as a document dated ``on``."""
    plan = whole.plan
    state = version_words(plan.stage, plan.finalised_on)
    labels = {
        item.id: f"{item.label(section.label)} {item.title}".strip()
        for section in whole.sections
        for item in blocks.items(section.tree)
    }
    manner = Manner(empty="Not written yet", items=labels)
    headings = [(f"section_{s.label}", f"Section {s.label}: {s.title}") for s in whole.sections]
    body: list[PaperBlock] = [
        note(f"Child or young person: {plan.child}\nReference: {plan.reference}\nStage: {stage(plan.stage).title}"),
        note(f"This copy was made on {day_in_words(on)}."),
        Contents(tuple(headings)),
    ]
    for section, (target, words) in zip(whole.sections, headings, strict=True):
        body.append(Heading(1, plain(words), target=target))
        if blocks.is_empty(section.tree):
            body.append(note("Nothing is written here."))
        else:
            body.extend(laid_out(_nodes(section.tree, section.label), section.label, manner))
    return Paper(
        title="Education, health and care (EHC) plan",
        header=f"EHC plan {plan.reference}\t{state}",
        footer=f"{plan.reference}, {day_in_words(on)}",
        on=on,
        blocks=tuple(body),
    )


def version_words(stage_key: str, finalised_on: date | None) -> str:
    """What every page says about how far the plan is: DRAFT, or final and since when."""
    if stage_key != FINAL:
        return "DRAFT"
    return f"Final plan, {day_in_words(finalised_on)}" if finalised_on else "Final plan"


def _nodes(tree: Tree, section: str) -> tuple[Node, ...]:
    numbers = iter(blocks.items(tree))
    return tuple(
        _node(child, next(numbers).label(section) if child.get("type") in ITEMS else "")
        for child in tree["children"]
        if "type" in child
    )


def _node(node: Tree, number: str = "") -> Node:
    attrs = node.get("attrs", {})
    children = node["children"]
    holds_text = node["type"] in ("paragraph", "heading", "title", "field") or any("text" in one for one in children)
    if holds_text:
        return Node(node["type"], attrs, tuple(_pieces(node)), anchor=attrs.get("id", ""), number=number)
    inside = tuple(_node(child) for child in children)
    return Node(node["type"], attrs, None, inside, attrs.get("id", ""), number)


def _pieces(node: Tree) -> list[Piece]:
    found: list[Piece] = []
    for child in node["children"]:
        if "text" in child:
            marks = child.get("marks", {})
            style = frozenset(_STYLES[name] for name in marks if name in _STYLES)
            found.append(Words(child["text"], style, href=safe_link(marks.get("link", {}).get("href", ""))))
        elif child["type"] == "hard_break":
            found.append(Words("\n"))
        else:
            found.extend(_pieces(child))
    return found
