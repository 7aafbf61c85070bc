// JavaScript values to the JSON that the core takes. What JSON does not have is refused here, before anything is sent.

import { spellings } from "./generated/names.js";

const canonicalNames = new Map(Object.entries(spellings).map(([canonical, spelled]) => [spelled, canonical]));

/** A value that cannot be sent. It is no error by itself: the core makes one of it. */
export class Unconvertible {
  constructor(
    /** The parameter or option that holds it. */
    readonly parameter: string | undefined,
    readonly why: string,
  ) {}
}

/** Far below the depth at which the core's own reader gives up. */
const DEEPEST = 100;

/** The parameters by their canonical names. `undefined` means "not given". */
export function convertParams(params: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        throw new Unconvertible(name, `${name} is beyond 2^53, where numbers are not exact; give it as text`);
      }
      return [canonicalName(name), plain(value, name)];
    }),
  );
}

/** The own entries of an object, less those that are undefined. */
export function entries(value: unknown, otherwise: string): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unconvertible(undefined, otherwise);
  return Object.entries(value).filter(([, value]) => value !== undefined);
}

/** The same as values that JSON has, and nothing else. */
export function plain(value: unknown, parameter: string): unknown {
  const ancestors = new Set<object>();
  const refuse = (why: string): never => {
    throw new Unconvertible(parameter, `${parameter} holds ${why}`);
  };
  const convert = (value: unknown): unknown => {
    switch (typeof value) {
      case "boolean":
        return value;
      case "string":
        return /\p{Surrogate}/u.test(value) ? refuse("text that is not valid Unicode") : value;
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
      // Array.from, since map would leave holes.
      converted = Array.from(value, convert);
    } else if (value instanceof Date) {
      converted = Number.isNaN(value.getTime()) ? refuse("an invalid Date") : value.toISOString();
    } else if (!ArrayBuffer.isView(value) && "toJSON" in value && typeof value.toJSON === "function") {
      converted = convert(value.toJSON());
    } else if (isPlain(value)) {
      const kept = Object.entries(value).filter(([, value]) => value !== undefined);
      converted = Object.fromEntries(kept.map(([name, value]) => [convert(name), convert(value)]));
    } else {
      converted = refuse("an object of a class, which JSON does not have; make it a plain one");
    }
    ancestors.delete(value);
    return converted;
  };
  return convert(value);
}

/** Of a literal, or of one from another realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** `agentId` to `agent_id`. A name that is no parameter's stays as it is, and the core refuses it. */
function canonicalName(name: string): string {
  return canonicalNames.get(name) ?? name;
}

/** Milliseconds to the core's seconds. */
export function seconds(milliseconds: unknown, option: string): number {
  if (typeof milliseconds !== "number" || !Number.isFinite(milliseconds) || milliseconds <= 0) {
    throw new Unconvertible(option, `${option} must be a positive number of milliseconds`);
  }
  return milliseconds / 1000;
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
  const pairs: unknown[] = Symbol.iterator in value ? [...(value as Iterable<unknown>)] : entries(value, refused.why);
  return pairs.map((pair) => {
    if (!Array.isArray(pair) || typeof pair[0] !== "string" || typeof pair[1] !== "string") throw refused;
    return [pair[0], pair[1]];
  });
}
