// The rows of a long list. A field is read of a block of rows at once: one crossing and one JSON.parse for all of them.

import type { ModelClass, Shape } from "./model.js";
import type { NativeRows } from "./native.js";

const BLOCK = 256;

export class Rows {
  readonly count: number;
  /** Every field that a row may have. */
  readonly columns: ReadonlyMap<PropertyKey, Column>;
  readonly #native: NativeRows;

  constructor(native: NativeRows, shape: Shape) {
    this.count = native.count();
    this.columns = new Map(native.fields().map((field) => [field, new Column(native, this.count, field, shape)]));
    this.#native = native;
  }

  /** The canonical values of a row. */
  values(row: number): Record<string, unknown> {
    return JSON.parse(this.#native.json(row)) as Record<string, unknown>;
  }
}

/** A field of all rows. */
export class Column {
  readonly #blocks: unknown[][] = [];
  readonly #native: NativeRows;
  readonly #count: number;
  readonly #field: string;
  readonly #isInstant: boolean;
  readonly #model: ModelClass | undefined;

  constructor(native: NativeRows, count: number, field: string, { instants, models }: Shape) {
    this.#native = native;
    this.#count = count;
    this.#field = field;
    this.#isInstant = instants?.includes(field) ?? false;
    this.#model = models?.[field];
  }

  /** The field of a row; undefined where the row has it not. */
  get(row: number): unknown {
    return (this.#blocks[Math.floor(row / BLOCK)] ?? this.#load(row))[row % BLOCK];
  }

  /** The same if it was read before. */
  read(row: number): unknown {
    return this.#blocks[Math.floor(row / BLOCK)]?.[row % BLOCK];
  }

  #load(row: number): unknown[] {
    const at = Math.floor(row / BLOCK);
    const from = at * BLOCK;
    const block = JSON.parse(this.#native.column(this.#field, from, Math.min(from + BLOCK, this.#count))) as unknown[];
    for (let place = 0; place < block.length; place += 1) {
      const value = block[place];
      if (Array.isArray(value)) block[place] = undefined;
      else if (this.#isInstant && typeof value === "string") block[place] = new Date(value);
      else if (this.#model && value) block[place] = new this.#model(value);
    }
    return (this.#blocks[at] = block);
  }
}
