// The calls of a client that are in flight.

import { hold, release } from "./alive.js";
import type { NativeClient, Step } from "./native.js";

type Resolve = (step: Step) => void;

/** The native client, and promises for the steps of its calls. The process stays alive while one is pending. */
export class Bridge {
  readonly client: NativeClient;
  readonly #waiting: Map<number, Resolve>;

  constructor(client: NativeClient, waiting: Map<number, Resolve>) {
    this.client = client;
    this.#waiting = waiting;
  }

  /** Creates a bridge for the client that `open` creates, or returns the JSON of an error. */
  static open(open: (onStep: (call: number, step: Step) => void) => NativeClient | string): Bridge | string {
    const waiting = new Map<number, Resolve>();
    // The library references this function, so it must not reference the client. Otherwise neither would be collected.
    const onStep = (call: number, step: Step) => {
      const resolve = waiting.get(call);
      if (!resolve) return;
      waiting.delete(call);
      release();
      // Without a prototype, properties that a program added to `Object.prototype` have no effect, not even `then`.
      resolve(typeof step === "string" ? step : (Object.setPrototypeOf(step, null) as Step));
    };
    const opened = open(onStep);
    return typeof opened === "string" ? opened : new Bridge(opened, waiting);
  }

  /** Returns the step of a call that was started last. */
  step(call: number): Promise<Step> {
    return new Promise((resolve) => {
      hold();
      this.#waiting.set(call, resolve);
    });
  }

  /** Starts the next step of a call, and returns it. */
  next(call: number): Promise<Step> {
    return this.client.step(call) ? this.step(call) : Promise.resolve({ kind: "cancelled" });
  }
}
