"""Words that people who read a refusal or a page of an appeal need not know, or that lay blame, and a way to find them.

``hash`` is allowed on its own: the pages that show one say what it is for. A word here is a word of the makers.
"""

from __future__ import annotations

import re

_WORDS: dict[str, tuple[str, ...]] = {
    "how it is built": (
        r"layers?",
        r"ghosts?",
        r"baselines?",
        r"payloads?",
        r"snapshots?",
        r"databases?",
        r"the register",
        r"websockets?",
        r"JSON",
        r"Yjs",
        r"CRDT",
        r"tokens?",
        r"blocks?",
        r"overlays?",
        r"schemas?",
        r"merge[ds]?",
        r"sync(ed|s)?",
        r"diffs?",
    ),
    "blame": (
        r"you (failed|forgot|should have)",
        r"your (mistake|fault|error)",
        r"invalid",
        r"illegal",
        r"forbidden",
        r"not permitted",
        r"unauthori[sz]ed",
        r"wrongly",
        r"denied",
    ),
    "of no use": (r"please (be advised|note)", r"in order to", r"prior to", r"in respect of", r"hereby", r"utili[sz]e"),
}
_FIND = {family: re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE) for family, words in _WORDS.items()}
_UNSEEN = re.compile(r"\{#.*?#\}|\{%.*?%\}|<!--.*?-->", re.DOTALL)
_MARKS = re.compile(r"\{\{.*?\}\}|<[^>]*>", re.DOTALL)
_SAID = re.compile(r'"(?:text|hint|html)":\s*"([^"]+)"')


def not_plain(text: str) -> list[str]:
    """Each such word in the text, with its family."""
    return [f"{family}: {hit.group()}" for family, find in _FIND.items() for hit in find.finditer(text)]


def shown_by(template: str) -> str:
    """The words of a template that people see: its text, and what it hands to components as text or hint."""
    seen = _UNSEEN.sub(" ", template)
    return " ".join([_MARKS.sub(" ", seen), *_SAID.findall(seen)])
