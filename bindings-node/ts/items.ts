// The items of a long list. Reading a field loads it for a block of items, with one native call and one JSON.parse.

import type { ModelClass, Shape } from "./model.js";
import type { NativeItems } from "./native.js";

const BLOCK = 256;

export class Items {
  readonly count: number;
  /** The fields that an item may have. */
  readonly columns: ReadonlyMap<PropertyKey, Column>;
  readonly #native: NativeItems;

  constructor(native: NativeItems, shape: Shape) {
    this.count = native.count();
    this.columns = new Map(native.fields().map((field) => [field, new Column(native, this.count, field, shape)]));
    this.#native = native;
  }

  /** Returns the canonical values of an item. */
  values(index: number): Record<string, unknown> {
    return JSON.parse(this.#native.json(index)) as Record<string, unknown>;
  }
}

/** A field of all items. */
export class Column {
  readonly #blocks: unknown[][] = [];
  readonly #native: NativeItems;
  readonly #count: number;
  readonly #field: string;
  readonly #isInstant: boolean;
  readonly #model: ModelClass | undefined;

  constructor(native: NativeItems, count: number, field: string, { instants, models }: Shape) {
    this.#native = native;
    this.#count = count;
    this.#field = field;
    this.#isInstant = instants?.includes(field) ?? false;
    this.#model = models?.[field];
  }

  /** Returns the field of an item, or undefined if it is missing. */
  get(index: number): unknown {
    return (this.#blocks[Math.floor(index / BLOCK)] ?? this.#load(index))[index % BLOCK];
  }

  /** Returns the field of an item if it is already loaded. */
  read(index: number): unknown {
    return this.#blocks[Math.floor(index / BLOCK)]?.[index % BLOCK];
  }

  #list(value: unknown): unknown {
    const model = this.#model;
    return model && Array.isArray(value) ? value.map((item) => new model(item as object)) : value;
  }

  #load(index: number): unknown[] {
    const at = Math.floor(index / BLOCK);
    const from = at * BLOCK;
    const block = JSON.parse(this.#native.column(this.#field, from, Math.min(from + BLOCK, this.#count))) as unknown[];
    for (let place = 0; place < block.length; place += 1) {
      const value = block[place];
      // A list stands in a list, which is empty for a field that an item has not.
      if (Array.isArray(value)) block[place] = this.#list(value[0]);
      else if (this.#isInstant && typeof value === "string") block[place] = new Date(value);
      else if (this.#model && value) block[place] = new this.#model(value);
    }
    return (this.#blocks[at] = block);
  }
}
