// Steps through calls, and answers the core's questions for the user's code.

import { AbortError, onAbort } from "./abort.js";
import type { Bridge } from "./bridge.js";
import { Unconvertible } from "./convert.js";
import type { ErrorInfo } from "./error.js";
import type { Chunks } from "./file.js";
import type { Question, Done, Reported, Step } from "./native.js";
import type { Progress } from "./options.js";
import { errorFrom } from "./raise.js";
import type { Trace } from "./trace.js";
import { runWithin } from "./within.js";

/** The user's functions that return credentials. */
interface Sources {
  readonly api_key: (() => unknown) | undefined;
  readonly token: (() => unknown) | undefined;
}

/** The user's functions that a call may need. None is optional, so that no property of `Object.prototype` takes its place. */
export interface Hooks {
  sources: Sources;
  /** For a request to the relay: returns those of the client of a contract. */
  sourcesOf: ((contract: string) => Sources) | undefined;
  signal: AbortSignal | undefined;
  chunks: Chunks | undefined;
  onProgress: ((progress: Progress) => void) | undefined;
  /** Receives each event for the client's hooks. */
  onEvent: ((reported: Reported) => void) | undefined;
  /** Receives the warnings of a call. */
  onWarning: ((warning: string) => void) | undefined;
  store: ((created: string) => unknown) | undefined;
  /** For a mock: returns the JSON of a response to the JSON of a call. */
  respond: Respond | undefined;
  /** For a request to the relay: identifies the user. */
  authorize: (() => unknown) | undefined;
  /** For a request to the relay: decides what the user may do. Request and decision are JSON. */
  policy: ((user: string, request: string) => unknown) | undefined;
  /** For a request to the relay: notes a session that was opened. The session is JSON. */
  onOpen: ((user: string, session: string) => unknown) | undefined;
  /** Receives the note of an aborted call with consequences. */
  onNote: ((note: string) => void) | undefined;
  /** Called with the function that failed, the reason, and the error. */
  onFailed: ((what: Question["kind"], why: string, error: unknown) => void) | undefined;
}

/** Returns the JSON of a response to the JSON of a call. */
export type Respond = (call: string) => Promise<string>;

/** A string is a body without details; undefined means that there is no further page. */
type Result = string | Done | undefined;

/**
 * Starts a call and steps through it. Aborting drops its request at once and rejects with the signal's reason, or, if the
 * interruption has consequences, with an `AbortError` that describes them.
 */
export async function drive(bridge: Bridge, begin: () => number | null, hooks: Hooks, trace: Trace): Promise<Result> {
  const { signal, chunks } = hooks;
  if (signal || chunks) return driveWatched(bridge, begin, hooks, trace);
  const call = begin();
  if (call === null) return undefined;
  const step = await bridge.step(call);
  return typeof step === "string" ? step : finish(bridge, call, step, hooks, {}, trace);
}

/** The same with a signal or a file. */
async function driveWatched(bridge: Bridge, begin: () => number | null, hooks: Hooks, trace: Trace): Promise<Result> {
  const { signal, chunks } = hooks;
  const ending: Ending = {};
  let unsubscribe: (() => void) | undefined;
  try {
    signal?.throwIfAborted();
    const call = begin();
    if (call === null) return undefined;
    if (signal) unsubscribe = onAbort(signal, () => (ending.note = bridge.client.cancel(call)));
    return await finish(bridge, call, await bridge.step(call), hooks, ending, trace);
  } finally {
    unsubscribe?.();
    chunks?.close();
  }
}

async function finish(
  bridge: Bridge,
  call: number,
  first: Step,
  hooks: Hooks,
  ending: Ending,
  trace: Trace,
): Promise<string | Done> {
  for (let step = first; ; step = await bridge.next(call)) {
    if (typeof step === "string") return step;
    switch (step.kind) {
      case "done":
        return step;
      case "failed":
        throw errorFrom(
          JSON.parse(step.error) as ErrorInfo,
          trace,
          Object.hasOwn(ending, "cause") ? { cause: ending.cause } : undefined,
        );
      case "cancelled":
        if (ending.unanswered) throw ending.unanswered.error;
        if (typeof ending.note !== "string") throw hooks.signal?.reason;
        hooks.onNote?.(ending.note);
        throw new AbortError(ending.note, hooks.signal?.reason, trace);
      case "response":
        void respond(bridge, call, ending, hooks, step.call);
        break;
      case "event":
        hooks.onEvent?.(step);
        break;
      case "warning":
        hooks.onWarning?.(step.warning);
        break;
      case "progress":
        reportProgress(bridge, call, hooks, step);
        break;
      default:
        void answer(bridge, call, ending, hooks, step);
    }
  }
}

function reportProgress(bridge: Bridge, call: number, { onProgress }: Hooks, { sent, of }: { sent: number; of?: number }): void {
  try {
    onProgress?.({ sent, ...(of !== undefined && { total: of }) });
  } catch (error) {
    bridge.client.cancel(call);
    throw error;
  }
}

/** Supplies the response of a mock while the call is stepped, so that its abort signal applies to the test's function. */
async function respond(bridge: Bridge, call: number, ending: Ending, hooks: Hooks, request: string): Promise<void> {
  try {
    bridge.client.supply(call, await hooks.respond!(request));
  } catch (error) {
    ending.unanswered = { error };
    bridge.client.cancel(call);
  }
}

/** Details of a failed or aborted call that the core does not have. */
interface Ending {
  /** The error that the user's function threw. */
  cause?: unknown;
  /** The error that a mock threw instead of returning a response. */
  unanswered?: { readonly error: unknown };
  /** The note of an aborted call with consequences. */
  note?: string | null;
}

/** Answers a question while the call is stepped, so that its deadline and abort signal apply to the user's function. */
async function answer(bridge: Bridge, call: number, ending: Ending, hooks: Hooks, step: Question): Promise<void> {
  const { client } = bridge;
  let why: string;
  let error: unknown;
  try {
    const [run, accepts] = question(bridge, step, hooks);
    const value = await run();
    if (accepts(value)) {
      client.supply(call, value);
      return;
    }
    why = `returned ${value === null ? "null" : `a value of type ${typeof value}`}`;
  } catch (cause) {
    ending.cause = cause;
    error = cause;
    why = cause instanceof Unconvertible ? "returned a value that JSON cannot represent" : `threw ${className(cause)}`;
  }
  client.fail(call, why);
  hooks.onFailed?.(step.kind, why, error);
}

/** Returns the user's function for a question, and the check of its result. */
function question(
  bridge: Bridge,
  step: Question,
  hooks: Hooks,
): [run: () => unknown, accepts: (value: unknown) => value is Supplied] {
  switch (step.kind) {
    case "credential":
      return [() => runWithin(bridge, step.credential, () => sourcesFor(hooks, step.contract)[step.credential]?.()), isText];
    case "chunk":
      return [() => hooks.chunks?.next(), isBytes];
    case "store":
      return [async () => void (await hooks.store?.(step.created)), isNothing];
    case "authorize":
      return [async () => (await hooks.authorize?.()) ?? undefined, isTextOrNothing];
    case "policy":
      return [() => hooks.policy?.(step.user, step.request), isText];
    case "onOpen":
      return [async () => void (await hooks.onOpen?.(step.user, step.session)), isNothing];
  }
}

/** Returns the credential functions of the client that needs one. */
function sourcesFor({ sources, sourcesOf }: Hooks, contract: string | undefined): Sources {
  return contract !== undefined && sourcesOf ? sourcesOf(contract) : sources;
}

type Supplied = string | Uint8Array | undefined;

const isText = (value: unknown): value is string => typeof value === "string";
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
const isNothing = (value: unknown): value is undefined => value === undefined;
const isTextOrNothing = (value: unknown): value is string | undefined => isText(value) || isNothing(value);

/** Returns the class of a thrown value. Its text, or an unusual class name, could contain a secret. */
function className(thrown: unknown): string {
  const name = thrown instanceof Error ? thrown.constructor.name : "";
  return /^[A-Za-z]\w{0,63}$/.test(name) ? name : "a value that is not an Error";
}
