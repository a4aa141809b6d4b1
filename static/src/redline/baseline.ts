// The baseline as the server sends it, and where each block stands. Frozen by sections/redline/baseline.py; never
// changed here.

export interface Block {
  readonly id: string;
  readonly type: string;
  readonly attrs?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly blocks?: readonly Block[];
}

export interface BaselineValue {
  readonly version: number;
  readonly section: string;
  readonly hash: string;
  readonly blocks: readonly Block[];
}

export interface Place {
  readonly block: Block;
  readonly parent: Block | null;
}

export const ITEM_TYPES: ReadonlySet<string> = new Set(["need", "outcome", "provision"]);
export const LIST_TYPES: ReadonlySet<string> = new Set(["bullet_list", "ordered_list"]);
export const CELL_TYPES: ReadonlySet<string> = new Set(["table_cell", "table_header"]);
/** What `rm` may name: a title, a field and a cell belong to what holds them. */
export const REMOVABLE: ReadonlySet<string> = new Set([
  "paragraph",
  "heading",
  "list_item",
  "table",
  "table_row",
  ...LIST_TYPES,
  ...ITEM_TYPES,
]);

export class Baseline {
  readonly version: number;
  readonly section: string;
  readonly hash: string;
  readonly blocks: readonly Block[];
  readonly places: ReadonlyMap<string, Place>;

  constructor(value: BaselineValue) {
    this.version = value.version;
    this.section = value.section;
    this.hash = value.hash;
    this.blocks = value.blocks;
    const places = new Map<string, Place>();
    index(value.blocks, null, places);
    this.places = places;
  }

  text(id: string): string {
    return this.places.get(id)?.block.text ?? "";
  }

  /** The blocks around this one, the nearest first. */
  ancestors(id: string): Block[] {
    const found: Block[] = [];
    for (let parent = this.places.get(id)?.parent; parent; parent = this.places.get(parent.id)?.parent) {
      found.push(parent);
    }
    return found;
  }
}

function index(blocks: readonly Block[], parent: Block | null, places: Map<string, Place>): void {
  for (const block of blocks) {
    places.set(block.id, { block, parent });
    index(block.blocks ?? [], block, places);
  }
}
