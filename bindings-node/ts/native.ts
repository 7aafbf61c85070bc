// The native library: its few functions, and where it is loaded from.

// First, since inside a bundle of ES modules it throws an error that says what to do, and the others one that does not.
import { howToInstall, loadLibrary } from "#library";
import { version } from "./generated/version.js";
import { PLATFORMS, platformName } from "./platform.js";

export interface Native {
  version(): string;
  /** A client, or the JSON of the error. `told` gets a call's number and its step. */
  open(config: string, told: (call: number, step: Step) => void): NativeClient | string;
  /** A client for tests, whose calls ask for their responses. */
  openMock(told: (call: number, step: Step) => void): NativeClient | string;
  /** An error in one line. */
  errorLine(
    code: string,
    message: string,
    suggestion: string | null,
    status: number | null,
    operation: string | null,
    requestId: string | null,
  ): string;
  /** The error, as JSON, of an option that does not exist. */
  unknownOption(name: string, known: readonly string[]): string;
  unknownParameter(name: string, known: readonly string[]): string;
  unconvertible(operation: string, parameter: string | undefined, why: string): string;
}

/**
 * Calls have numbers. Beginning one, or going on with it, brings one step, which is told. `within` are the kinds of credential
 * whose functions of this client the call is made inside.
 */
export interface NativeClient {
  call(operation: string, params: string, options: string, detailed: boolean, within: string[] | undefined): number;
  request(request: NativeRequest, options: string, detailed: boolean, within: string[] | undefined): number;
  pages(operation: string, params: string, options: string): NativePager;
  /** A relay that uses this client, or the JSON of the error. */
  relay(options: string): NativeRelay | string;
  /** False if the call was cancelled: then no step is told. */
  step(call: number): boolean;
  /** Cancels a call. Returns its note if the interruption leaves something behind, else null. */
  cancel(call: number): string | null;
  supply(call: number, value?: string | Uint8Array): void;
  fail(call: number, why: string): void;
  /** Keeps the event loop alive, or no longer. */
  hold(isBusy: boolean): void;
  close(): void;
  summary(): string;
}

/** A request that the table does not know; `body` is JSON. */
export interface NativeRequest {
  method: string;
  path: string;
  body: string | undefined;
  credential: string | undefined;
}

export interface NativePager {
  /** The number of the next page's call; null after the last. */
  next(detailed: boolean, within: string[] | undefined): number | null;
}

export interface NativeRelay {
  /** The number of a request that it begins to answer. In `headers` each name is followed by its value. */
  handle(method: string, target: string, headers: string[]): number;
  /** Says whether the answer that opened a session was sent. If it was not, the session is ended. */
  delivered(opened: number, wasSent: boolean): void;
}

/** The items of a long list. */
export interface NativeItems {
  count(): number;
  /** The names of the fields that an item may have. */
  fields(): string[];
  /** A field of the items from `from` up to `to`, as a JSON array; `[]` where an item has it not. */
  column(field: string, from: number, to: number): string;
  json(index: number): string;
}

/** What a success holds, and how it came where that was asked for. */
export interface Done {
  kind: "done";
  /** Canonical JSON; of the relay, the answer's text. */
  body?: string;
  /** In place of `body`. */
  items?: NativeItems;
  next?: string;
  response?: string;
  /** Of the relay's answer. */
  status?: number;
  /** Of the relay's answer: each name followed by its value. */
  headers?: string[];
  /** Of the relay's answer: why it is a failure, for the log of the backend's developer. */
  cause?: string;
  /** Of the relay's answer: what `delivered` takes, if it opened a session. */
  opened?: number;
}

/** What a call came to, or what it needs to go on. A bare string is a body that came alone. */
export type Step =
  | string
  | Done
  | { kind: "failed"; error: string }
  | { kind: "cancelled" }
  | { kind: "progress"; sent: number; of?: number }
  | Waiting
  | { kind: "response"; call: string }
  | Asking;

/** The call waits for the rate limit; `warning` is for the log. */
export interface Waiting {
  kind: "waiting";
  operation: string;
  seconds: number;
  queued: number;
  warning?: string;
}

/** What only the user's own code can do. */
export type Asking =
  | { kind: "credential"; credential: "api_key" | "token" }
  | { kind: "chunk" }
  | { kind: "store"; created: string }
  | { kind: "authorize" }
  | { kind: "policy"; user: string; wish: string };

export const native = load();

function load(): Native {
  const name = platformName();
  let loaded: Native;
  try {
    loaded = loadLibrary(name) as Native;
  } catch (cause) {
    throw new Error(explain(name, (cause as { code?: string }).code === "MODULE_NOT_FOUND"), { cause });
  }
  const found = loaded.version();
  if (found !== version) {
    throw new Error(
      `agenthuman ${version} found the native library of version ${found} in agenthuman-${name}. ` +
        `Both must have the same version: install agenthuman again, and rebuild a bundle that includes it.`,
    );
  }
  return loaded;
}

function explain(name: string, isMissing: boolean): string {
  if (!PLATFORMS.includes(name)) {
    return `agenthuman has no native library for ${name}. There is one for ${PLATFORMS.join(", ")}.`;
  }
  if (!isMissing) return `The native library of agenthuman in agenthuman-${name} cannot be loaded; the cause says why.`;
  return howToInstall(`agenthuman-${name}`);
}
