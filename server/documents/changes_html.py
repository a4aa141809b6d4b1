"""Word by word what changed, as HTML: since a side last looked, in an answer to a proposal, and before against after.

Every word that went out or came in is marked and said, so that a slipped-in "may" cannot hide. Escaped throughout.
Pages import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape

from crdt.schema import SCHEMA
from sections.keys import Profile
from sections.redline.baseline import Baseline
from sections.redline.records import New, Record, Remove
from sections.redline.views import Change, struck_words
from sections.redline.worddiff import Piece, word_diff
from sections.redline.worded import KIND_NAMES, places

_WHAT = {
    "new": "{who} proposed this.",
    "withdrawn": "{who} withdrew this.",
    "changed": "{who} changed the wording.",
    "moved": "{who} made this about other words of the plan.",
    "changed and moved": "{who} changed the wording, and which words of the plan it is about.",
}
_STRUCK = {"new": "Takes out of the plan", "withdrawn": "Would have taken out of the plan", "changed": "Now takes out"}
_MARKS = {
    "out": Markup('<del class="app-rl-out"><span class="govuk-visually-hidden">taken out: </span>{}</del>'),
    "in": Markup('<ins class="app-rl-in"><span class="govuk-visually-hidden">put in: </span>{}</ins>'),
}


def pieces(words: Iterable[Piece]) -> Markup:
    """Words that stayed, went out and came in, in one line of HTML."""
    return Markup("").join(_MARKS.get(piece.kind, Markup("{}")).format(_broken(piece.text)) for piece in words)


def compared(before: str, after: str) -> Markup:
    """A passage before and after, word by word."""
    return pieces(word_diff(before, after))


def answer(words: Mapping[str, tuple[Piece, ...]]) -> Markup:
    """A counter-proposal against the wording it answers (``views.answered_words``), part by part."""
    return Markup("").join(_part(name, found) for name, found in words.items())


def render_changes(
    changes: Iterable[Change],
    baseline: Baseline,
    before: Mapping[str, Record],
    after: Mapping[str, Record],
    profile: Profile,
    numbers: Mapping[str, str],
    *,
    there: str | None = "",
) -> Markup:
    """What became of each proposal between two readings (``views.since``), as a list; empty when nothing did.

    Words of the plan that a proposal now strikes, or struck, are written out. ``there``: the page with the cards; None:
    there are none any more.
    """
    where = places(baseline)
    rows = []
    for change in changes:
        record = (before if change.what == "withdrawn" else after)[change.key]
        said = _WHAT[("changed and moved" if change.words else "moved") if change.moved else change.what]
        number = numbers.get(change.key, "")
        link = Markup('<a class="govuk-link" href="{0}#card-{1}">{1}</a>, ').format(there, number) if number else ""
        if there is None and number:
            link = Markup("{}, ").format(number)
        struck = struck_words(baseline, record) if change.what != "changed" or change.moved else ""
        rows.append(
            Markup('<li><p class="govuk-body app-rl-change"><strong>{}{}</strong>. {}</p>{}{}</li>').format(
                link,
                _place(record, where),
                said.format(who=profile.hands[record.side].name),
                _struck(_STRUCK[change.what], struck),
                answer(change.words),
            )
        )
    return Markup('<ol class="app-rl-changes">{}</ol>').format(Markup("").join(rows)) if rows else Markup("")


def _struck(said: str, words: str) -> Markup:
    if not words:
        return Markup("")
    return Markup('<p class="app-rl-words" dir="auto"><span class="app-quiet">{}: </span>{}</p>').format(
        said, pieces((Piece("out", words),))
    )


def _place(record: Record, where: Mapping[str, str]) -> str:
    if isinstance(record, New):
        after = where.get(record.after)
        return f"{KIND_NAMES[record.kind]} after {after}" if after else KIND_NAMES[record.kind]
    place = where.get(record.block, "the text")
    return f"{place}, as a whole" if isinstance(record, Remove) else place


def _part(name: str, words: tuple[Piece, ...]) -> Markup:
    label = SCHEMA.field_labels.get(name.removeprefix("w_"), "") if name.startswith("w_") else ""
    said = Markup('<span class="app-quiet">{}: </span>').format(label) if label else Markup("")
    return Markup('<p class="app-rl-words" dir="auto">{}{}</p>').format(said, pieces(words))


def _broken(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.split("\n"))
