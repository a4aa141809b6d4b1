"""The acts people do at a keyboard, by name, with what must be seen afterwards: the table of the design as data.

What is seen is spelt ``{+f1 words}`` for words the family's record 1 inserts and ``{-a2 words}`` for what the
authority's record 2 strikes. Both engines are held to it: Python directly, the browser through ``edit_named.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sections.redline.baseline import Baseline
from sections.redline.compose import Run

# The text acted on, with the offsets the acts use:
# A will have speech therapy once a week.
# 0 2    7    12     19      27        38,39


@dataclass(frozen=True)
class NamedAct:
    """The family acts on [start, end) of what is shown; ``caret`` and ``offers`` as they must be afterwards."""

    name: str
    start: int
    end: int
    text: str
    seen: str
    caret: int
    family: dict[str, Any] = field(default_factory=dict)
    authority: dict[str, Any] = field(default_factory=dict)
    towards: str = "start"
    apart: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()


def says(at: int, words: str, start: int | None = None, end: int | None = None, rank: str = "V") -> dict[str, Any]:
    """A record with its wording at an offset, striking [start, end)."""
    start = at if start is None else start
    return {"type": "text", "from": start, "to": at if end is None else end, "at": at, "rank": rank, "wording": words}


def strikes(start: int, end: int, rank: str = "V") -> dict[str, Any]:
    return says(end, "", start, end, rank)


OFTEN = {"1": says(38, " or more")}
AUTHORITY_MAY = {"2": says(7, "may ", rank="K")}
ONCE = {"1": strikes(27, 31)}

ACTS = (
    NamedAct("typing at the start", 0, 0, "So ", "{+fn1 So }A will have speech therapy once a week.", 3),
    NamedAct("typing at the end", 39, 39, " Yes", "A will have speech therapy once a week.{+fn1  Yes}", 43),
    NamedAct(
        "typing inside an own insertion",
        41,
        41,
        "X",
        "A will have speech therapy once a week{+f1  orX more}.",
        42,
        OFTEN,
    ),
    NamedAct(
        "typing at its left edge", 38, 38, "X", "A will have speech therapy once a week{+f1 X or more}.", 39, OFTEN
    ),
    NamedAct(
        "typing at its right edge", 46, 46, "X", "A will have speech therapy once a week{+f1  or moreX}.", 47, OFTEN
    ),
    NamedAct(
        "a line break is part of the wording", 7, 7, "\r\n", "A will {+fn1 \n}have speech therapy once a week.", 8
    ),
    NamedAct(
        "Backspace takes own words away", 45, 46, "", "A will have speech therapy once a week{+f1  or mor}.", 45, OFTEN
    ),
    NamedAct(
        "Backspace through an own insertion into the original",
        37,
        46,
        "",
        "A will have speech therapy once a wee{-f1 k}.",
        37,
        OFTEN,
    ),
    NamedAct("Backspace over a word", 27, 31, "", "A will have speech therapy {-fn1 once} a week.", 27),
    NamedAct("Delete over a word", 27, 31, "", "A will have speech therapy {-fn1 once} a week.", 31, towards="end"),
    NamedAct(
        "holding Backspace makes one strike", 26, 27, "", "A will have speech therapy{-f1  once} a week.", 26, ONCE
    ),
    NamedAct(
        "holding Delete makes one strike",
        31,
        32,
        "",
        "A will have speech therapy {-f1 once }a week.",
        32,
        ONCE,
        towards="end",
    ),
    NamedAct(
        "typing after Backspace makes one replacement, its words before the strike",
        27,
        27,
        "twice",
        "A will have speech therapy {+f1 twice}{-f1 once} a week.",
        32,
        ONCE,
    ),
    NamedAct(
        "typing after Delete makes one replacement, its words after the strike",
        31,
        31,
        "twice",
        "A will have speech therapy {-f1 once}{+f1 twice} a week.",
        36,
        ONCE,
    ),
    NamedAct(
        "Delete walks over an own strike",
        27,
        31,
        "",
        "A will have speech therapy {-f1 once} a week.",
        31,
        ONCE,
        towards="end",
    ),
    NamedAct(
        "typing behind a strike that has words already is a second record",
        36,
        36,
        "X",
        "A will have speech therapy {+f1 twice}{-f1 once}{+fn1 X} a week.",
        37,
        {"1": says(27, "twice", 27, 31)},
    ),
    NamedAct(
        "typing over a selection is one replacement",
        27,
        31,
        "twice",
        "A will have speech therapy {-fn1 once}{+fn1 twice} a week.",
        36,
    ),
    NamedAct(
        "typing over original, own and the other side's words",
        2,
        18,
        "X",
        "A {-f1 will }{+a2 may }{-f1 have}{+f1 X} speech therapy once a week.",
        16,
        {"1": says(11, "!!!")},
        AUTHORITY_MAY,
        offers=("authority:2",),
    ),
    NamedAct(
        "typing inside the other side's words does nothing but offer an answer",
        9,
        9,
        "X",
        "A will {+a2 may }have speech therapy once a week.",
        9,
        authority=AUTHORITY_MAY,
        offers=("authority:2",),
    ),
    NamedAct(
        "Backspace over the other side's words passes them and offers an answer",
        7,
        11,
        "",
        "A will {+a2 may }have speech therapy once a week.",
        7,
        authority=AUTHORITY_MAY,
        offers=("authority:2",),
    ),
    NamedAct(
        "typing over nothing but the other side's words offers an answer",
        7,
        11,
        "will",
        "A will {+a2 may }have speech therapy once a week.",
        7,
        authority=AUTHORITY_MAY,
        offers=("authority:2",),
    ),
    NamedAct(
        "typing before the other side's words stays before",
        7,
        7,
        "X",
        "A will {+fn1 X}{+a2 may }have speech therapy once a week.",
        8,
        authority=AUTHORITY_MAY,
    ),
    NamedAct(
        "typing after the other side's words stays after",
        11,
        11,
        "X",
        "A will {+a2 may }{+fn1 X}have speech therapy once a week.",
        12,
        authority=AUTHORITY_MAY,
    ),
    NamedAct(
        "striking across the other side's strike keeps both",
        12,
        26,
        "",
        "A will have {-fn1 speech }{-a2-fn1 therapy} once a week.",
        12,
        authority={"2": strikes(19, 26)},
    ),
    NamedAct(
        "typing between two own strikes joins the left one",
        19,
        19,
        "X",
        "A will have {-f1 speech }{+f1 X}{-f2 therapy} once a week.",
        20,
        {"1": strikes(12, 19), "2": strikes(19, 26)},
    ),
    NamedAct(
        "striking what lies between two bare strikes makes one of them",
        18,
        19,
        "",
        "A will have {-f1 speech therapy} once a week.",
        18,
        {"1": strikes(12, 18), "2": strikes(19, 26)},
    ),
    NamedAct(
        "striking between a bare strike and a replacement joins the replacement",
        18,
        19,
        "",
        "A will have {-f2 speech therapy}{+f2 X} once a week.",
        18,
        {"1": strikes(12, 18), "2": says(26, "X", 19, 26)},
    ),
    NamedAct(
        "striking between a replacement and a bare strike joins the replacement",
        19,
        20,
        "",
        "A will have {+f1 X}{-f1 speech therapy} once a week.",
        19,
        {"1": says(12, "X", 12, 18), "2": strikes(19, 26)},
    ),
    NamedAct(
        "striking between two replacements joins the left one and leaves the other",
        19,
        20,
        "",
        "A will have {+f1 X}{-f1 speech }{-f2 therapy}{+f2 Y} once a week.",
        19,
        {"1": says(12, "X", 12, 18), "2": says(26, "Y", 19, 26)},
    ),
    NamedAct(
        "typing beside agreed words is a proposal of its own",
        46,
        46,
        "X",
        "A will have speech therapy once a week{+f1  or more}{+fn1 X}.",
        47,
        OFTEN,
        apart=("family:1",),
    ),
    NamedAct(
        "striking beside an agreed strike is a proposal of its own",
        31,
        33,
        "",
        "A will have speech therapy {-f1 once}{-fn1  a} week.",
        31,
        ONCE,
        apart=("family:1",),
    ),
    NamedAct(
        "pasted control characters are shown, not kept",
        7,
        7,
        "a\x00b",
        "A will {+fn1 a\ufffdb}have speech therapy once a week.",
        10,
    ),
)


def named_acts(baseline: Baseline) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every named act as the vectors have it: name, layers, act."""
    block = next(iter(baseline.texts())).id
    for act in ACTS:
        yield act.name, layers_of(act, block), act_value(act, block)


def layers_of(act: NamedAct, block: str) -> dict[str, Any]:
    sides = {"family": act.family, "authority": act.authority}
    return {side: {name: record | {"block": block} for name, record in layer.items()} for side, layer in sides.items()}


def act_value(act: NamedAct, block: str) -> dict[str, Any]:
    return {
        "me": "family",
        "block": block,
        "from": act.start,
        "to": act.end,
        "text": act.text,
        "towards": act.towards,
        "apart": list(act.apart),
    }


def seen(runs: Iterable[Run]) -> str:
    """The runs as this file spells them."""
    found = []
    for run in runs:
        if run.by:
            found.append(f"{{+{_short(run.by)} {run.text}}}")
        elif run.struck:
            found.append(f"{{-{'-'.join(map(_short, run.struck))} {run.text}}}")
        else:
            found.append(run.text)
    return "".join(found)


def _short(key: str) -> str:
    side, _, record_id = key.partition(":")
    return side[0] + record_id
