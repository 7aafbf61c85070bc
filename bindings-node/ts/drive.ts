// Driving a call through its steps: the core asks for what only JavaScript can do, and goes on.

import { AbortError, onAbort } from "./abort.js";
import type { Bridge } from "./bridge.js";
import { Unconvertible } from "./convert.js";
import type { ErrorInfo } from "./error.js";
import type { Chunks } from "./file.js";
import type { Asking, Done, Step, Waiting } from "./native.js";
import type { Progress } from "./options.js";
import { errorFrom } from "./raise.js";
import type { Trace } from "./trace.js";
import { runWithin } from "./within.js";

/** What a call may need of the user's own code. */
export interface Hooks {
  sources: { readonly api_key: (() => unknown) | undefined; readonly token: (() => unknown) | undefined };
  signal: AbortSignal | undefined;
  chunks: Chunks | undefined;
  onProgress: ((progress: Progress) => void) | undefined;
  /** Receives each wait for the rate limit. */
  onWaiting?: (waiting: Waiting) => void;
  store: ((created: string) => unknown) | undefined;
  /** Of a mock: makes the JSON of a response from that of the call. */
  respond?: Respond | undefined;
  /** Of a request to the relay: who sends it. */
  authorize?: () => unknown;
  /** Of a request to the relay: what becomes of a wish, both as JSON. */
  policy?: (user: string, wish: string) => unknown;
  /** Receives the note of an aborted call that leaves something behind. */
  onNote?: (note: string) => void;
  /** Called with what failed, how, and the error. */
  onFailed?: (what: Asking["kind"], why: string, error: unknown) => void;
}

/** Makes the JSON of a response from that of the call. */
export type Respond = (call: string) => Promise<string>;

/** A bare string is a body that came alone; undefined is that there was no call to begin. */
type Result = string | Done | undefined;

/**
 * Begins a call and steps through it to its end. Aborting drops its request at once and rejects with the signal's reason, or,
 * if the call leaves something that the user has to know, with an `AbortError` that says it.
 */
export async function drive(bridge: Bridge, begin: () => number | null, hooks: Hooks, trace: Trace): Promise<Result> {
  const { signal, chunks } = hooks;
  if (signal || chunks) return driveWatched(bridge, begin, hooks, trace);
  const call = begin();
  if (call === null) return undefined;
  const step = await bridge.step(call);
  return typeof step === "string" ? step : finish(bridge, call, step, hooks, {}, trace);
}

/** The same with a signal to listen to, or a file to let go of. */
async function driveWatched(bridge: Bridge, begin: () => number | null, hooks: Hooks, trace: Trace): Promise<Result> {
  const { signal, chunks } = hooks;
  const ending: Ending = {};
  let deaf: (() => void) | undefined;
  try {
    signal?.throwIfAborted();
    const call = begin();
    if (call === null) return undefined;
    if (signal) deaf = onAbort(signal, () => (ending.note = bridge.client.cancel(call)));
    return await finish(bridge, call, await bridge.step(call), hooks, ending, trace);
  } finally {
    deaf?.();
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
      case "waiting":
        hooks.onWaiting?.(step);
        break;
      case "progress":
        tell(bridge, call, hooks, step);
        break;
      default:
        void answer(bridge, call, ending, hooks, step);
    }
  }
}

function tell(bridge: Bridge, call: number, { onProgress }: Hooks, { sent, of }: { sent: number; of?: number }): void {
  try {
    onProgress?.({ sent, ...(of !== undefined && { total: of }) });
  } catch (error) {
    bridge.client.cancel(call);
    throw error;
  }
}

/** Supplies a mock's response while the call goes on, so that its abortion counts for the test's function too. */
async function respond(bridge: Bridge, call: number, ending: Ending, hooks: Hooks, asked: string): Promise<void> {
  try {
    bridge.client.supply(call, await hooks.respond!(asked));
  } catch (error) {
    ending.unanswered = { error };
    bridge.client.cancel(call);
  }
}

/** Why a call fails, as far as the core does not say it. */
interface Ending {
  /** What the user's own function threw. */
  cause?: unknown;
  /** What a mock threw in the place of a response. */
  unanswered?: { readonly error: unknown };
  /** The note of an aborted call that leaves something behind. */
  note?: string | null;
}

/** Answers while the call goes on, so that its deadline and its abortion count for the user's function too. */
async function answer(bridge: Bridge, call: number, ending: Ending, hooks: Hooks, step: Asking): Promise<void> {
  const { client } = bridge;
  let why: string;
  let error: unknown;
  try {
    const [run, accepts] = asked(bridge, step, hooks);
    const value = await run();
    if (accepts(value)) return client.supply(call, value);
    why = `gave ${value === null ? "null" : `a value of type ${typeof value}`}`;
  } catch (cause) {
    ending.cause = cause;
    error = cause;
    why = cause instanceof Unconvertible ? "gave what JSON does not have" : `threw ${className(cause)}`;
  }
  client.fail(call, why);
  hooks.onFailed?.(step.kind, why, error);
}

/** The function that does what is asked for, and what it may give. */
function asked(bridge: Bridge, step: Asking, hooks: Hooks): [run: () => unknown, accepts: (value: unknown) => value is Supplied] {
  switch (step.kind) {
    case "credential":
      return [() => runWithin(bridge, step.credential, () => hooks.sources[step.credential]?.()), isText];
    case "chunk":
      return [() => hooks.chunks?.next(), isBytes];
    case "store":
      return [async () => void (await hooks.store?.(step.created)), isNothing];
    case "authorize":
      return [async () => (await hooks.authorize?.()) ?? undefined, isTextOrNothing];
    case "policy":
      return [() => hooks.policy?.(step.user, step.wish), isText];
  }
}

type Supplied = string | Uint8Array | undefined;

const isText = (value: unknown): value is string => typeof value === "string";
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
const isNothing = (value: unknown): value is undefined => value === undefined;
const isTextOrNothing = (value: unknown): value is string | undefined => isText(value) || isNothing(value);

/** The class of what was thrown. Its text could hold a secret, and so could a name that was made up. */
export function className(thrown: unknown): string {
  const name = thrown instanceof Error ? thrown.constructor.name : "";
  return /^[A-Za-z]\w{0,63}$/.test(name) ? name : "a value that is no Error";
}
