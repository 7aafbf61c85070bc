// Aborted calls, and listening to AbortSignals: once for all calls that share one, since Node warns of a leak at eleven listeners.

import { own } from "./convert.js";
import type { Trace } from "./trace.js";

/** The error of an aborted call that left something to know of, named as those of Node.js; its cause is the signal's reason. */
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

/** Runs `abort` when the signal aborts, until the function it gives is called. */
export function onAbort(signal: AbortSignal | undefined, abort: () => void): () => void {
  if (!signal) return () => {};
  const waiting = listening.get(signal) ?? listen(signal);
  waiting.add(abort);
  return () => {
    waiting.delete(abort);
    if (waiting.size === 0) stop(signal);
  };
}

function listen(signal: AbortSignal): Set<() => void> {
  const waiting = new Set<() => void>();
  listening.set(signal, waiting);
  signal.addEventListener("abort", fire);
  return waiting;
}

function stop(signal: AbortSignal): void {
  listening.delete(signal);
  signal.removeEventListener("abort", fire);
}

function fire(event: Event): void {
  for (const abort of [...(listening.get(event.target as AbortSignal) ?? [])]) abort();
}
