"""The working document in Word: the key comes first, style is never alone, nothing of ours looks proposed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sections.keys import DEFAULT, HANDS, find
from sections.redline.compose import compose_records, texts
from sections.redline.records import records
from sections.redline.register import Status
from server.documents.anchors import LETTER, NOT_DISPUTED, NOTE, bookmark, bookmarks, hands_of
from server.documents.docx_working import file_name, worded_docx, working_docx
from server.documents.embedded import embedded, tree_value
from server.documents.working import DisputedSection
from tests.sections.redline.making import baselines, chained_layers, honest_layers, hostile_layers, revived
from tests.server.documents.making import WELSH, W, Word, direct, frozen, pdf_text, style_of, text, working_document

WD = working_document()


@pytest.fixture(scope="module")
def word(word_files: dict[str, bytes]) -> Word:
    return Word(word_files["working"])


def marked(word: Word) -> list[tuple[str, str, set[str]]]:
    """Every changed run of the plan's text: its words, its style, its direct formatting."""
    own = [p for p in word.paragraphs() if style_of(p) != NOTE]
    return [(text(r), style_of(r), direct(r)) for p in own for r in p.iter(f"{W}r") if hands_of(style_of(r))]


def test_changed_words_have_their_character_style_and_the_same_direct_formatting(word: Word) -> None:
    found = marked(word)
    assert ("Twice a week", "FamilyInsertion", {"bold"}) in found
    assert (" with the door shut", "AuthorityDeletion", {"italic", "strike"}) in found
    assert (" and joining words", "AgreedDeletion", {"underline", "strike"}) in found
    assert ("New words\nin two lines.", "AgreedInsertion", {"underline"}) in found
    assert ("alone", "TribunalInsertion", {"bold", "italic", "underline"}) in found
    assert ("Once a week", "AuthorityFamilyDeletion", {"bold", "italic", "strike"}) in found
    for _, style, formatting in found:
        hands, deleted = hands_of(style) or ((), False)
        wanted = frozenset[str]().union(*(DEFAULT.style(hand, deleted=deleted) for hand in hands))
        assert formatting == wanted


def test_the_styles_themselves_look_the_same(word: Word) -> None:
    for style in word.xml("word/styles.xml").iter(f"{W}style"):
        said = hands_of(style.get(f"{W}styleId"))
        if said is not None:
            hands, deleted = said
            wanted = frozenset[str]().union(*(DEFAULT.style(hand, deleted=deleted) for hand in hands))
            assert direct(style) == wanted


def test_only_proposals_and_the_key_are_bold_italic_underlined_or_struck(word: Word) -> None:
    assert all(hands_of(style_of(run)) for run in word.runs() if direct(run))
    for style in word.xml("word/styles.xml").iter(f"{W}style"):
        assert hands_of(style.get(f"{W}styleId")) or direct(style) == set()


def test_the_key_comes_first_each_line_in_its_own_style(word: Word) -> None:
    headings = word.styled("Heading1")
    assert headings == [
        "Key",
        "Section B: Special educational needs",
        "Section F: Special educational provision",
        "Section G: Health provision (recommendation only)",
    ]
    notes = [p for p in word.paragraphs() if style_of(p) == NOTE]
    for hand, paragraph in zip(HANDS, notes[1:], strict=False):
        runs = [run for run in paragraph.iter(f"{W}r") if style_of(run) != LETTER]
        assert "".join(map(text, runs)) == DEFAULT.hands[hand].line
        assert direct(runs[0]) == DEFAULT.style(hand, deleted=False)
        assert hand == "original" or direct(runs[-1]) == DEFAULT.style(hand, deleted=True)


def test_a_letter_stands_before_changed_words(word: Word) -> None:
    for paragraph in word.paragraphs():
        runs = list(paragraph.iter(f"{W}r"))
        for place, run in enumerate(runs):
            if said := hands_of(style_of(run)):
                before = next(r for r in reversed(runs[:place]) if style_of(r) == LETTER)
                letters = "".join(DEFAULT.hands[hand].letter for hand in said[0])
                assert text(before).strip() == letters + ("−" if said[1] else "+")


def test_it_is_formatting_and_holds_no_tracked_changes_and_no_comments(word: Word) -> None:
    assert not [one for one in word.body.iter() if one.tag in (f"{W}ins", f"{W}del", f"{W}commentReference")]
    assert not [name for name in word.parts if "comment" in name.lower()]


def test_struck_words_come_before_the_new_ones_and_a_counter_shows_what_it_changes(word: Word) -> None:
    (often,) = [p for p in word.paragraphs() if "Twice a week" in text(p)]
    runs = [(text(r), style_of(r)) for r in often.iter(f"{W}r") if hands_of(style_of(r))]
    assert runs[:2] == [("Once a week", "AuthorityFamilyDeletion"), ("Twice a week", "FamilyInsertion")]
    assert runs[2:] == [
        ("Twice", "AuthorityDeletion"),
        ("Once", "AuthorityInsertion"),
        (" a ", "AuthorityInsertion"),
        ("week", "AuthorityDeletion"),
        ("fortnight", "AuthorityInsertion"),
    ]
    (long,) = [p for p in word.paragraphs() if "to write it down" in text(p)]
    runs = [(text(r), style_of(r)) for r in long.iter(f"{W}r") if hands_of(style_of(r))]
    assert runs[-2:] == [
        ("30 minutes of practice with Sami", "AuthorityInsertion"),
        (" and 5 minutes to write it down", "AuthorityDeletion"),
    ]


def test_footnotes_are_native_and_complete(word: Word) -> None:
    notes = word.xml("word/footnotes.xml")
    own = {n.get(f"{W}id"): text(n).strip() for n in notes if n.get(f"{W}type") is None}
    kinds = {n.get(f"{W}type"): n.get(f"{W}id") for n in notes if n.get(f"{W}type")}
    assert kinds == {"separator": "-1", "continuationSeparator": "0"}
    called = [one.get(f"{W}id") for one in word.body.iter(f"{W}footnoteReference")]
    assert called == list(own) == [str(n) for n in range(1, len(own) + 1)]
    said = " ".join(own.values())
    live = [(s, key) for s in WD.sections for key in s.known if s.known[key].live]
    names = [f"{s.numbers[key]}, {DEFAULT.hands[s.known[key].side].name.lower()}" for s, key in live]
    for name in names:
        assert len(re.findall(rf"\b{name}\b", said)) == names.count(name)
    assert all(section.citations[key][0] in said for section, key in live)
    styles = {style.get(f"{W}styleId") for style in word.xml("word/styles.xml").iter(f"{W}style")}
    assert {"FootnoteText", "FootnoteReference"} <= styles


def test_footnotes_of_an_exchange_name_both(word: Word) -> None:
    said = [text(note).strip() for note in word.xml("word/footnotes.xml")]
    assert any(one.startswith("F-1, family, answered by C-1.") for one in said)
    assert any(one.startswith("C-1, council, in answer to F-1.") for one in said)
    assert any(one.startswith("C-1, council, waiting for the council’s panel, recommendation only.") for one in said)


def test_head_foot_language_size_and_nobodys_name(word: Word) -> None:
    (head,) = [part for name, part in word.parts.items() if re.fullmatch(r"word/header\d*\.xml", name)]
    (foot,) = [part for name, part in word.parts.items() if re.fullmatch(r"word/footer\d*\.xml", name)]
    assert b"EH123/26/00041" in head
    assert b"EX-2026-041" in head
    assert b"WD3, 22 November 2026, Family" in foot
    assert b" PAGE " in foot
    assert b" NUMPAGES " in foot
    styles = word.xml("word/styles.xml")
    assert {lang.get(f"{W}val") for lang in styles.iter(f"{W}lang")} == {"en-GB"}
    defaults = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}sz")
    assert defaults.get(f"{W}val") == "24"
    sizes = {s.get(f"{W}styleId"): int(s.find(f".//{W}sz").get(f"{W}val")) for s in styles.iter(f"{W}style")
             if s.find(f".//{W}sz") is not None}  # fmt: skip
    assert {style for style, size in sizes.items() if size < 24} == {"Header", "Footer", "TableEnd"}
    core = word.xml("docProps/core.xml")
    people = ("creator", "lastModifiedBy", "description")
    assert {one.text for one in core if one.tag.rpartition("}")[2] in people} == {None}
    assert b"python-docx" not in word.parts["docProps/core.xml"]
    assert not [name for name in word.parts if "thumbnail" in name]


def test_black_unless_colour_is_wanted(word: Word) -> None:
    assert not list(word.body.iter(f"{W}color"))
    tinted = find("send23-colour")
    assert tinted is not None
    coloured = Word(working_docx(replace(WD, profile=tinted, colour=True)))
    assert list(coloured.body.iter(f"{W}color"))
    assert not list(Word(working_docx(replace(WD, profile=tinted))).body.iter(f"{W}color"))


def test_emphasis_of_the_original_is_plain_with_one_note_saying_so(word: Word) -> None:
    said = [one for one in word.styled(NOTE) if "printed plain" in one]
    assert len(said) == 1
    (evidence,) = {p for p in word.paragraphs() if text(p).startswith("Evidence: (e)") and "page 7." in text(p)}
    assert all(direct(run) == set() for run in evidence.iter(f"{W}r"))


def test_every_baseline_text_has_its_bookmark_and_its_words(word: Word) -> None:
    placed = {mark.get(f"{W}name"): mark.getparent() for mark in word.body.iter(f"{W}bookmarkStart")}
    for label in ("B", "F", "G"):
        baseline = frozen(label)
        names = bookmarks(baseline)
        for block in baseline.texts():
            if not block.text:
                continue
            paragraph = placed[bookmark(block.id)]
            assert names[bookmark(block.id)] == block.id
            runs = [(text(r), hands_of(style_of(r))) for r in paragraph.iter(f"{W}r")
                    if style_of(r) not in (LETTER, "ItemNumber")]  # fmt: skip
            kept = "".join(words for words, said in runs if said is None or said[1])
            assert block.text == kept or label == "F"  # a counter's struck words are not the baseline's
    assert bookmark("family:para#wording") in placed


def test_what_is_not_in_dispute_can_be_folded_and_headings_stay_with_what_follows() -> None:
    folded = Word(working_docx(WD, fold=True))
    lines = folded.styled(NOT_DISPUTED)
    assert "Paragraphs not in dispute, not printed here: B2 to B10." in " ".join(lines)
    assert "Communication and interaction" in folded.styled("Heading2")
    assert not [p for p in Word(working_docx(WD)).paragraphs() if style_of(p) == NOT_DISPUTED]


def test_the_file_name_is_the_one_the_tribunal_asks_for() -> None:
    assert file_name(WD) == "EH123-26-00041 WD3 2026-11-22 Family.docx"
    later = replace(WD, party="authority", version=None, on=date(2027, 1, 5))
    assert file_name(later, "pdf") == "EH123-26-00041 WD not frozen 2027-01-05 Council.pdf"
    assert file_name(replace(WD, appeal_number="../..")) == "EX-2026-041 WD3 2026-11-22 Family.docx"


def test_the_same_values_give_the_same_bytes(word_files: dict[str, bytes]) -> None:
    assert working_docx(WD) == word_files["working"]


def test_the_worded_version_has_every_live_proposal_as_a_sentence() -> None:
    word = Word(worded_docx(WD))
    heads = word.styled("Heading2")
    live = [(s, key) for s in WD.sections for key in s.known if s.known[key].live]
    assert len(heads) == len(live)
    said = " ".join(text(p) for p in word.paragraphs())
    assert "replacing “Once a week” with “Twice a week” in F1, How often." in said
    assert "Tribunal orders replacing “1:1” with “alone” in F1, Group size." in said
    assert all(section.citations[key][0] in said for section, key in live)


@given(st.integers(0, 10_000), st.sampled_from(["honest", "chained", "hostile"]))
@settings(max_examples=20)
def test_any_layers_give_a_file_that_keeps_every_original_word_and_one_footnote_a_proposal(
    seed: int, kind: str
) -> None:
    random = Random(seed)
    make = {"honest": honest_layers, "chained": chained_layers, "hostile": hostile_layers}[kind]
    baseline = random.choice(baselines())
    known = records(baseline, revived(make(random, baseline, 8)))
    names = {key: f"N-{place}" for place, key in enumerate(known, start=1)}
    statuses: list[Status] = ["proposed", "countered", "agreed", "not agreed", "pending panel"]
    standing: dict[str, Status] = {key: random.choice(statuses) for key in known}
    section = DisputedSection("F", "Provision", "order", baseline, known, standing, names, {})
    wd = replace(WD, sections=(section,))
    word = Word(working_docx(wd))
    shown = "".join("".join(text(p).split()) for p in word.paragraphs())
    placed = {key for block in texts(compose_records(baseline, known)) for run in block.runs or ()
              for key in ((run.by,) if run.by else (*run.struck, *block.removed))}  # fmt: skip
    for block in baseline.texts():
        for piece in (block.text or "").split():
            assert piece in shown or any(r.live and getattr(r, "block", "") == block.id for r in known.values())
    notes = " ".join(text(note) for note in word.xml("word/footnotes.xml")) if placed else ""
    assert {key for key, name in names.items() if re.search(rf"\b{name}, (family|council|tribunal)", notes)} == placed
    assert embedded(working_docx(wd)) == tree_value(wd)


def test_bookmarks_and_styles_survive_being_saved_by_another_program(saved_again: bytes) -> None:
    word = Word(saved_again)
    names = {mark.get(f"{W}name") for mark in word.body.iter(f"{W}bookmarkStart")}
    assert {bookmark(block.id) for block in frozen("F").texts() if block.text} <= names
    assert ("Twice a week", "FamilyInsertion", {"bold"}) in marked(word)


def test_libreoffice_shows_the_words_and_footnotes_on_pages(rendered: dict[str, bytes]) -> None:
    said = pdf_text(rendered["working"])
    for words in ("Key", "Twice a week", "Dŵr, ŷ", "<eraill> & mwy", "F-1, family, answered by C-1.", "Page 1 of"):
        assert words in said
    assert WELSH.split()[0] in said
    assert "A term means one of three school terms" in said
    assert "Views, interests and aspirations" not in said  # only what is in dispute
