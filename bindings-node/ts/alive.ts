// Keeps the process alive while calls are in flight.

import { setInterval } from "node:timers";

/**
 * A timer that does nothing. A reference to it costs far less than one to the native library's function for steps: that one needs
 * a lock, for which the library's thread waited in most calls.
 */
const timer = setInterval(() => undefined, 2 ** 31 - 1).unref();
let pending = 0;

/** Keeps the process alive until `release` has been called as often. */
export function hold(): void {
  if (pending === 0) timer.ref();
  pending += 1;
}

export function release(): void {
  pending -= 1;
  if (pending === 0) timer.unref();
}
