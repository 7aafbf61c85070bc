// The native library: its few functions, and where it is loaded from.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { platformName } from "./platform.js";

export interface Native {
  version(): string;
  /** A client, or the JSON of the error. */
  open(config: string): NativeClient | string;
  unconvertible(operation: string, parameter: string | undefined, why: string): string;
}

export interface NativeClient {
  call(operation: string, params: string, options: string): NativeCall;
  request(method: string, path: string, body: string | undefined, credential: string | undefined, options: string): NativeCall;
  pages(operation: string, params: string, options: string): NativePager;
  close(): void;
  summary(): string;
}

export interface NativePager {
  next(): NativeCall | null;
}

export interface NativeCall {
  step(): Promise<Step>;
  cancel(): void;
}

/** What a call came to, or what it needs to go on. */
export type Step =
  | { kind: "done"; body: string; next?: string }
  | { kind: "failed"; error: string }
  | { kind: "cancelled" }
  | { kind: "credential"; credential: "api_key" | "token"; ask: Ask }
  | { kind: "chunk"; ask: Ask }
  | { kind: "progress"; sent: number; of?: number }
  | { kind: "store"; created: string; ask: Ask };

export interface Ask {
  supply(value?: string | Uint8Array): void;
  fail(why: string): void;
}

const root = join(__dirname, "..");
const { version } = require(join(root, "package.json")) as { version: string };

export const native = load();

function load(): Native {
  const name = platformName();
  const local = join(root, `agenthuman.${name}.node`);
  // A checkout has the library next to its package.json; an installed package has it in a package of its own.
  const place = existsSync(local) ? local : `agenthuman-${name}`;
  let loaded: Native;
  try {
    loaded = require(place) as Native;
  } catch (error) {
    throw new Error(
      `agenthuman has no native library for ${name}, or it cannot be loaded. ` +
        `Install again with optional dependencies and on this platform, so that agenthuman-${name} is there; ` +
        `in a checkout, run "npm run build".`,
      { cause: error },
    );
  }
  if (loaded.version() !== version) {
    throw new Error(`agenthuman ${version} found the native library of ${loaded.version()}. Install both again.`);
  }
  return loaded;
}
