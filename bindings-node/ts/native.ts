// The native library: its few functions, and where it is loaded from.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { PLATFORMS, platformName } from "./platform.js";

export interface Native {
  version(): string;
  /** A client, or the JSON of the error. `told` gets a call's number and its step. */
  open(config: string, told: (call: number, step: Step) => void): NativeClient | string;
  unconvertible(operation: string, parameter: string | undefined, why: string): string;
}

/** Calls have numbers. Beginning one, or going on with it, brings one step, which is told. */
export interface NativeClient {
  call(operation: string, params: string, options: string, detailed: boolean): number;
  request(
    method: string,
    path: string,
    body: string | undefined,
    credential: string | undefined,
    options: string,
    detailed: boolean,
  ): number;
  pages(operation: string, params: string, options: string, detailed: boolean): NativePager;
  /** A relay that uses this client, or the JSON of the error. */
  relay(options: string): NativeRelay | string;
  /** False if the call was cancelled: then no step is told. */
  step(call: number): boolean;
  cancel(call: number): void;
  supply(call: number, value?: string | Uint8Array): void;
  fail(call: number, why: string): void;
  /** Keeps the event loop alive, or no longer. */
  hold(isBusy: boolean): void;
  close(): void;
  summary(): string;
}

export interface NativePager {
  /** The number of the next page's call; null after the last. */
  next(): number | null;
}

export interface NativeRelay {
  /** The number of a request that it begins to answer. In `headers` each name is followed by its value. */
  handle(method: string, target: string, headers: string[]): number;
}

/** The rows of a long list. */
export interface NativeRows {
  count(): number;
  /** The names of the fields that a row may have. */
  fields(): string[];
  /** A field of the rows from `from` up to `to`, as a JSON array; `[]` where a row has it not. */
  column(field: string, from: number, to: number): string;
  json(row: number): string;
}

/** What a success holds, and how it came where that was asked for. */
export interface Done {
  kind: "done";
  /** Canonical JSON; of the relay, the answer's text. */
  body?: string;
  /** In place of `body`. */
  rows?: NativeRows;
  next?: string;
  response?: string;
  /** Of the relay's answer. */
  status?: number;
  /** Of the relay's answer: each name followed by its value. */
  headers?: string[];
}

/** What a call came to, or what it needs to go on. A bare string is a body that came alone. */
export type Step =
  | string
  | Done
  | { kind: "failed"; error: string }
  | { kind: "cancelled" }
  | { kind: "progress"; sent: number; of?: number }
  | Asking;

/** What only the user's own code can do. */
export type Asking =
  | { kind: "credential"; credential: "api_key" | "token" }
  | { kind: "chunk" }
  | { kind: "store"; created: string }
  | { kind: "authorize" }
  | { kind: "policy"; user: string; wish: string };

const root = join(__dirname, "..");
export const { version } = require(join(root, "package.json")) as { version: string };

export const native = load();

function load(): Native {
  const name = platformName();
  const local = join(root, `agenthuman.${name}.node`);
  const itsPackage = `agenthuman-${name}`;
  // A checkout has the library next to its package.json; an installed package has it in a package of its own.
  const place = existsSync(local) ? local : itsPackage;
  let loaded: Native;
  try {
    loaded = require(place) as Native;
  } catch (cause) {
    throw new Error(explain(name, itsPackage, (cause as { code?: string }).code === "MODULE_NOT_FOUND"), { cause });
  }
  const found = loaded.version();
  if (found !== version) {
    throw new Error(
      `agenthuman ${version} found the native library of version ${found} in ${place}. ` +
        `Both must be of one version: install agenthuman again.`,
    );
  }
  return loaded;
}

function explain(name: string, itsPackage: string, isMissing: boolean): string {
  if (!PLATFORMS.includes(name)) {
    return `agenthuman has no native library for ${name}. There is one for ${PLATFORMS.join(", ")}.`;
  }
  if (!isMissing) return `The native library of agenthuman in ${itsPackage} cannot be loaded; the cause says why.`;
  return (
    `The package ${itsPackage}, which holds the native library of agenthuman for this machine, is not installed. ` +
    `Install again without --omit=optional, and on this platform rather than copying node_modules from another; ` +
    `if a lock file was made on another platform, remove it and node_modules, and install again. ` +
    `In a checkout, run "npm run build".`
  );
}
