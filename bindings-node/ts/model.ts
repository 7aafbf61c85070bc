// The base of all models: what the service answers with, as objects.

import { INSPECT, type Inspect, MASK } from "./mask.js";

/** @internal */
export interface Shape {
  readonly instants?: readonly string[];
  readonly secrets?: readonly string[];
  readonly models?: { readonly [field: string]: ModelClass };
}

/** @internal */
export interface ModelClass<T extends Model = Model> {
  new (values: object): T;
  readonly shape: Shape;
}

/** What the service answered with. Fields that it left out are not there. */
export abstract class Model {
  /** @internal */
  static readonly shape: Shape = {};

  /** Fields that this version does not know, as they came. */
  declare readonly extra?: Record<string, unknown>;

  readonly #values: Record<string, unknown>;

  /** @internal */
  constructor(values: object) {
    this.#values = values as Record<string, unknown>;
    Object.assign(this, values);
    const { instants = [], models = {} } = new.target.shape;
    const fields = this as unknown as Record<string, unknown>;
    for (const name of instants) {
      if (typeof fields[name] === "string") fields[name] = new Date(fields[name]);
    }
    for (const [name, inner] of Object.entries(models)) {
      if (fields[name]) fields[name] = new inner(fields[name] as object);
    }
  }

  /** The canonical JSON, the same in every language: instants as their text on the wire, and secrets as they are. */
  toJSON(): Record<string, unknown> {
    return { ...this.#values };
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const shown = { ...this } as Record<string, unknown>;
    for (const name of (this.constructor as unknown as ModelClass).shape.secrets ?? []) {
      if (name in shown) shown[name] = MASK;
    }
    return `${this.constructor.name} ${inspect(shown, options)}`;
  }
}
