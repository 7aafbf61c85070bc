// Models for tests, made from their fields.

import { Model, type ModelClass } from "./model.js";

/** An API key that has the format of a key and that no service accepts. */
export const DUMMY_KEY = "ah_test_exampleexampleexampleexample0000";

/** A token that has the format of a token and that no service accepts. */
export const DUMMY_TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJleGFtcGxlIn0.example";

export type FieldKind = "id" | "text" | "integer" | "number" | "flag" | "instant" | "object" | "model";

/** The fields of a model: their kinds, and the values of those that a model always has, or functions that make them. */
export type Fields = Readonly<Record<string, { readonly kind: FieldKind; readonly value?: unknown }>>;

/** Returns a model of these fields. */
export function make<T extends Model>(model: ModelClass<T>, known: Fields, fields: object): T {
  if (typeof fields !== "object" || fields === null) throw new TypeError(`the fields of ${model.name} must be an object`);
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, { value }] of Object.entries(known)) {
    if (value !== undefined) values[name] = canonical(typeof value === "function" ? (value as () => unknown)() : value);
  }
  for (const [name, value] of Object.entries(fields)) {
    const kind = name === "extra" ? "object" : known[name]?.kind;
    if (kind === undefined) throw new TypeError(`${model.name} has no field ${name}`);
    if (value === undefined) continue;
    const isRequired = known[name]?.value !== undefined;
    if (value === null ? isRequired : !fits[kind](value)) {
      throw new TypeError(`${name} of ${model.name} has the wrong type, ${value === null ? "null" : typeof value}`);
    }
    values[name] = kind === "id" && value !== null ? String(value) : canonical(value);
  }
  return new model(values);
}

/** The value as it is in JSON. */
function canonical(value: unknown): unknown {
  return value instanceof Date || value instanceof Model ? value.toJSON() : value;
}

const fits: Record<FieldKind, (value: unknown) => boolean> = {
  id: (value) => typeof value === "string" || Number.isSafeInteger(value),
  text: (value) => typeof value === "string",
  integer: (value) => Number.isSafeInteger(value),
  number: (value) => Number.isFinite(value),
  flag: (value) => typeof value === "boolean",
  instant: (value) =>
    !Number.isNaN(value instanceof Date ? value.getTime() : typeof value === "string" ? Date.parse(value) : NaN),
  object: (value) => typeof value === "object" && !Array.isArray(value),
  model: (value) => value instanceof Model,
};
