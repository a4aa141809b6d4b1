"""What people read when something is refused, and on the pages of an appeal: plain words, no blame, what is next.

Everything people read, there and on every other page, in a mail or in a document, has ’ and “ ”, never ' and ".
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sections.redline.register import REFUSALS as REGISTER_REFUSALS
from server.codes import REFUSALS
from tests.sections.check_plain_words import (
    not_plain,
    shown_by,
    straight_marks,
    straight_marks_in_python,
    straight_marks_in_template,
    straight_marks_in_typescript,
)

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates" / "working").glob("*.html"))
EVERY_TEMPLATE = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))
SCRIPTS = sorted((ROOT / "static" / "src").rglob("*.ts"))
RULES = sorted((ROOT / "sections").glob("*.toml"))
# A terminal's text stays as a keyboard types it, and so does what only operators and programmers read.
TERMINAL = {"database.py", "example_appeal.py", "openapi.py", "settings.py"}
MODULES = sorted(
    path
    for folder in ("server", "sections")
    for path in (ROOT / folder).rglob("*.py")
    if path.name not in TERMINAL and not path.name.startswith("cli") and "migrations" not in path.parts
)


def sentences(value: Any) -> Iterator[str]:
    """Every text in a file of rules that is a sentence."""
    if isinstance(value, dict):
        for one in value.values():
            yield from sentences(one)
    elif isinstance(value, list):
        for one in value:
            yield from sentences(one)
    elif isinstance(value, str) and value.endswith("."):
        yield value


def texts(value: Any) -> Iterator[str]:
    """Every text in a file of rules, sentence or not."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("name", ["rights.toml", "appeal.toml", "stages.toml", "clock.toml"])
def test_no_sentence_of_the_rules_needs_the_makers_words(name: str) -> None:
    said = list(sentences(tomllib.loads((ROOT / "sections" / name).read_text(encoding="utf-8"))))
    assert said
    assert {} == {text: found for text in said if (found := not_plain(text))}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_page_of_an_appeal_needs_the_makers_words(path: Path) -> None:
    assert [] == not_plain(shown_by(path.read_text(encoding="utf-8")))


def test_every_refusal_is_plain_and_says_more_than_no() -> None:
    for refusal in REFUSALS.values():
        assert [] == not_plain(refusal.sentence) == straight_marks(refusal.sentence), refusal.code
        assert refusal.sentence.count(".") + refusal.sentence.count(";") >= 2, refusal.code
    assert set(REGISTER_REFUSALS) <= {str(code) for code in REFUSALS}


def test_a_section_in_dispute_says_who_proposes_where_and_whom_to_tell() -> None:
    reason = tomllib.loads((ROOT / "sections" / "stages.toml").read_text(encoding="utf-8"))["appeal"]["disputed"]
    assert "working document" in reason
    assert "tell the case officer" in reason


def test_the_makers_words_are_found_where_they_are_seen_and_only_there() -> None:
    assert ["how it is built: layer", "blame: invalid"] == not_plain("Its own layer is invalid. A player plays.")
    assert [] == not_plain(shown_by('{# the layer #}<p class="layer">{{ layer }} Read it.</p>'))
    assert ["how it is built: layer"] == not_plain(shown_by('{{ govukButton({"text": "Open the layer"}) }}'))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_no_text_of_the_rules_has_straight_marks(path: Path) -> None:
    said = list(texts(tomllib.loads(path.read_text(encoding="utf-8"))))
    assert said
    assert {} == {text: found for text in said if (found := straight_marks(text))}


def test_no_page_mail_or_document_has_straight_marks() -> None:
    assert {"mail/code.txt", "export/plan.html", "info/privacy.html", "working/parts.html"} <= {
        path.relative_to(ROOT / "templates").as_posix() for path in EVERY_TEMPLATE
    }
    assert {} == found_in(EVERY_TEMPLATE, straight_marks_in_template)


def test_no_sentence_of_the_server_has_straight_marks() -> None:
    assert {"codes.py", "acts.py", "word_values.py", "register.py", "worded.py"} <= {path.name for path in MODULES}
    assert {} == found_in(MODULES, straight_marks_in_python)


def test_no_sentence_of_the_browser_has_straight_marks() -> None:
    assert {"words.ts", "saying.ts"} <= {path.name for path in SCRIPTS}
    assert {} == found_in(SCRIPTS, straight_marks_in_typescript)


def found_in(paths: list[Path], find: Callable[[str], list[str]]) -> dict[str, list[str]]:
    """What is found in each file, where anything is."""
    return {str(path): found for path in paths if (found := find(path.read_text(encoding="utf-8")))}


def test_straight_marks_are_found_where_they_are_seen_and_only_there() -> None:
    assert ["council's", '"Send', 'it"'] == straight_marks(
        'The council\'s “panel” said: "Send it". The family’s 15 days.'
    )
    page = """{# it's #}<p class="a" title="the child's">{{ one["name"] }}'s {{ "family's" if a else 'id="b"' }}</p>"""
    assert ["x's", "family's", "child's"] == straight_marks_in_template(page)
    module = '''"""It's."""
A = Field(description="person's") + f"{name}'s {'plan'}" + "SELECT 'a', 'b'" + "Say \\"yes\\" to both sides' words."'''
    assert ["x's", "sides' words", '"yes"'] == straight_marks_in_python(module)
    script = """// it's\nsay(`${who}'s "own" ${a ? `b` : "c"} plan`); /* it's */ find("a[b='c']"); open("https://a.example/it's");"""
    assert ["}'s", "it's", '"own"'] == straight_marks_in_typescript(script)
    assert ['\\"yes'] == straight_marks_in_typescript(r'say("Say \"yes\".", "words");')
