// Converts JavaScript values to JSON for the core. Values that JSON cannot represent are rejected before anything is sent.

import { spellings } from "./generated/names.js";

const canonicalNames = new Map(Array.from(spellings, ([canonical, spelled]) => [spelled, canonical]));

/** A value that JSON cannot represent. The core creates the error. */
export class Unconvertible {
  constructor(
    /** The parameter or option that contains it. */
    readonly parameter: string | undefined,
    readonly why: string,
  ) {}
}

/** The name of an unknown option or parameter. */
export class Unknown {
  constructor(
    readonly what: "option" | "parameter",
    readonly name: string,
    /** The known names, or the suggested one. */
    readonly known: readonly string[],
  ) {}
}

/** Far below the maximum depth of the core's parser. */
const MAX_DEPTH = 100;

/** Returns the canonical name of a parameter or an option. */
export function canonicalName(name: string): string {
  return canonicalNames.get(name) ?? name;
}

/** Converts parameters to their canonical names, without those to `skip`. `undefined` means "not set". */
export function convertParams(
  params: Readonly<Record<string, unknown>>,
  what: Unknown["what"] = "parameter",
  skip?: ReadonlySet<string>,
): Record<string, unknown> {
  const converted = bare();
  for (const name of Object.keys(params)) {
    const value = params[name];
    if (value === undefined || skip?.has(name)) continue;
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new Unconvertible(name, `${name} is beyond 2^53, where numbers are not exact; pass it as a string`);
    }
    const spelled = spellings.get(name);
    // A parameter has one name in each language.
    if (spelled !== undefined) throw new Unknown(what, name, [spelled]);
    converted[canonicalName(name)] = plain(value, name);
  }
  return converted;
}

/** Returns an object in which `__proto__` is an ordinary name. */
function bare(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

/**
 * Returns the own enumerable properties of an object, in an object without a prototype: properties that a program or another
 * library added to `Object.prototype` are ignored.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- The caller names the type of its fields.
export function named<T extends object = Readonly<Record<string, unknown>>>(value: unknown, otherwise: string): T {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unconvertible(undefined, otherwise);
  return own(value as T);
}

/** Returns a copy without a prototype. */
export function own<T extends object>(value: T): T {
  return Object.assign(bare(), value);
}

/** Returns the own entries of an object that are not undefined. */
export function entries(value: unknown, otherwise: string): [string, unknown][] {
  return Object.entries(named(value, otherwise)).filter(([, value]) => value !== undefined);
}

/**
 * Returns a property of an object or of its class. Properties of `Object.prototype`, in any realm, are ignored.
 */
export function property(value: object, key: PropertyKey): unknown {
  for (let at = value; ;) {
    const prototype = Object.getPrototypeOf(at) as object | null;
    if (prototype === null && at !== value) return undefined;
    if (Object.hasOwn(at, key)) return Reflect.get(at, key, value);
    if (prototype === null) return undefined;
    at = prototype;
  }
}

/** Returns the JSON of a literal; a `toJSON` that a program added to `Object.prototype` is not called. */
export function json(value: unknown): string {
  return JSON.stringify(bareCopy(value));
}

function bareCopy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Object.setPrototypeOf(Array.from(value, bareCopy), null);
  const copy = bare();
  for (const name of Object.keys(value)) copy[name] = bareCopy((value as Record<string, unknown>)[name]);
  return copy;
}

/** Converts a value to one that JSON can represent. */
export function plain(value: unknown, parameter: string): unknown {
  if (typeof value === "string" && isWellFormed(value)) return value;
  const ancestors = new Set<object>();
  const reject = (why: string): never => {
    throw new Unconvertible(parameter, `${parameter} contains ${why}`);
  };
  const convert = (value: unknown): unknown => {
    switch (typeof value) {
      case "boolean":
        return value;
      case "string":
        return isWellFormed(value) ? value : reject("text that is not valid Unicode");
      case "number":
        return Number.isFinite(value) ? value : reject(`${value}, which JSON cannot represent`);
      case "bigint":
        return reject("a BigInt, which JSON cannot represent; pass it as a string");
      case "object":
        return value === null ? null : convertObject(value);
      default:
        return reject(`${value === undefined ? "undefined in a list" : `a ${typeof value}`}, which JSON cannot represent`);
    }
  };
  const convertObject = (value: object): unknown => {
    if (ancestors.has(value)) return reject("a cycle, which JSON cannot represent");
    if (ancestors.size === MAX_DEPTH) return reject(`more than ${MAX_DEPTH} levels`);
    ancestors.add(value);
    let converted: unknown;
    if (Array.isArray(value)) {
      // Array.from, since map would keep holes. Without a prototype, so that JSON.stringify finds no toJSON.
      converted = Object.setPrototypeOf(Array.from(value, convert), null);
    } else if (value instanceof Date) {
      converted = Number.isNaN(value.getTime()) ? reject("an invalid Date") : value.toISOString();
    } else if (!ArrayBuffer.isView(value) && typeof property(value, "toJSON") === "function") {
      converted = convert((value as { toJSON(): unknown }).toJSON());
    } else if (isPlain(value)) {
      const copy = bare();
      for (const [name, inner] of Object.entries(value)) {
        if (inner !== undefined) copy[convert(name) as string] = convert(inner);
      }
      converted = copy;
    } else {
      converted = reject("an instance of a class, which JSON cannot represent; pass a plain object");
    }
    ancestors.delete(value);
    return converted;
  };
  return convert(value);
}

function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}

/** Whether an object is a literal, in any realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Converts milliseconds to seconds. */
export function seconds(milliseconds: unknown, option: string): number {
  if (typeof milliseconds !== "number" || !Number.isFinite(milliseconds) || milliseconds <= 0) {
    throw new Unconvertible(option, `${option} must be a positive number of milliseconds`);
  }
  return milliseconds / 1000;
}

/** Converts milliseconds to seconds, including 0. */
export function secondsOrZero(milliseconds: unknown, option: string): number {
  return milliseconds === 0 ? 0 : seconds(milliseconds, option);
}

/** Checks an integer from 0. */
export function count(value: unknown, option: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new Unconvertible(option, `${option} must be an integer from 0`);
  }
  return value;
}

/** Converts an object of strings, or pairs of strings, to pairs. */
export function textPairs(value: unknown, option: string): [string, string][] {
  const invalid = new Unconvertible(option, `${option} must be an object of strings, or pairs of strings`);
  if (typeof value !== "object" || value === null) throw invalid;
  const isIterable = typeof property(value, Symbol.iterator) === "function";
  const pairs: unknown[] = isIterable ? [...(value as Iterable<unknown>)] : entries(value, invalid.why);
  return pairs.map((pair) => {
    if (!Array.isArray(pair) || typeof pair[0] !== "string" || typeof pair[1] !== "string") throw invalid;
    return [pair[0], pair[1]];
  });
}

/** Converts a value unless it is undefined or null. */
export function ifSet<T, U>(value: T | undefined | null, convert: (value: T) => U): U | undefined {
  return value === undefined || value === null ? undefined : convert(value);
}
