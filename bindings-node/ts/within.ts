// Tracks running credential functions by asynchronous context. A call inside one that needs its result would wait for itself.

import { AsyncLocalStorage } from "node:async_hooks";

/** A running credential function of a client. */
interface Run {
  readonly client: object;
  readonly kind: string;
  /** The run of another function that started this one. */
  readonly outer: Run | undefined;
  isActive: boolean;
}

const runs = new AsyncLocalStorage<Run>();
let active = 0;

/** Runs a credential function of a client. */
export async function runWithin(client: object, kind: string, give: () => unknown): Promise<unknown> {
  active += 1;
  const run: Run = { client, kind, outer: runs.getStore(), isActive: true };
  try {
    return await runs.run(run, give);
  } finally {
    // Work that the function started without awaiting it may continue, and use the client.
    run.isActive = false;
    active -= 1;
    // In Node.js 20 and 22, promises cost twice as much while a storage is in use.
    if (active === 0) runs.disable();
  }
}

/** Returns the kinds of credential functions of this client that the caller runs inside, or undefined. */
export function callerKinds(client: object): string[] | undefined {
  let kinds: string[] | undefined;
  for (let run = runs.getStore(); run; run = run.outer) {
    if (run.isActive && run.client === client) (kinds ??= []).push(run.kind);
  }
  return kinds;
}
