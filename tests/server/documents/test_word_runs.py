"""A Word file's text as runs: what each really looks like, and no words lost whatever wraps them."""

from __future__ import annotations

import io
from typing import Any

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

from server.documents.word_runs import Paragraph, Word, runs_of
from server.documents.word_safety import Package, Refused, open_word
from server.settings import Settings
from tests.server.documents.word_making import LIMITS, W, deleted, inserted, inside, p, run, unzipped, zipped

OURS = {"FamilyInsertion": frozenset({"bold"}), "ChangeLetter": frozenset[str]()}


def word(data: bytes, limits: Settings = LIMITS) -> Word:
    package = open_word(data, limits)
    assert isinstance(package, Package)
    found = runs_of(package, limits, OURS)
    assert isinstance(found, Word)
    return found


def only(data: bytes) -> Paragraph:
    (paragraph,) = word(data).paragraphs
    return paragraph


def looks(paragraph: Paragraph) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.text, tuple(sorted(one.marks))) for one in paragraph.runs]


def styled(styles: str, body: str) -> bytes:
    xml = f'<w:styles xmlns:w="{W}">{styles}</w:styles>'
    return zipped({**unzipped(inside(body)), "word/styles.xml": xml.encode()})


def style(name: str, kind: str, says: str, based_on: str = "", more: str = "") -> str:
    base = f'<w:basedOn w:val="{based_on}"/>' if based_on else ""
    head = f'<w:style w:type="{kind}" w:styleId="{name}" {more}><w:name w:val="{name}"/>{base}'
    return f"{head}<w:rPr>{says}</w:rPr></w:style>"


def test_what_is_set_on_the_run_itself() -> None:
    found = only(inside(p(run("a"), run("b", "bold"), run("c", "italic", "strike"), run("d", "underline"))))
    assert [("a", ()), ("b", ("bold",)), ("c", ("italic", "strike")), ("d", ("underline",))] == looks(found)


def test_a_mark_switched_off_is_off_and_a_double_strike_is_a_strike() -> None:
    body = p('<w:r><w:rPr><w:b w:val="0"/><w:u w:val="none"/><w:dstrike/></w:rPr><w:t>x</w:t></w:r>')
    assert [("x", ("strike",))] == looks(only(inside(body)))


def test_character_styles_inherit_and_the_run_has_the_last_word() -> None:
    styles = style("Base", "character", "<w:b/>") + style("Late", "character", "<w:i/>", "Base")
    body = p(
        '<w:r><w:rPr><w:rStyle w:val="Late"/></w:rPr><w:t>a</w:t></w:r>'
        '<w:r><w:rPr><w:rStyle w:val="Late"/><w:b w:val="false"/></w:rPr><w:t>b</w:t></w:r>'
    )
    assert [("a", ("bold", "italic")), ("b", ("italic",))] == looks(only(styled(styles, body)))


def test_bold_in_a_bold_paragraph_style_is_not_bold() -> None:
    styles = style("Loud", "paragraph", "<w:b/>") + style("Strong", "character", "<w:b/>")
    body = p('<w:r><w:rPr><w:rStyle w:val="Strong"/></w:rPr><w:t>a</w:t></w:r>', run("b"), style="Loud")
    assert [("a", ()), ("b", ("bold",))] == looks(only(styled(styles, body)))


def test_document_defaults_and_the_usual_paragraph_style_count() -> None:
    defaults = "<w:docDefaults><w:rPrDefault><w:rPr><w:i/></w:rPr></w:rPrDefault></w:docDefaults>"
    styles = defaults + style("Normal", "paragraph", '<w:u w:val="single"/>', more='w:default="1"')
    assert [("a", ("italic", "underline"))] == looks(only(styled(styles, p(run("a")))))


def test_styles_based_on_one_another_in_a_circle_end() -> None:
    styles = style("A", "paragraph", "<w:b/>", "B") + style("B", "paragraph", "<w:i/>", "A")
    assert [("x", ("bold", "italic"))] == looks(only(styled(styles, p(run("x"), style="A"))))


def test_our_own_style_means_what_we_mean_by_it_unless_the_run_says_otherwise() -> None:
    styles = style("FamilyInsertion", "character", "<w:i/>")
    body = p(
        '<w:r><w:rPr><w:rStyle w:val="FamilyInsertion"/></w:rPr><w:t>a</w:t></w:r>'
        '<w:r><w:rPr><w:rStyle w:val="FamilyInsertion"/><w:strike/></w:rPr><w:t>b</w:t></w:r>'
        '<w:r><w:rPr><w:rStyle w:val="FamilyInsertion"/><w:b w:val="0"/></w:rPr><w:t>c</w:t></w:r>'
    )
    assert [("a", ("bold",)), ("b", ("bold", "strike")), ("c", ())] == looks(only(styled(styles, body)))


def test_a_heading_says_which_marks_come_from_its_style() -> None:
    found = only(styled(style("Heading1", "paragraph", "<w:b/>"), p(run("a"), run("b", "bold"), style="Heading1")))
    assert found.heading
    assert [{"bold"}, set()] == [set(one.of_paragraph) for one in found.runs]


def test_words_tracked_changes_are_read_and_say_so() -> None:
    moved = f'<w:moveFrom w:id="3">{run("e")}</w:moveFrom><w:moveTo w:id="4">{run("f")}</w:moveTo>'
    found = only(inside(p(run("a"), inserted(run("b")), deleted(run("c")), inserted(deleted(run("d"))), moved)))
    assert [("a", ""), ("b", "in"), ("c", "out"), ("d", "gone"), ("e", "out"), ("f", "in")] == [
        (one.text, one.tracked) for one in found.runs
    ]


WRAPPERS = {
    "hyperlink": "<w:hyperlink>{}</w:hyperlink>",
    "field": '<w:fldSimple w:instr="REF x">{}</w:fldSimple>',
    "content control": "<w:sdt><w:sdtPr/><w:sdtContent>{}</w:sdtContent></w:sdt>",
    "smart tag": '<w:smartTag w:element="date">{}</w:smartTag>',
    "custom xml": '<w:customXml w:element="x">{}</w:customXml>',
    "direction": '<w:bdo w:val="ltr">{}</w:bdo>',
    "insertion": '<w:ins w:id="1">{}</w:ins>',
    "unknown": "<w:later>{}</w:later>",
}


@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS.keys())
def test_no_wrapper_loses_words(wrapper: str) -> None:
    assert "before inside after" == only(inside(p(run("before "), wrapper.format(run("inside")), run(" after")))).text


@given(st.lists(st.sampled_from(sorted(WRAPPERS)), max_size=6))
def test_no_nesting_of_wrappers_loses_words(names: list[str]) -> None:
    content = run("inside")
    for name in names:
        content = WRAPPERS[name].format(content)
    assert "inside" == only(inside(p(content))).text


def test_tabs_breaks_and_signs_are_characters_and_page_breaks_are_none() -> None:
    pieces = '<w:tab/><w:br/><w:br w:type="page"/><w:cr/><w:noBreakHyphen/><w:softHyphen/><w:sym w:char="2713"/>'
    assert "\t\n\n\u2011\u2713" == only(inside(p(f"<w:r>{pieces}</w:r>"))).text


def test_the_result_of_a_field_is_read_and_its_instruction_is_not() -> None:
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>7</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    assert "7" == only(inside(p(field))).text


def test_spaces_at_the_ends_are_kept_where_the_file_says_so() -> None:
    assert "a b" == only(inside(p("<w:r><w:t> a</w:t></w:r>", run(" "), "<w:r><w:t>b </w:t></w:r>"))).text


def test_a_text_box_is_read_once_after_its_paragraph() -> None:
    box = f"<w:drawing><w:txbxContent>{p(run('boxed'))}</w:txbxContent></w:drawing>"
    both = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    )
    found = word(inside(p(run("around"), f"<w:r>{both}</w:r>")))
    assert ["around", "boxed"] == [one.text for one in found.paragraphs]


def test_table_cells_are_paragraphs_with_their_place() -> None:
    def row(*texts: str) -> str:
        return "<w:tr>" + "".join(f"<w:tc>{p(run(text))}</w:tc>" for text in texts) + "</w:tr>"

    wrapped = f"<w:sdt><w:sdtContent>{row('c', 'd')}</w:sdtContent></w:sdt>"
    found = word(inside(p(run("x")) + f"<w:tbl>{row('a', 'b')}{wrapped}</w:tbl>" + p(run("y"))))
    assert [
        ("x", None),
        ("a", (0, 0, 0)),
        ("b", (0, 0, 1)),
        ("c", (0, 1, 0)),
        ("d", (0, 1, 1)),
        ("y", None),
    ] == [(one.text, one.cell) for one in found.paragraphs]


def test_notes_and_comments_are_found_by_their_references() -> None:
    listed = f'<w:footnote w:id="-1" w:type="separator"/><w:footnote w:id="2">{p(run("Smith, p. 1."))}</w:footnote>'
    notes = f'<w:footnotes xmlns:w="{W}">{listed}</w:footnotes>'
    comments = f'<w:comments xmlns:w="{W}"><w:comment w:id="0">{p(run("Is this right?"))}</w:comment></w:comments>'
    body = p(run("a"), '<w:r><w:footnoteReference w:id="2"/></w:r>', '<w:r><w:commentReference w:id="0"/></w:r>')
    found = word(
        zipped({**unzipped(inside(body)), "word/footnotes.xml": notes.encode(), "word/comments.xml": comments.encode()})
    )
    assert {"footnote:2": "Smith, p. 1.", "comment:0": "Is this right?"} == dict(found.notes)
    assert ["", "footnote:2", "comment:0"] == [one.note for one in found.paragraphs[0].runs]


def test_bookmarks_say_where_they_begin_also_between_paragraphs() -> None:
    mark = '<w:bookmarkStart w:id="{}" w:name="{}"/><w:bookmarkEnd w:id="{}"/>'
    found = word(
        inside(mark.format(1, "one", 1) + p(run("ab"), mark.format(2, "two", 2), run("c")) + p(run("d")))
    ).paragraphs
    assert [(("one", 0), ("two", 2)), ()] == [one.bookmarks for one in found]


def test_hidden_words_are_read_like_all_others() -> None:
    assert "hidden" == only(inside(p("<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"))).text


def test_a_file_with_more_paragraphs_than_allowed_is_refused() -> None:
    package = open_word(inside("<w:p/>" * 501), Settings(word_paragraphs=500))
    assert isinstance(package, Package)
    assert Refused("too-long") == runs_of(package, Settings(word_paragraphs=500), {})


def test_a_file_made_with_a_library_reads_as_it_was_made() -> None:
    made: Any = docx.Document()
    made.styles.add_style("Theirs", WD_STYLE_TYPE.CHARACTER).font.italic = True
    paragraph = made.add_paragraph("plain ", style="List Bullet")
    paragraph.add_run("bold ").bold = True
    paragraph.add_run("styled", style="Theirs")
    assert paragraph._p.find(qn("w:pPr")) is not None
    held = io.BytesIO()
    made.save(held)
    found = only(held.getvalue())
    assert [("plain ", ()), ("bold ", ("bold",)), ("styled", ("italic",))] == looks(found)
    assert found.listed
