// The base class of all models.

import { Unconvertible, own, plain } from "./convert.js";
import { INSPECT, type Inspect, MASK } from "./mask.js";
import { Items } from "./items.js";
import { native } from "./native.js";

export interface Shape {
  /** The name of the model. That of the class may be changed by a bundler. */
  readonly model: string;
  /** The contract of the service whose operations return it. Default: `server`. */
  readonly surface?: string;
  readonly instants?: readonly string[];
  readonly secrets?: readonly string[];
  readonly models?: Readonly<Record<string, ModelClass>>;
}

export interface ModelClass<T extends Model = Model> {
  new (values: object | undefined, items?: Items, index?: number): T;
  readonly shape: Shape;
}

type Values = Record<string, unknown>;

const ORDINARY = { writable: true, enumerable: true, configurable: true };

/** The key of the model itself: of the target, for a proxy. */
const SELF = Symbol("self");

/** A model of the API. Fields that the service did not send are missing. */
export abstract class Model {
  /** @internal */
  static readonly shape: Shape = { model: "" };

  /** Fields that this version does not know, as received. */
  declare readonly extra?: Record<string, unknown>;

  /** The canonical values, if loaded. */
  #values: Values | undefined;
  /** The items that contain the values, until they are loaded. */
  #items: Items | undefined;
  readonly #index: number;

  /** Creates a model from values, or from an item. @internal */
  constructor(values: object | undefined, items?: Items, index = 0) {
    this.#items = items;
    this.#index = index;
    if (values) this.#fill(values as Values);
  }

  /**
   * Returns a model of its canonical form, as `toJSON` returns it: a text in JSON, or the object that it contains. Instants may be
   * `Date`s.
   *
   * @throws {TypeError} If the value is not the canonical form of the model.
   */
  static fromJSON<T extends Model>(this: new (...args: never[]) => T, value: unknown): T {
    const model = this as unknown as ModelClass<T>;
    const { surface = "server", model: name } = model.shape;
    const { body, why } = native.canonical(surface, name, jsonOf(value));
    if (body === undefined) throw new TypeError(why ?? `${model.name} is not a model of the API`);
    return new model(JSON.parse(body) as object);
  }

  /**
   * Returns the models of all items. Each loads a field on access, and all fields for any other use.
   * @internal
   */
  static ofItems<T extends Model>(model: ModelClass<T>, items: Items): T[] {
    const handler = Model.#handler as ProxyHandler<T>;
    const models = new Array<T>(items.count);
    for (let index = 0; index < models.length; index += 1) models[index] = new Proxy(new model(undefined, items, index), handler);
    return models;
  }

  /** The traps of the proxies. All share one object, since one for each would cost more than the items. */
  static readonly #handler: ProxyHandler<Model> = {
    get(target, key, receiver) {
      const column = target.#items?.columns.get(key);
      if (column) return column.get(target.#index);
      if (key === SELF) return target;
      if (key === "extra") target.#load();
      return Reflect.get(target, key, receiver) as unknown;
    },
    has: (target, key) => Reflect.has(target.#load(), key),
    ownKeys: (target) => Reflect.ownKeys(target.#load()),
    getOwnPropertyDescriptor: (target, key) => Reflect.getOwnPropertyDescriptor(target.#load(), key),
    set: (target, key, value) => Reflect.set(target.#load(), key, value),
    defineProperty: (target, key, property) => Reflect.defineProperty(target.#load(), key, property),
    deleteProperty: (target, key) => Reflect.deleteProperty(target.#load(), key),
    preventExtensions: (target) => Reflect.preventExtensions(target.#load()),
  };

  /** Loads all fields into own properties, if not done yet. */
  #load(): this {
    const items = this.#items;
    if (!items) return this;
    this.#items = undefined;
    const values = items.values(this.#index);
    const read = Object.keys(values).map((name) => [name, items.columns.get(name)?.read(this.#index)] as const);
    this.#fill(values);
    // Values that were read before stay the same objects, here and in the JSON.
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
        if (Array.isArray(inner)) fields[name] = inner.map((item) => new models[name](item as object));
        else if (inner) fields[name] = new models[name](inner);
      }
    }
  }

  /** @internal */
  get [SELF](): this {
    return this;
  }

  /** Models are not promises, even if `Object.prototype` has a `then`. @internal */
  get then(): undefined {
    return undefined;
  }

  /** Returns the canonical JSON, the same in every language: instants in RFC 3339, secrets unmasked. */
  toJSON(): Record<string, unknown> {
    return { ...this[SELF].#load().#values };
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const model = this[SELF].#load();
    const fields = { ...model } as Values;
    for (const name of (model.constructor as unknown as ModelClass).shape.secrets ?? []) {
      if (name in fields) fields[name] = MASK;
    }
    return `${model.constructor.name} ${inspect(fields, options)}`;
  }
}

/** Returns a value, or the value of a text in JSON, as JSON. */
function jsonOf(value: unknown): string {
  let parsed = value;
  if (typeof value === "string") {
    try {
      parsed = JSON.parse(value);
    } catch {
      // The core rejects it. The message of JavaScript would quote the text, which may contain a secret.
      return value;
    }
  }
  try {
    return JSON.stringify(plain(parsed, "the value"));
  } catch (error) {
    throw error instanceof Unconvertible ? new TypeError(error.why) : error;
  }
}
