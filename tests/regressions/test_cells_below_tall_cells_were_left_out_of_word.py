"""Where tall cells reach over every column of the next row, that row's own words were left out of the Word file."""

from __future__ import annotations

from server.documents.docx_tables import column_count, table_xml
from server.documents.paper import Cell, Grid, Paragraph, plain


def cell(words: str, *, columns: int = 1, rows: int = 1) -> Cell:
    return Cell((Paragraph(plain(words)),), columns=columns, rows=rows)


def written(grid: Grid) -> str:
    return table_xml(grid, 9000, lambda blocks, style: "".join(str(block) for block in blocks))


def test_a_row_below_tall_cells_keeps_its_words() -> None:
    grid = Grid(((cell("one", rows=9), cell("two", rows=9)), (cell("three"), cell("four", columns=2))), 0, "Table 1")
    assert column_count(grid) == 5
    for words in ("one", "two", "three", "four"):
        assert words in written(grid)


def test_a_wide_cell_never_covers_a_tall_one_beside_it() -> None:
    grid = Grid(((cell("a"), cell("tall", rows=2)), (cell("wide", columns=3), cell("last"))), 0, "Table 1")
    for words in ("a", "tall", "wide", "last"):
        assert words in written(grid)
