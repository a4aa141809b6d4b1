"""The styles of our Word files, whole: real headings, 12 point, black, British English, lists, notes, and the hands.

In a keyed document headings and labels are never bold, italic or underlined: there those styles mean proposals. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from server.documents.anchors import HEAD, LABEL, LETTER, LINKS, NOT_DISPUTED, NOTE, NUMBER
from server.documents.paper import LANGUAGE, Words

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
FONT = "Arial"
HALF_POINTS = 24
COLOURS = {"green": "00703C", "blue": "003078", "purple": "4C2C92", "black": "000000", "": "000000"}
"""Of the key's colour words; every one is dark enough to read on white."""
_HEADING_SIZES = {1: 32, 2: 28, 3: 26, 4: 24}
_FLAGS = (("bold", "<w:b/>"), ("italic", "<w:i/>"), ("strike", "<w:strike/>"))


def run_properties(words: Words) -> str:
    """Direct formatting of words, beside their character style."""
    inside = f'<w:rStyle w:val="{words.hand}"/>' if words.hand else ""
    return inside + _look(words.style, words.colour)


def styles_xml(hands: Mapping[str, Words], *, keyed: bool) -> bytes:
    """``word/styles.xml``. ``hands``: an example of each character style that is used."""
    bold = "" if keyed else "<w:b/>"
    headings = "".join(
        _paragraph(
            f"Heading{level}",
            f"heading {level}",
            f"<w:keepNext/><w:keepLines/>{_space(240 if level == 1 else 160, 80)}<w:outlineLvl w:val={_q(level - 1)}/>",
            f"{bold}{_size(size)}",
        )
        for level, size in _HEADING_SIZES.items()
    )
    parts = [
        _defaults(),
        _paragraph("Normal", "Normal", _space(0, 120), f"<w:lang w:val={_q(LANGUAGE)}/>", default=True),
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/><w:semiHidden/></w:style>',
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:semiHidden/>'
        '<w:tblPr><w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="100" w:type="dxa"/>'
        '<w:bottom w:w="40" w:type="dxa"/><w:right w:w="100" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>',
        _table_grid(),
        _paragraph("Title", "Title", _space(0, 160), f"{bold}{_size(40)}"),
        headings,
        _paragraph("TOC1", "toc 1", '<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="9638"/></w:tabs>', ""),
        _paragraph("ListBullet", "List Bullet", f"{_numbered(1)}{_space(0, 60)}", ""),
        _paragraph("ListNumber", "List Number", f"{_numbered(2)}{_space(0, 60)}", ""),
        _paragraph("Header", "header", _tabs() + _space(0, 0), _size(20)),
        _paragraph("Footer", "footer", _tabs() + _space(0, 0), _size(20)),
        _paragraph(NOTE, "Document Note", _space(0, 120), ""),
        _paragraph(NOT_DISPUTED, "Not In Dispute", _space(60, 120), ""),
        _paragraph(LABEL, "Part Label", _space(0, 0), bold),
        _paragraph(HEAD, "Part Head", "<w:keepNext/>" + _space(0, 0), bold),
        _paragraph("HeadCell", "Head Cell", "<w:keepNext/>" + _space(0, 0), bold),
        _paragraph("TableEnd", "Table End", _space(0, 0), _size(12)),
        _paragraph(LINKS, "Link Line", _space(0, 120), ""),
        _paragraph("CellText", "Cell Text", _space(0, 40), ""),
        _paragraph("FootnoteText", "footnote text", _space(0, 0), ""),
        _character("FootnoteReference", "footnote reference", '<w:vertAlign w:val="superscript"/>'),
        _character(LETTER, "Change Letter", '<w:vertAlign w:val="superscript"/>'),
        _character(NUMBER, "Item Number", ""),
        _character("Hyperlink", "Hyperlink", "" if keyed else '<w:color w:val="1D4F91"/><w:u w:val="single"/>'),
        *(_character(style, _spaced(style), _look(look.style, look.colour)) for style, look in sorted(hands.items())),
    ]
    return f'<?xml version="1.0" encoding="UTF-8"?><w:styles xmlns:w="{W}">{"".join(parts)}</w:styles>'.encode()


def _defaults() -> str:
    fonts = f'<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{FONT}" w:cs="{FONT}"/>'
    language = f'<w:lang w:val="{LANGUAGE}" w:eastAsia="{LANGUAGE}" w:bidi="ar-SA"/>'
    return (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{fonts}{_size(HALF_POINTS)}{language}</w:rPr></w:rPrDefault>"
        "<w:pPrDefault/></w:docDefaults>"
    )


def _look(style: frozenset[str], colour: str) -> str:
    """Run properties in the order the schema asks for."""
    flags = "".join(element for name, element in _FLAGS if name in style)
    tint = f'<w:color w:val="{COLOURS.get(colour, COLOURS[""])}"/>' if colour else ""
    line = '<w:u w:val="single"/>' if "underline" in style else ""
    return f"{flags}{tint}{line}"


def _paragraph(style: str, name: str, inside: str, run: str, *, default: bool = False) -> str:
    first = ' w:default="1"' if default else ""
    based = "" if default else '<w:basedOn w:val="Normal"/>'
    follow = '<w:next w:val="Normal"/>' if style.startswith(("Heading", "Title")) else ""
    return (
        f'<w:style w:type="paragraph"{first} w:styleId="{style}"><w:name w:val={quoteattr(name)}/>{based}{follow}'
        f"<w:qFormat/><w:pPr>{inside}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def _character(style: str, name: str, run: str) -> str:
    return (
        f'<w:style w:type="character" w:customStyle="1" w:styleId="{style}"><w:name w:val={quoteattr(escape(name))}/>'
        f'<w:basedOn w:val="DefaultParagraphFont"/><w:qFormat/><w:rPr>{run}</w:rPr></w:style>'
    ).replace(' w:customStyle="1"', "" if style in ("FootnoteReference", "Hyperlink") else ' w:customStyle="1"')


def _table_grid() -> str:
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="505A5F"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    return (
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>'
        f"<w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr></w:style>"
    )


def _spaced(style: str) -> str:
    """``FamilyInsertion`` as people see it in Word: ``Family Insertion``."""
    return "".join(f" {letter}" if letter.isupper() and place else letter for place, letter in enumerate(style))


def _space(before: int, after: int) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}"/>'


def _tabs() -> str:
    return '<w:tabs><w:tab w:val="right" w:pos="9638"/></w:tabs>'


def _numbered(number: int) -> str:
    return f'<w:numPr><w:numId w:val="{number}"/></w:numPr>'


def _size(half_points: int) -> str:
    return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


def _q(value: object) -> str:
    return f'"{value}"'
