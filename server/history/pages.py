"""What the pages of a history show, ready for their templates: words, HTML and addresses. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from markupsafe import Markup, escape
from sqlmodel import Session

from crdt.blocks import Tree, inline_text, is_empty, items
from crdt.schema import SCHEMA
from sections.catalogue import SectionRule
from sections.history import change_words
from server.documents.history_html import Beside, Hand, changes_html, hands_html
from server.documents.html import ItemLookup, render
from server.history.books import Histories, Moment
from server.history.people import together
from server.history.telling import (
    Shown,
    TimeLine,
    against_now,
    hands,
    references,
    show,
    time_line,
)

View = Literal["changes", "hands", "now"]
VIEWS: Mapping[View, str] = {"changes": "What changed", "hands": "Who wrote what", "now": "Compared with now"}
A_PAGE = 20
LEVEL = 3

_NO_RANGE: Mapping[str, Any] = {"from": None}
_EMPTY = Markup('<p class="govuk-body app-quiet">{}</p>')
_NOUNS = {
    "paragraph": "this paragraph",
    "heading": "this heading",
    "title": "the title",
    "bullet_list": "this list",
    "ordered_list": "this list",
    "table": "this table",
    "need": "this need",
    "outcome": "this outcome",
    "provision": "this provision",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for."""

    plan_id: str
    rule: SectionRule
    at: int | None = None
    since: int | None = None
    view: View = "changes"
    before: int | None = None
    may_write: bool = False

    @property
    def home(self) -> str:
        return f"/plans/{self.plan_id}/sections/{self.rule.label}/history"

    def moment(self, seq: int) -> str:
        """The page at another moment."""
        return self.address(at=seq, **_NO_RANGE)

    def older(self, before: int | None) -> str:
        """The page with another part of the time line."""
        return self.address(before=before)

    def address(self, **other: Any) -> str:
        """This page, with something else asked for."""
        asked: dict[str, Any] = {"at": self.at, "from": self.since, "view": self.view, "before": self.before} | other
        if asked["view"] == "changes":
            del asked["view"]
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return f"{self.home}?{query}" if query else self.home


@dataclass(frozen=True, slots=True)
class MomentPage:
    """The part of the page that shows one moment."""

    asked: Asked
    title: str
    who: str
    words: str
    text: Markup
    earlier: str
    later: str
    newest: str
    views: tuple[tuple[str, str, bool], ...]
    key: bool
    put_back: str
    shown: Shown
    range: bool


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A moment, and the time line beside it."""

    moment: MomentPage
    line: TimeLine
    slider: str


def moment_page(db: Session, histories: Histories, asked: Asked, lookup: ItemLookup) -> MomentPage:
    """One moment, as ``asked`` wants it shown."""
    label = asked.rule.label
    shown = show(db, histories, asked.plan_id, label, asked.at, asked.since)
    here = Asked(asked.plan_id, asked.rule, shown.seq, asked.since, asked.view, asked.before, asked.may_write)
    text, words = _text(db, histories, here, shown, lookup)
    at_newest = shown.seq >= shown.head
    link = here.address
    return MomentPage(
        asked=here,
        title=_title(shown, here),
        who=_who(shown, here),
        words=words,
        text=text,
        earlier="" if shown.earlier is None or here.since is not None else link(at=shown.earlier),
        later="" if shown.later is None or here.since is not None else link(at=shown.later),
        newest="" if at_newest and here.since is None else here.home,
        views=tuple((name, here.address(view=view), view == here.view) for view, name in VIEWS.items()),
        key=here.view != "hands" and bool(words),
        put_back="" if at_newest or not here.may_write else put_back_address(here, shown.seq),
        shown=shown,
        range=here.since is not None,
    )


def history_page(db: Session, histories: Histories, asked: Asked, lookup: ItemLookup) -> HistoryPage:
    """The whole page."""
    moment = moment_page(db, histories, asked, lookup)
    line = time_line(db, histories, asked.plan_id, asked.rule.label, asked.before, A_PAGE)
    slider = ",".join(f"{seq}:{at}" for seq, at in moment.shown.steps)
    return HistoryPage(moment, line, slider)


def put_back_address(asked: Asked, at: int, passage: str = "") -> str:
    """The page that shows what putting it back would change."""
    query = {"at": at} | ({"passage": passage} if passage else {})
    return f"{asked.home}/put-back?{urlencode(query)}"


def _title(shown: Shown, asked: Asked) -> str:
    if shown.seq == 0:
        return "Before anything was written"
    if asked.since is not None:
        return "Since you last looked"
    return shown.step.when if shown.step else "The beginning"


def _who(shown: Shown, asked: Asked) -> str:
    if asked.since is not None:
        return together(shown.authors) if shown.authors else ""
    if shown.step is None:
        return ""
    return f"The plan moved to “{shown.step.stage}”" if shown.step.stage else shown.step.who


def _text(db: Session, histories: Histories, asked: Asked, shown: Shown, lookup: ItemLookup) -> tuple[Markup, str]:
    """The text in the view that was asked for, and what changed, in words."""
    label = asked.rule.label
    links = _with_items(lookup, shown.moment.tree, label)
    if asked.view == "hands":
        found = hands(db, histories, asked.plan_id, label, shown.moment)
        told = {
            node: [Hand(one.text, one.who.name, one.who.words, one.when) for one in many]
            for node, many in found.items()
        }
        return hands_html(shown.moment.tree, label, links, LEVEL, told) or _nothing(shown.moment.tree), ""
    if asked.view == "now":
        then, now, compared = against_now(db, histories, asked.plan_id, label, shown.seq)
        links = _with_items(lookup, now.tree, label)
        beside = _ways_back(histories, asked, then, now, "Put back {} as it was then")
        text = changes_html(compared.tree, label, links, LEVEL, beside)
        return text or _nothing(now.tree), change_words(compared.changes)
    beside = _ways_back(histories, asked, shown.base, shown.moment, "Put back {} as it was before")
    text = changes_html(shown.compared.tree, label, links, LEVEL, beside)
    return text or _nothing(shown.moment.tree), shown.words


def _nothing(tree: Tree) -> Markup:
    return _EMPTY.format("Nothing was written here then.") if is_empty(tree) else Markup("")


def _ways_back(histories: Histories, asked: Asked, then: Moment, now: Moment, words: str) -> Beside:
    """A link beside every passage that changed and was there before, for those who may write."""
    names = references(histories, then) if asked.may_write and then.tree != now.tree else {}

    def beside(node: Tree) -> Markup:
        old = node.get("old")
        name = "" if old is None else names.get(id(old), "")
        if old is None or not name or not asked.may_write or node.get("change") == "moved":
            return Markup("")
        return Markup('<p class="app-hist-back"><a class="govuk-link" href="{}">{}</a></p>').format(
            put_back_address(asked, then.seq, name), _named(words, old)
        )

    return beside


def _named(words: str, node: Tree) -> Markup:
    """``Put back this paragraph, “He reads…”, as it was``: links that are read alone must differ."""
    noun = _NOUNS.get(node["type"], "this passage")
    if node["type"] == "field":
        name = node.get("attrs", {}).get("name", "what")
        return escape(words.format(f"“{SCHEMA.field_labels.get(name, name)}”"))
    said = inline_text(node) if node["type"] in ("paragraph", "heading", "title") else ""
    beginning = " ".join(said.split()[:5])
    if not beginning:
        return escape(words.format(noun))
    hidden = Markup('<span class="govuk-visually-hidden"> “{}…”</span>').format(beginning)
    before, _, after = words.partition("{}")
    return escape(before) + noun + hidden + after


def _with_items(lookup: ItemLookup, tree: Tree, label: str) -> ItemLookup:
    """The items of the plan, those of this section as they are in this text."""
    found = {key: value for key, value in lookup.items() if value["section"] != label}
    for item in items(tree):
        if item.id:
            found[item.id] = {"label": item.label(label), "kind": item.kind, "title": item.title, "section": label}
    return found


def change_html(compared_tree: Tree, label: str, lookup: ItemLookup) -> Markup:
    """A comparison without ways back, for the page that asks whether to do it."""
    return changes_html(compared_tree, label, lookup, LEVEL - 1, lambda node: Markup(""))


def text_html(tree: Tree, label: str, lookup: ItemLookup) -> Markup:
    """The plain text of a moment."""
    return Markup("") if is_empty(tree) else render(tree, label, _with_items(lookup, tree, label), LEVEL)
