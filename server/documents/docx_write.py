"""Paper into Word: WordprocessingML written part by part, so that nothing is in the file that we did not put there.

Styles and direct formatting both, because direct formatting survives copying and styles survive re-theming. Everything
a person wrote is escaped here, at this one place. Pure: the same paper gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml

from sections.redline.units import clean
from server.documents.anchors import LETTER, NUMBER, bookmark
from server.documents.docx_parts import (
    R,
    add_custom_xml,
    add_footnotes,
    describe,
    replace_inside,
    saved,
    set_numbering,
)
from server.documents.docx_styles import W, run_properties, styles_xml
from server.documents.docx_tables import table_xml
from server.documents.paper import (
    Contents,
    Grid,
    Heading,
    Letter,
    Listing,
    Noted,
    Number,
    Paper,
    PaperBlock,
    Paragraph,
    Piece,
    Words,
    every_piece,
)

SHORT, LONG, MARGIN = 11906, 16838, 1134
"""A4 and its margins, in twentieths of a point."""
_LONGEST_BOOKMARK = 40


def word_file(paper: Paper, custom_xml: bytes | None = None) -> bytes:
    """The paper as a .docx; ``custom_xml`` travels inside as a part of its own."""
    document: Any = docx.Document()
    writer = _Writer(paper, document)
    title = writer.paragraph("Title", (Words(paper.title),), ())
    body = title + "".join(writer.block(block) for block in paper.blocks)
    hands = {p.hand: p for p in every_piece(paper.blocks) if isinstance(p, Words) and p.hand}
    replace_inside(document.styles.element, styles_xml(hands, keyed=paper.keyed))
    set_numbering(document, writer.ordered)
    describe(document, f"{paper.title}: {paper.header}".replace("\t", ", "), paper.on)
    head = document.sections[0].header
    foot = document.sections[0].footer
    _running(head, "Header", writer.text(paper.header), paper)
    page = f"<w:r><w:tab/></w:r>{writer.text('Page ')}{_field('PAGE', '1')}{writer.text(' of ')}"
    _running(foot, "Footer", writer.text(paper.footer) + page + _field("NUMPAGES", "1"), paper)
    section = document.element.body.sectPr
    width, height = _page(paper)
    references = "".join(
        f'<w:{reference.tag.rpartition("}")[2]} w:type="default" r:id={quoteattr(reference.get(f"{{{R}}}id"))}/>'
        for reference in section
        if reference.tag.endswith("Reference")
    )
    turned = ' w:orient="landscape"' if paper.landscape else ""
    sides = "".join(f' w:{side}="{MARGIN}"' for side in ("top", "right", "bottom", "left"))
    end = (
        f'<w:sectPr>{references}<w:pgSz w:w="{width}" w:h="{height}"{turned}/>'
        f'<w:pgMar{sides} w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>'
    )
    whole = f'<w:body xmlns:w="{W}" xmlns:r="{R}">{body}{end}</w:body>'
    replace_inside(document.element.body, whole.encode("utf-8"))
    if writer.notes:
        add_footnotes(document, writer.notes)
    if custom_xml is not None:
        add_custom_xml(document, custom_xml)
    return saved(document)


class _Writer:
    """Writes blocks as XML, collecting footnotes, bookmarks and lists on the way."""

    def __init__(self, paper: Paper, document: Any) -> None:
        self.document = document
        self.line = _page(paper)[0] - 2 * MARGIN
        self.notes: list[str] = []
        self.ordered = 0
        self.named: set[str] = set()

    def block(self, block: PaperBlock, inside: str = "") -> str:
        """One block; ``inside`` is the paragraph style it has in a cell."""
        match block:
            case Heading():
                names = (block.target, bookmark(block.anchor) if block.anchor else "")
                return self.paragraph(f"Heading{block.level}", block.pieces, names)
            case Paragraph():
                return self.paragraph(block.kind or inside, block.pieces, (_anchor(block),))
            case Listing():
                return self.listing(block, 0)
            case Grid():
                return table_xml(block, self.line, self.cell)
            case Contents():
                return self.contents(block)

    def cell(self, blocks: Sequence[PaperBlock], style: str) -> str:
        """What is in a cell; Word wants a paragraph at its end."""
        whole = "".join(self.block(block, style) for block in blocks)
        ends_well = bool(blocks) and not isinstance(blocks[-1], Grid)
        return whole if ends_well else whole + self.paragraph(style, (), ())

    def paragraph(self, style: str, pieces: Sequence[Piece], names: Sequence[str], extra: str = "") -> str:
        """One paragraph that starts with bookmarks."""
        start = "".join(self.marked(name) for name in names if name)
        wanted = f'<w:pStyle w:val="{style}"/>' if style else ""
        properties = f"<w:pPr>{wanted}{extra}</w:pPr>" if wanted or extra else ""
        return f"<w:p>{properties}{start}{''.join(map(self.piece, pieces))}</w:p>"

    def marked(self, name: str) -> str:
        """A bookmark, the first of its name."""
        short = name[:_LONGEST_BOOKMARK]
        if short in self.named:
            return ""
        self.named.add(short)
        number = len(self.named)
        return f'<w:bookmarkStart w:id="{number}" w:name={quoteattr(short)}/><w:bookmarkEnd w:id="{number}"/>'

    def piece(self, piece: Piece) -> str:
        match piece:
            case Letter():
                return self.run(piece.text, f'<w:rStyle w:val="{LETTER}"/>')
            case Number():
                return self.run(piece.text, f'<w:rStyle w:val="{NUMBER}"/>')
            case Noted():
                self.notes.append(self.text(piece.text))
                return (
                    '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>'
                    f'<w:footnoteReference w:id="{len(self.notes)}"/></w:r>'
                )
            case Words(href=""):
                return self.run(piece.text, run_properties(piece))
            case Words():
                key = self.document.part.relate_to(piece.href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
                look = f'<w:rStyle w:val="Hyperlink"/>{run_properties(piece)}'
                return f"<w:hyperlink r:id={quoteattr(key)}>{self.run(piece.text, look)}</w:hyperlink>"

    def text(self, words: str) -> str:
        """Plain runs."""
        return self.run(words, "")

    def run(self, words: str, properties: str) -> str:
        dress = f"<w:rPr>{properties}</w:rPr>" if properties else ""
        return f"<w:r>{dress}{''.join(_text(words))}</w:r>" if words else ""

    def listing(self, block: Listing, level: int) -> str:
        number, style = 1, "ListBullet"
        if block.ordered:
            self.ordered += 1
            number, style = self.ordered + 2, "ListNumber"
        place = f'<w:numPr><w:ilvl w:val="{min(level, 8)}"/><w:numId w:val="{number}"/></w:numPr>'
        indent = f'<w:ind w:left="{400 * (min(level, 8) + 1)}"/>'
        found: list[str] = []
        for entry in block.entries:
            first = True
            for inner in entry:
                if isinstance(inner, Listing):
                    found.append(self.listing(inner, level + 1))
                elif isinstance(inner, Paragraph):
                    extra = place if first else indent
                    found.append(self.paragraph(style if first else "", inner.pieces, (_anchor(inner),), extra))
                else:
                    found.append(self.block(inner))
                first = False
        return "".join(found)

    def contents(self, block: Contents) -> str:
        """The list of contents: every line leads there, and its page number is a reference that is worked out again."""
        lines = []
        for target, words in block.entries:
            number = _field(f"PAGEREF {target} \\h", "", ' w:dirty="true"')
            entry = f"{self.text(words)}<w:r><w:tab/></w:r>{number}"
            link = f"<w:hyperlink w:anchor={quoteattr(target)}>{entry}</w:hyperlink>"
            lines.append(f'<w:p><w:pPr><w:pStyle w:val="TOC1"/></w:pPr>{link}</w:p>')
        return "".join(lines)


def _anchor(block: Paragraph) -> str:
    return bookmark(block.anchor) if block.anchor else ""


def _page(paper: Paper) -> tuple[int, int]:
    return (LONG, SHORT) if paper.landscape else (SHORT, LONG)


def _running(holder: Any, style: str, runs: str, paper: Paper) -> None:
    """Fills a header or footer with one paragraph whose tab leads to the right edge."""
    holder.is_linked_to_previous = False
    edge = _page(paper)[0] - 2 * MARGIN
    tabs = f'<w:tabs><w:tab w:val="clear" w:pos="9638"/><w:tab w:val="right" w:pos="{edge}"/></w:tabs>'
    properties = f'<w:pPr><w:pStyle w:val="{style}"/>{tabs if paper.landscape else ""}</w:pPr>'
    for child in list(holder._element):
        holder._element.remove(child)
    holder._element.append(parse_xml(f'<w:p xmlns:w="{W}">{properties}{runs}</w:p>'))


def _field(code: str, shown: str, old: str = "") -> str:
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"{old}/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'<w:r><w:t>{shown}</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def _text(words: str) -> Iterator[str]:
    """Text, tabs and line breaks, escaped."""
    for number, line in enumerate(clean(words).split("\n")):
        if number:
            yield "<w:br/>"
        for place, part in enumerate(line.split("\t")):
            if place:
                yield "<w:tab/>"
            if part:
                yield f'<w:t xml:space="preserve">{escape(part)}</w:t>'
