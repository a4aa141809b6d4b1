"""Tables in Word: head rows that are repeated on every page, rows that stay whole, cells that span. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from xml.sax.saxutils import quoteattr

from server.documents.paper import Cell, Grid, PaperBlock, Words, every_piece

Inside = Callable[[Sequence[PaperBlock], str], str]
"""Writes what is in a cell, its paragraphs in the style named."""
_SHADE = '<w:shd w:val="clear" w:color="auto" w:fill="F3F2F1"/>'
_LINE, _MUCH, _LONG_WORD = 78, 160, 24
"""Letters on a line, letters that count as much text, and letters of a word that is given room whole."""
_KEEP_WHOLE = 1200
"""A row with fewer characters than this is not cut by the end of a page."""


def table_xml(grid: Grid, line: int, inside: Inside) -> str:
    """One table as wide as the line."""
    shares = column_shares(grid)
    columns = len(shares)
    widths = [line * share // sum(shares) for share in shares]
    held: dict[int, tuple[int, int]] = {}  # column -> rows still to fill below a tall cell, and how wide it is
    rows: list[str] = []
    for place, row in enumerate(grid.rows):
        cells: list[str] = []
        column = 0
        waiting = list(row)
        while column < columns:
            if held.get(column, (0, 0))[0]:
                left, wide = held[column]
                held[column] = (left - 1, wide)
                cells.append(_cell(widths[column : column + wide], wide, "<w:vMerge/>", "<w:p/>", head=False))
                column += wide
                continue
            cell = waiting.pop(0) if waiting else Cell(())
            wide = _room(cell.columns, column, columns, {start for start, (left, _) in held.items() if left})
            merge = '<w:vMerge w:val="restart"/>' if cell.rows > 1 else ""
            if cell.rows > 1:
                held[column] = (cell.rows - 1, wide)
            shown = inside(cell.blocks, "HeadCell" if place < grid.heads else "CellText")
            cells.append(_cell(widths[column : column + wide], wide, merge, shown, head=cell.head))
            column += wide
        whole = "".join(cells)
        keep = "<w:cantSplit/>" if len(whole) < _KEEP_WHOLE * 4 else ""
        repeat = "<w:tblHeader/>" if place < grid.heads else ""
        rows.append(f"<w:tr><w:trPr>{keep}{repeat}</w:trPr>{whole}</w:tr>")
    columns_xml = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    first_row, first_column = int(grid.heads > 0), int(not grid.heads)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{line}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblLook w:val="0020" w:firstRow="{first_row}" w:lastRow="0" '
        f'w:firstColumn="{first_column}" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
        f"<w:tblCaption w:val={quoteattr(grid.name)}/></w:tblPr>"
        f"<w:tblGrid>{columns_xml}</w:tblGrid>{''.join(rows)}</w:tbl>"
        '<w:p><w:pPr><w:pStyle w:val="TableEnd"/></w:pPr></w:p>'
    )


def _cell(widths: Sequence[int], wide: int, merge: str, shown: str, *, head: bool) -> str:
    span = f'<w:gridSpan w:val="{wide}"/>' if wide > 1 else ""
    shade = _SHADE if head else ""
    return f'<w:tc><w:tcPr><w:tcW w:w="{sum(widths)}" w:type="dxa"/>{span}{merge}{shade}</w:tcPr>{shown}</w:tc>'


def _room(wanted: int, column: int, columns: int, taken: set[int]) -> int:
    """How many columns a cell gets that stands at ``column``: never those of a tall cell beside it."""
    end = min(column + wanted, columns)
    return min((one for one in taken if column < one < end), default=end) - column


def column_count(grid: Grid) -> int:
    """So many columns that every cell has a place, also beside tall cells that reach down from rows above."""
    tall: dict[int, int] = {}  # column -> rows still to fill
    most = 1
    for row in grid.rows:
        taken = {column for column, left in tall.items() if left}
        for column in taken:
            tall[column] -= 1
        column = 0
        for cell in row:
            while column in taken:
                column += 1
            wide = _room(cell.columns, column, column + cell.columns, taken)
            if cell.rows > 1:
                tall.update(dict.fromkeys(range(column, column + wide), cell.rows - 1))
            column += wide
        most = max([most, column, *(one + 1 for one in taken)])
    return most


def column_shares(grid: Grid) -> list[int]:
    """How the line is shared out: as asked for, or by how much text stands in each column."""
    columns = column_count(grid)
    return list(grid.widths) if len(grid.widths) == columns else _by_text(grid, columns)


def _by_text(grid: Grid, columns: int) -> list[int]:
    """Enough for the longest word of each column, and the rest of the line by how much text there is."""
    longest = [1] * columns
    words = [1] * columns
    for row in grid.rows:
        column = 0
        for cell in row:
            if cell.columns == 1 and column < columns:
                text = _cell_text(cell)
                longest[column] = max(longest[column], min(len(text), _MUCH))
                words[column] = max(words[column], *(min(len(word), _LONG_WORD) for word in text.split()), 1)
            column += cell.columns
    least = [word * 6 // 5 + 3 for word in words]
    left = max(_LINE - sum(least), 0)
    wishes = [long**0.7 for long in longest]
    return [10 * own + int(10 * left * wish / sum(wishes)) for own, wish in zip(least, wishes, strict=True)]


def _cell_text(cell: Cell) -> str:
    """The words in a cell, for measuring."""
    return " ".join(piece.text for piece in every_piece(cell.blocks) if isinstance(piece, Words))
