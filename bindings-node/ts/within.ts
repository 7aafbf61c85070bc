// The credential functions that are running, by asynchronous context: a call inside one that needs its result would wait for
// itself.

import { AsyncLocalStorage } from "node:async_hooks";

/** One run of a client's function for a credential. */
interface Run {
  readonly client: object;
  readonly kind: string;
  /** The run of another function inside which this one was begun. */
  readonly outer: Run | undefined;
  isActive: boolean;
}

const runs = new AsyncLocalStorage<Run>();
let active = 0;

/** Runs a client's function for a credential. */
export async function runWithin(client: object, kind: string, give: () => unknown): Promise<unknown> {
  active += 1;
  const run: Run = { client, kind, outer: runs.getStore(), isActive: true };
  try {
    return await runs.run(run, give);
  } finally {
    // What the function started without awaiting it may go on, and use the client.
    run.isActive = false;
    active -= 1;
    // In Node.js 20 and 22 every promise of the program costs twice as much while a storage is in use.
    if (active === 0) runs.disable();
  }
}

/** Returns the kinds of credential whose functions of this client the caller runs inside; undefined if there is none. */
export function madeWithin(client: object): string[] | undefined {
  let kinds: string[] | undefined;
  for (let run = runs.getStore(); run; run = run.outer) {
    if (run.isActive && run.client === client) (kinds ??= []).push(run.kind);
  }
  return kinds;
}
