// JavaScript values to the JSON that the core takes. What JSON does not have is refused here, before anything is sent.

import { spellings } from "./generated/names.js";

const canonicalNames = new Map(Array.from(spellings, ([canonical, spelled]) => [spelled, canonical]));

/** A value that cannot be sent. It is no error by itself: the core makes one of it. */
export class Unconvertible {
  constructor(
    /** The parameter or option that holds it. */
    readonly parameter: string | undefined,
    readonly why: string,
  ) {}
}

/** The name of an option or a parameter that does not exist. */
export class Unknown {
  constructor(
    readonly what: "option" | "parameter",
    readonly name: string,
    /** Those that exist, or the one that was meant. */
    readonly known: readonly string[],
  ) {}
}

/** Far below the depth at which the core's own reader gives up. */
const DEEPEST = 100;

/** The parameters by their canonical names. `undefined` means "not given". */
export function convertParams(
  params: Readonly<Record<string, unknown>>,
  what: Unknown["what"] = "parameter",
): Record<string, unknown> {
  const converted = bare();
  for (const name of Object.keys(params)) {
    const value = params[name];
    if (value === undefined) continue;
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new Unconvertible(name, `${name} is beyond 2^53, where numbers are not exact; give it as text`);
    }
    const spelled = spellings.get(name);
    // A parameter has one name in each language.
    if (spelled !== undefined) throw new Unknown(what, name, [spelled]);
    converted[canonicalNames.get(name) ?? name] = plain(value, name);
  }
  return converted;
}

/** An object in which `__proto__` is a name like any other. */
function bare(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

/**
 * Returns the own enumerable properties of an object, in an object that inherits nothing: what a program or another library
 * added to `Object.prototype` does not count.
 */
export function named<T extends object = Readonly<Record<string, unknown>>>(value: unknown, otherwise: string): T {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unconvertible(undefined, otherwise);
  return own(value as T);
}

/** Returns a copy that inherits nothing. */
export function own<T extends object>(value: T): T {
  return Object.assign(bare(), value) as T;
}

/** The own entries of an object, less those that are undefined. */
export function entries(value: unknown, otherwise: string): [string, unknown][] {
  return Object.entries(named(value, otherwise)).filter(([, value]) => value !== undefined);
}

/**
 * Returns a property of an object or of its class. Properties of `Object.prototype`, of this realm or another, do not count.
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

/** The same as values that JSON has, and nothing else. */
export function plain(value: unknown, parameter: string): unknown {
  if (typeof value === "string" && isWellFormed(value)) return value;
  const ancestors = new Set<object>();
  const refuse = (why: string): never => {
    throw new Unconvertible(parameter, `${parameter} holds ${why}`);
  };
  const convert = (value: unknown): unknown => {
    switch (typeof value) {
      case "boolean":
        return value;
      case "string":
        return isWellFormed(value) ? value : refuse("text that is not valid Unicode");
      case "number":
        return Number.isFinite(value) ? value : refuse(`${value}, which JSON does not have`);
      case "bigint":
        return refuse("a BigInt, which JSON does not have; give it as text");
      case "object":
        return value === null ? null : convertObject(value);
      default:
        return refuse(`${value === undefined ? "undefined in a list" : `a ${typeof value}`}, which JSON does not have`);
    }
  };
  const convertObject = (value: object): unknown => {
    if (ancestors.has(value)) return refuse("itself, and JSON cannot hold a cycle");
    if (ancestors.size === DEEPEST) return refuse(`more than ${DEEPEST} levels`);
    ancestors.add(value);
    let converted: unknown;
    if (Array.isArray(value)) {
      // Array.from, since map would leave holes. Without a prototype, so that JSON.stringify finds no toJSON there.
      converted = Object.setPrototypeOf(Array.from(value, convert), null);
    } else if (value instanceof Date) {
      converted = Number.isNaN(value.getTime()) ? refuse("an invalid Date") : value.toISOString();
    } else if (!ArrayBuffer.isView(value) && typeof property(value, "toJSON") === "function") {
      converted = convert((value as { toJSON(): unknown }).toJSON());
    } else if (isPlain(value)) {
      const kept = bare();
      for (const [name, inner] of Object.entries(value)) {
        if (inner !== undefined) kept[convert(name) as string] = convert(inner);
      }
      converted = kept;
    } else {
      converted = refuse("an object of a class, which JSON does not have; make it a plain one");
    }
    ancestors.delete(value);
    return converted;
  };
  return convert(value);
}

function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}

/** Of a literal, or of one from another realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Milliseconds to the core's seconds. */
export function seconds(milliseconds: unknown, option: string): number {
  if (typeof milliseconds !== "number" || !Number.isFinite(milliseconds) || milliseconds <= 0) {
    throw new Unconvertible(option, `${option} must be a positive number of milliseconds`);
  }
  return milliseconds / 1000;
}

/** Milliseconds from 0 as seconds. */
export function secondsOrZero(milliseconds: unknown, option: string): number {
  return milliseconds === 0 ? 0 : seconds(milliseconds, option);
}

/** A whole number from 0. */
export function count(value: unknown, option: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new Unconvertible(option, `${option} must be a whole number from 0`);
  }
  return value;
}

/** An object of texts, or pairs of texts, as pairs. */
export function textPairs(value: unknown, option: string): [string, string][] {
  const refused = new Unconvertible(option, `${option} must be an object of texts, or pairs of texts`);
  if (typeof value !== "object" || value === null) throw refused;
  const isIterable = typeof property(value, Symbol.iterator) === "function";
  const pairs: unknown[] = isIterable ? [...(value as Iterable<unknown>)] : entries(value, refused.why);
  return pairs.map((pair) => {
    if (!Array.isArray(pair) || typeof pair[0] !== "string" || typeof pair[1] !== "string") throw refused;
    return [pair[0], pair[1]];
  });
}

export function given<T, U>(value: T | undefined | null, convert: (value: T) => U): U | undefined {
  return value === undefined || value === null ? undefined : convert(value);
}
