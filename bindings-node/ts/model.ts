// The base of all models: what the service answers with, as objects.

import { own } from "./convert.js";
import { INSPECT, type Inspect, MASK } from "./mask.js";
import { Items } from "./items.js";

export interface Shape {
  readonly instants?: readonly string[];
  readonly secrets?: readonly string[];
  readonly models?: { readonly [field: string]: ModelClass };
}

export interface ModelClass<T extends Model = Model> {
  new (values: object | undefined, items?: Items, index?: number): T;
  readonly shape: Shape;
}

type Values = Record<string, unknown>;

const ORDINARY = { writable: true, enumerable: true, configurable: true };

/** By this key a model gives itself; the stand-in of an item gives the model behind it. */
const SELF = Symbol("self");

/** What the service answered with. Fields that it left out are not there. */
export abstract class Model {
  /** @internal */
  static readonly shape: Shape = {};

  /** Fields that this version does not know, as they came. */
  declare readonly extra?: Record<string, unknown>;

  /** The canonical values, once they are its own. */
  #values: Values | undefined;
  /** The items that they are still in. */
  #items: Items | undefined;
  readonly #index: number;

  /** Of values, or of an item. @internal */
  constructor(values: object | undefined, items?: Items, index = 0) {
    this.#items = items;
    this.#index = index;
    if (values) this.#fill(values as Values);
  }

  /**
   * The models of all items. Each reads a field when it is asked for, and becomes whole when it is asked for more.
   * @internal
   */
  static ofItems<T extends Model>(model: ModelClass<T>, items: Items): T[] {
    const handler = Model.#handler as ProxyHandler<T>;
    const models = new Array<T>(items.count);
    for (let index = 0; index < models.length; index += 1) models[index] = new Proxy(new model(undefined, items, index), handler);
    return models;
  }

  /** The traps of an item; one object for all, since making it for each would cost more than the items. */
  static readonly #handler: ProxyHandler<Model> = {
    get(target, key, receiver) {
      const column = target.#items?.columns.get(key);
      if (column) return column.get(target.#index);
      if (key === SELF) return target;
      if (key === "extra") target.#whole();
      return Reflect.get(target, key, receiver) as unknown;
    },
    has: (target, key) => Reflect.has(target.#whole(), key),
    ownKeys: (target) => Reflect.ownKeys(target.#whole()),
    getOwnPropertyDescriptor: (target, key) => Reflect.getOwnPropertyDescriptor(target.#whole(), key),
    set: (target, key, value) => Reflect.set(target.#whole(), key, value),
    defineProperty: (target, key, property) => Reflect.defineProperty(target.#whole(), key, property),
    deleteProperty: (target, key) => Reflect.deleteProperty(target.#whole(), key),
    preventExtensions: (target) => Reflect.preventExtensions(target.#whole()),
  };

  /** Makes own properties of all fields, where they are still in the items. */
  #whole(): this {
    const items = this.#items;
    if (!items) return this;
    this.#items = undefined;
    const values = items.values(this.#index);
    const read = Object.keys(values).map((name) => [name, items.columns.get(name)?.read(this.#index)] as const);
    this.#fill(values);
    // What was read before stays the same object, here and in the JSON.
    for (const [name, value] of read) {
      if (value === undefined) continue;
      (this as unknown as Values)[name] = value;
      if (!(value instanceof Date || value instanceof Model)) values[name] = value;
    }
    return this;
  }

  #fill(values: Values): void {
    this.#values = values;
    const { instants, models } = (this.constructor as unknown as ModelClass).shape;
    const fields = this as unknown as Values;
    for (const name of Object.keys(values)) {
      // An assignment could call a setter that a program added to `Object.prototype`.
      if (name in fields) {
        Object.defineProperty(fields, name, own({ value: values[name], ...ORDINARY }));
      } else fields[name] = values[name];
    }
    if (instants) {
      for (const name of instants) {
        const text = Object.hasOwn(fields, name) && fields[name];
        if (typeof text === "string") fields[name] = new Date(text);
      }
    }
    if (models) {
      for (const name of Object.keys(models)) {
        const inner = Object.hasOwn(fields, name) && fields[name];
        if (inner) fields[name] = new models[name]!(inner as object);
      }
    }
  }

  /** @internal */
  get [SELF](): Model {
    return this;
  }

  /** A model is no promise, whatever `Object.prototype` has. @internal */
  get then(): undefined {
    return undefined;
  }

  /** The canonical JSON, the same in every language: instants as their text on the wire, and secrets as they are. */
  toJSON(): Record<string, unknown> {
    return { ...this[SELF].#whole().#values };
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const model = this[SELF].#whole();
    const shown = { ...model } as Values;
    for (const name of (model.constructor as unknown as ModelClass).shape.secrets ?? []) {
      if (name in shown) shown[name] = MASK;
    }
    return `${model.constructor.name} ${inspect(shown, options)}`;
  }
}
