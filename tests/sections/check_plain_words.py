"""Words that people who read a refusal or a page of an appeal need not know, or that lay blame, and a way to find them.

``hash`` is allowed on its own: the pages that show one say what it is for. A word here is a word of the makers.
Beside them, the straight marks (' and ") of a keyboard where people read ’ and “ ”, and the sentences to look at.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import jinja2

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


_STRAIGHT = re.compile(r"\w*(?:(?<=\w)['\"]|['\"](?=\w))\w*")
_APOSTROPHE = re.compile(r"(?:\w+|\})'[a-z]+|\w+s' [a-z]+")
_QUOTED = re.compile(r"(?<=\s)\"\w[^\"<>=]*\"|(?<![=\w])\"\w[^\"<>=]*\"(?=\s)")
"""In code only what is surely a sentence's: SQL, headers, selectors and markup have straight marks of their own."""
_ESCAPED = re.compile(r"\\\"\w+")
_ATTRIBUTE = re.compile(r"[\w-]+=\"([^\"]*)\"")
_STYLE = re.compile(r"<(style|script)\b.*?</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
_FILLING = re.compile(r"\$\{[^{}]*\}")
_TEMPLATE_STRING = re.compile(r"`[^`]*`")
_FILLED_IN = "x"


def straight_marks(text: str) -> list[str]:
    """Each straight apostrophe or double quote that touches a word, with that word."""
    return _STRAIGHT.findall(text)


def straight_marks_in_template(template: str) -> list[str]:
    """The same in the text, the attributes and the strings of a template, as Jinja reads it; comments are not read."""
    page, said = "", []
    for _, kind, token in jinja2.Environment(autoescape=True).lex(template):
        if kind == "data":
            page += token
        elif kind == "string":
            said.append(token[1:-1])
        elif kind == "variable_begin":
            page += _FILLED_IN
    page = _STYLE.sub(" ", page)
    values = [value for whole in (page, *said) for value in _ATTRIBUTE.findall(whole)]
    texts = [_TAG.sub(" ", page), *(_ATTRIBUTE.sub(" ", _TAG.sub(" ", one)) for one in said)]
    return [hit for text in [*texts, *values] for hit in straight_marks(text)]


def straight_marks_in_python(source: str) -> list[str]:
    """The same in a module's strings; docstrings and the descriptions of fields are for programmers, and not read."""
    return [
        hit for text in _strings(ast.parse(source)) for find in (_APOSTROPHE, _QUOTED) for hit in find.findall(text)
    ]


def straight_marks_in_typescript(source: str) -> list[str]:
    """The same in a script without its comments, where strings stand in double quotes or backticks."""
    said = _COMMENT.sub(" ", source)
    found = [*_APOSTROPHE.findall(said), *_ESCAPED.findall(said)]
    while said != (said := _FILLING.sub(_FILLED_IN, said)):
        pass
    return found + [hit for whole in _TEMPLATE_STRING.findall(said) for hit in _QUOTED.findall(whole)]


def _strings(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(one.value) if isinstance(one, ast.Constant) else _FILLED_IN for one in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for inner in ast.iter_child_nodes(node):
        if not _is_for_programmers(inner) and not (isinstance(node, ast.JoinedStr) and isinstance(inner, ast.Constant)):
            yield from _strings(inner)


def _is_for_programmers(node: Any) -> bool:
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_docstring or (isinstance(node, ast.keyword) and node.arg == "description")
