// The native library: its functions, and loading it.

// Imported first: in a bundle of ES modules it throws an error with a fix, and the others one without.
import { howToInstall, loadLibrary } from "#library";
import { version } from "./generated/version.js";
import { PLATFORMS, platformName } from "./platform.js";

export interface Native {
  version(): string;
  /** Creates a client, or returns the JSON of an error. `onStep` receives the number of a call and its step. */
  open(config: string, onStep: (call: number, step: Step) => void): NativeClient | string;
  /** Creates a client for tests, whose calls ask for their responses. */
  openMock(surface: string, onStep: (call: number, step: Step) => void): NativeClient | string;
  /** Opens a cassette, or returns the JSON of an error. */
  openCassette(path: string, mode: string): NativeCassette | string;
  /** Formats an error in one line. */
  errorLine(
    code: string,
    message: string,
    suggestion: string | null,
    status: number | null,
    operation: string | null,
    requestId: string | null,
  ): string;
  /** Returns the canonical JSON of a model of a contract, or the reason why the JSON is not one. */
  canonical(surface: string, model: string, json: string): { body?: string; why?: string };
  /** Returns the error for an unknown option, as JSON. */
  unknownOption(name: string, known: readonly string[]): string;
  unknownParameter(name: string, known: readonly string[]): string;
  /** Returns why a client of a contract has no operation or resource of that name, if one of another has it. */
  elsewhere(surface: string, name: string): string | null;
  unconvertible(operation: string, parameter: string | undefined, why: string): string;
}

/**
 * Calls have numbers. Starting or stepping one results in one step, which `onStep` receives. `within` are the kinds of
 * credential functions of this client inside which the call is made.
 */
export interface NativeClient {
  call(operation: string, params: string, options: string, detailed: boolean, within: string[] | undefined): number;
  request(request: NativeRequest, options: string, detailed: boolean, within: string[] | undefined): number;
  pages(operation: string, params: string, options: string): NativePager;
  /** Creates a relay that uses this client, and the other for rooms, or returns the JSON of an error. */
  relay(rooms: NativeClient | undefined, options: string): NativeRelay | string;
  /** Starts the next step. Returns false if the call was cancelled, which has no further step. */
  step(call: number): boolean;
  /** Cancels a call. Returns a note for the user if the interruption has consequences, or null. */
  cancel(call: number): string | null;
  supply(call: number, value?: string | Uint8Array): void;
  fail(call: number, why: string): void;
  close(): void;
  summary(): string;
}

/** A cassette. Errors are JSON. */
export interface NativeCassette {
  /** Creates a client that records or replays, or returns the JSON of an error. */
  open(config: string, onStep: (call: number, step: Step) => void): NativeClient | string;
  mode(): "record" | "replay";
  unplayed(): string[];
  checkAllPlayed(): string | null;
  close(): string | null;
  discard(): void;
}

/** A request to a path without an operation. `body` is JSON. */
export interface NativeRequest {
  method: string;
  path: string;
  body: string | undefined;
  credential: string | undefined;
}

export interface NativePager {
  /** Starts the call for the next page and returns its number, or null after the last. */
  next(detailed: boolean, within: string[] | undefined): number | null;
}

export interface NativeRelay {
  /** Starts handling a request and returns its number. `headers` has names and values, alternating. */
  handle(method: string, target: string, headers: string[]): number;
  /** Reports whether the response that opened a session was sent. If not, the session is ended. */
  delivered(opened: number, wasSent: boolean): void;
}

/** The items of a long list. */
export interface NativeItems {
  count(): number;
  /** Returns the names of the fields that an item may have. */
  fields(): string[];
  /** Returns a field of the items from `from` up to `to`, as a JSON array with `[]` for missing fields. */
  column(field: string, from: number, to: number): string;
  json(index: number): string;
}

/** A successful result, with details of the response if requested. */
export interface Done {
  kind: "done";
  /** Canonical JSON. For the relay: the text of the response. */
  body?: string;
  /** Replaces `body` for long lists. */
  items?: NativeItems;
  next?: string;
  response?: string;
  /** For the relay. */
  status?: number;
  /** For the relay: names and values, alternating. */
  headers?: string[];
  /** For the relay: the reason of a failure, for the backend's log. */
  cause?: string;
  /** For the relay: the argument of `delivered`, if the response opened a session. */
  opened?: number;
}

/** The result of a call, or what it needs to continue. A string is a body without details. */
export type Step =
  | string
  | Done
  | { kind: "failed"; error: string }
  | { kind: "cancelled" }
  | { kind: "progress"; sent: number; of?: number }
  | Reported
  | { kind: "warning"; warning: string }
  | { kind: "response"; call: string }
  | Question;

/** An event for a hook, by the hook's canonical name. The event is JSON. */
export interface Reported {
  kind: "event";
  hook: "on_request" | "on_response" | "on_retry" | "on_wait";
  event: string;
}

/** A question that only the user's code can answer. */
export type Question =
  | { kind: "credential"; credential: "api_key" | "token"; contract?: string }
  | { kind: "chunk" }
  | { kind: "store"; created: string }
  | { kind: "authorize" }
  | { kind: "policy"; user: string; request: string }
  | { kind: "onOpen"; user: string; session: string };

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
