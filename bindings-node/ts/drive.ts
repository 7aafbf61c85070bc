// Driving a call through its steps: the core asks for what only JavaScript can do, and goes on.

import { onAbort } from "./abort.js";
import type { ErrorInfo } from "./error.js";
import type { Chunks } from "./file.js";
import type { Ask, NativeCall } from "./native.js";
import type { Progress } from "./options.js";
import { errorFrom } from "./raise.js";
import type { Trace } from "./trace.js";

/** What a call may need of the user's own code. */
export interface Hooks {
  credential: (kind: "api_key" | "token") => unknown;
  chunks?: Chunks | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  store?: ((created: string) => unknown) | undefined;
}

export interface Reply {
  /** Canonical JSON. */
  body: string;
  next: string | null;
}

/** Steps through a call to its end. Aborting drops its request at once and rejects with the signal's reason. */
export async function drive(call: NativeCall, hooks: Hooks, signal: AbortSignal | undefined, trace: Trace): Promise<Reply> {
  let failure: { cause: unknown } | undefined;
  let done = false;
  let deaf = () => {};

  // Answers while the call goes on, so that its deadline and its abortion count for the user's function too.
  const answer = async (ask: Ask, run: () => unknown, accepts: (value: unknown) => value is string | Uint8Array | undefined) => {
    try {
      const value = await run();
      if (accepts(value)) ask.supply(value);
      else ask.fail(`gave ${value === null ? "null" : `a value of type ${typeof value}`}`);
    } catch (cause) {
      failure = { cause };
      ask.fail(`threw ${className(cause)}`);
    }
  };

  try {
    signal?.throwIfAborted();
    deaf = onAbort(signal, () => call.cancel());
    for (;;) {
      const step = await call.step();
      switch (step.kind) {
        case "done":
          done = true;
          return { body: step.body, next: step.next ?? null };
        case "failed":
          done = true;
          throw errorFrom(JSON.parse(step.error) as ErrorInfo, trace, failure);
        case "cancelled":
          throw signal?.reason;
        case "credential":
          void answer(step.ask, () => hooks.credential(step.credential), isText);
          break;
        case "chunk":
          void answer(step.ask, () => hooks.chunks?.next(), isBytes);
          break;
        case "progress":
          hooks.onProgress?.({ sent: step.sent, ...(step.of !== undefined && { total: step.of }) });
          break;
        case "store":
          void answer(step.ask, async () => void (await hooks.store?.(step.created)), isNothing);
      }
    }
  } finally {
    deaf();
    if (!done) call.cancel();
    hooks.chunks?.close();
  }
}

const isText = (value: unknown): value is string => typeof value === "string";
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
const isNothing = (value: unknown): value is undefined => value === undefined;

/** The class of what was thrown. Its text could hold a secret, and so could a name that was made up. */
function className(thrown: unknown): string {
  const name = thrown instanceof Error ? thrown.constructor.name : "";
  return /^[A-Za-z]\w{0,63}$/.test(name) ? name : "a value that is no Error";
}
