// Aborting calls. All calls with the same AbortSignal share one listener, since Node warns of a leak at eleven listeners.

import { own } from "./convert.js";
import type { Trace } from "./trace.js";

/** The error of an aborted call with consequences, named like Node's own. Its cause is the signal's reason. */
export class AbortError extends Error {
  readonly code = "ABORT_ERR";

  constructor(note: string, reason: unknown, trace: Trace) {
    super(`The operation was aborted: ${note}`, { cause: reason });
    for (const [name, value] of [
      ["name", "AbortError"],
      ["stack", `AbortError: ${this.message}${trace.frames()}`],
    ] as const) {
      Object.defineProperty(this, name, own({ value, writable: true, configurable: true }));
    }
  }
}

const listening = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `abort` when the signal aborts. Returns the function that unsubscribes it. */
export function onAbort(signal: AbortSignal | undefined, abort: () => void): () => void {
  if (!signal) return () => {};
  const callbacks = listening.get(signal) ?? listen(signal);
  callbacks.add(abort);
  return () => {
    callbacks.delete(abort);
    if (callbacks.size === 0) stop(signal);
  };
}

function listen(signal: AbortSignal): Set<() => void> {
  const callbacks = new Set<() => void>();
  listening.set(signal, callbacks);
  signal.addEventListener("abort", fire);
  return callbacks;
}

function stop(signal: AbortSignal): void {
  listening.delete(signal);
  signal.removeEventListener("abort", fire);
}

function fire(event: Event): void {
  for (const abort of [...(listening.get(event.target as AbortSignal) ?? [])]) abort();
}
