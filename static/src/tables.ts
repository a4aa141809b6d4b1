// Rows and columns. Our own few commands: cells keep their spans as strings, as the shared schema says, and nothing
// here ever changes a table on its own. A table is a list of rows, a row a list of cells, counted from the left.

import type { Node, ResolvedPos } from "prosemirror-model";
import { Selection, TextSelection, type Command, type EditorState, type Transaction } from "prosemirror-state";
import { type } from "./schema";

interface Cell {
  readonly table: Node;
  /** Position before the table. */
  readonly at: number;
  readonly row: number;
  readonly column: number;
}

const isCell = (node: Node) => node.type.name === "table_cell" || node.type.name === "table_header";

function cellAround($pos: ResolvedPos): Cell | null {
  for (let depth = $pos.depth; depth > 1; depth -= 1) {
    if (!isCell($pos.node(depth))) continue;
    return { table: $pos.node(depth - 2), at: $pos.before(depth - 2), row: $pos.index(depth - 2), column: $pos.index(depth - 1) };
  }
  return null;
}

export function isInTable(state: EditorState): boolean {
  return cellAround(state.selection.$head) !== null;
}

function emptyCell(like: Node | null): Node {
  const kind = like?.type.name === "table_header" ? "table_header" : "table_cell";
  return type(kind).create(null, type("paragraph").create());
}

/** Position before the given row of a table that stands at `at`. */
function rowAt(table: Node, at: number, row: number): number {
  let pos = at + 1;
  for (let index = 0; index < row; index += 1) pos += table.child(index).nodeSize;
  return pos;
}

function cellAt(table: Node, at: number, row: number, column: number): number {
  let pos = rowAt(table, at, row) + 1;
  const cells = table.child(row);
  for (let index = 0; index < Math.min(column, cells.childCount); index += 1) pos += cells.child(index).nodeSize;
  return pos;
}

function withCaret(tr: Transaction, pos: number): Transaction {
  return tr.setSelection(Selection.near(tr.doc.resolve(pos), 1)).scrollIntoView();
}

type Change = (tr: Transaction, cell: Cell) => Transaction;

function inTable(change: Change): Command {
  return (state, dispatch) => {
    const cell = cellAround(state.selection.$head);
    if (cell === null) return false;
    dispatch?.(change(state.tr, cell));
    return true;
  };
}

function addRow(offset: 0 | 1): Command {
  return inTable((tr, { table, at, row }) => {
    const width = table.child(row).childCount;
    const cells = Array.from({ length: width }, () => emptyCell(null));
    const pos = rowAt(table, at, row + offset);
    return withCaret(tr.insert(pos, type("table_row").create(null, cells)), pos + 2);
  });
}

function addColumn(offset: 0 | 1): Command {
  return inTable((tr, { table, at, row, column }) => {
    for (let index = table.childCount - 1; index >= 0; index -= 1) {
      const cells = table.child(index);
      const like = cells.maybeChild(Math.min(column, cells.childCount - 1));
      tr.insert(cellAt(table, at, index, column + offset), emptyCell(like));
    }
    const grown = tr.doc.nodeAt(at);
    return grown === null ? tr : withCaret(tr, cellAt(grown, at, row, column + offset) + 1);
  });
}

const removeTable = inTable((tr, { table, at }) => {
  tr.delete(at, at + table.nodeSize);
  return withCaret(tr, Math.min(at, tr.doc.content.size));
});

const removeRow: Command = (state, dispatch, view) => {
  const cell = cellAround(state.selection.$head);
  if (cell?.table.childCount === 1) return removeTable(state, dispatch, view);
  return inTable((tr, { table, at, row }) => {
    const pos = rowAt(table, at, row);
    tr.delete(pos, pos + table.child(row).nodeSize);
    return withCaret(tr, Math.min(pos + 2, tr.doc.content.size));
  })(state, dispatch, view);
};

const removeColumn: Command = (state, dispatch, view) => {
  const cell = cellAround(state.selection.$head);
  if (cell?.table.child(cell.row).childCount === 1) return removeTable(state, dispatch, view);
  return inTable((tr, { table, at, row, column }) => {
    for (let index = table.childCount - 1; index >= 0; index -= 1) {
      const cells = table.child(index);
      const gone = cells.maybeChild(column);
      // A short row keeps its last cell: a row without cells could not be typed in.
      if (gone === null || cells.childCount === 1) continue;
      const pos = cellAt(table, at, index, column);
      tr.delete(pos, pos + gone.nodeSize);
    }
    const left = tr.doc.nodeAt(at);
    return left === null ? tr : withCaret(tr, cellAt(left, at, row, Math.max(0, column - 1)) + 1);
  })(state, dispatch, view);
};

/** Where the blocks stand that go when something is removed. */
export type Goes = (state: EditorState) => number[];

function goes(find: (cell: Cell) => number[]): Goes {
  return (state) => {
    const cell = cellAround(state.selection.$head);
    return cell === null ? [] : find(cell);
  };
}

const rowGoes = goes(({ table, at, row }) => [rowAt(table, at, row)]);
const tableGoes = goes(({ at }) => [at]);
const columnGoes = goes(({ table, at, column }) => {
  const places: number[] = [];
  for (let row = 0; row < table.childCount; row += 1) if (column < table.child(row).childCount) places.push(cellAt(table, at, row, column));
  return places;
});

export const tableCommands: readonly { readonly words: string; readonly run: Command; readonly goes?: Goes }[] = [
  { words: "Add a row above", run: addRow(0) },
  { words: "Add a row below", run: addRow(1) },
  { words: "Add a column before", run: addColumn(0) },
  { words: "Add a column after", run: addColumn(1) },
  { words: "Remove this row", run: removeRow, goes: rowGoes },
  { words: "Remove this column", run: removeColumn, goes: columnGoes },
  { words: "Remove the whole table", run: removeTable, goes: tableGoes },
];

/** A new table: one row of headings and two rows of cells, three columns. */
export const insertTable: Command = (state, dispatch) => {
  const { $from } = state.selection;
  const row = (kind: string) =>
    type("table_row").create(
      null,
      Array.from({ length: 3 }, () => type(kind).create(null, type("paragraph").create())),
    );
  const table = type("table").create(null, [row("table_header"), row("table_cell"), row("table_cell")]);
  // It goes after the block the caret is in, at the nearest level that may hold a table.
  for (let depth = $from.depth; depth >= 1; depth -= 1) {
    const parent = $from.node(depth - 1);
    if (isCell(parent)) return false;
    const index = $from.indexAfter(depth - 1);
    if (!parent.canReplaceWith(index, index, table.type)) continue;
    const pos = $from.after(depth);
    dispatch?.(withCaret(state.tr.insert(pos, table), pos + 3));
    return true;
  }
  return false;
};

/** Tab and Shift+Tab inside a table; past the last or first cell they leave the text as everywhere else. */
export function toNextCell(direction: 1 | -1): Command {
  return (state, dispatch) => {
    const cell = cellAround(state.selection.$head);
    if (cell === null) return false;
    let { row, column } = cell;
    column += direction;
    if (column < 0) {
      row -= 1;
      column = row < 0 ? 0 : cell.table.child(row).childCount - 1;
    } else if (column >= cell.table.child(row).childCount) {
      row += 1;
      column = 0;
    }
    if (row < 0 || row >= cell.table.childCount) return false;
    const start = cellAt(cell.table, cell.at, row, column);
    const node = state.doc.nodeAt(start);
    if (node === null) return false;
    const $start = Selection.near(state.doc.resolve(start + 1), 1).from;
    const $end = Selection.near(state.doc.resolve(start + node.nodeSize - 1), -1).to;
    dispatch?.(state.tr.setSelection(TextSelection.create(state.doc, $start, Math.max($start, $end))).scrollIntoView());
    return true;
  };
}
