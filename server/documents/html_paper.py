"""Paper into HTML for PDF: the same blocks as in Word, escaped throughout, with CSS footnotes and repeated head rows.

Pure but for reading the template. Everything a person wrote passes through MarkupSafe here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from sections.redline.units import clean
from server.documents.docx_styles import COLOURS
from server.documents.docx_tables import column_shares
from server.documents.paper import (
    LANGUAGE,
    Cell,
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
)
from server.pages import web_root

_ORDER = ("bold", "italic", "underline", "strike")


def paper_html(paper: Paper) -> str:
    """The whole document as one HTML file that needs nothing else."""
    environment = Environment(
        loader=FileSystemLoader(web_root() / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    first, _, second = paper.header.partition("\t")
    return environment.get_template("export/paper.html").render(
        paper=paper,
        title=f"{paper.title}: {paper.header}".replace("\t", ", "),
        head=(first, second),
        language=LANGUAGE,
        colours={name: value for name, value in COLOURS.items() if name},
        body=_blocks(paper.blocks),
    )


def _blocks(blocks: Iterable[PaperBlock]) -> Markup:
    return Markup("\n").join(map(_block, blocks))


def _block(block: PaperBlock) -> Markup:
    match block:
        case Heading():
            place = Markup(' id="{}"').format(block.target) if block.target else ""
            return Markup("<h{0}{1}>{2}</h{0}>").format(min(block.level + 1, 6), place, _pieces(block.pieces))
        case Paragraph():
            return Markup('<p dir="auto">{}</p>').format(_pieces(block.pieces))
        case Listing():
            name = "ol" if block.ordered else "ul"
            entries = Markup("").join(Markup("<li>{}</li>").format(_blocks(entry)) for entry in block.entries)
            return Markup("<{0}>{1}</{0}>").format(name, entries)
        case Grid():
            return _grid(block)
        case Contents():
            lines = Markup("").join(
                Markup('<li><a href="#{}">{}</a></li>').format(target, words) for target, words in block.entries
            )
            return Markup('<ul class="contents">{}</ul>').format(lines)


def _grid(grid: Grid) -> Markup:
    shares = column_shares(grid)
    columns = Markup("").join(
        Markup('<col style="width: {}%">').format(100 * share // max(sum(shares), 1)) for share in shares
    )
    head = _rows(grid.rows[: grid.heads], "col")
    body = _rows(grid.rows[grid.heads :], "row")
    return Markup('<table aria-label="{}"><colgroup>{}</colgroup>{}<tbody>{}</tbody></table>').format(
        grid.name, columns, Markup("<thead>{}</thead>").format(head) if grid.heads else "", body
    )


def _rows(rows: Sequence[Sequence[Cell]], scope: str) -> Markup:
    return Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(_cell(cell, scope) for cell in row)) for row in rows
    )


def _cell(cell: Cell, scope: str) -> Markup:
    name = "th" if cell.head else "td"
    attributes = Markup(' scope="{}"').format(scope) if cell.head else Markup("")
    for attribute, value in (("colspan", cell.columns), ("rowspan", cell.rows)):
        if value > 1:
            attributes += Markup(' {}="{}"').format(attribute, value)
    return Markup("<{0}{1}>{2}</{0}>").format(name, attributes, _blocks(cell.blocks))


def _pieces(pieces: Iterable[Piece]) -> Markup:
    return Markup("").join(map(_piece, pieces))


def _piece(piece: Piece) -> Markup:
    match piece:
        case Letter():
            return Markup('<span class="letter">{}</span>').format(piece.text)
        case Number():
            return escape(piece.text)
        case Noted():
            return Markup('<span class="footnote">{}</span>').format(clean(piece.text))
        case Words():
            html = escape(clean(piece.text))
            if piece.style or piece.colour:
                names = [name for name in _ORDER if name in piece.style]
                names += [f"colour-{piece.colour}"] if piece.colour else []
                tag = "span" if not piece.hand else "del" if "strike" in piece.style else "ins"
                html = Markup('<{0} class="{1}">{2}</{0}>').format(tag, " ".join(names), html)
            return Markup('<a href="{}">{}</a>').format(piece.href, html) if piece.href else html
