// The calls of one client under way: who waits for the next step of which.

import { type NativeClient, type Step, native } from "./native.js";

interface Waiting {
  bridge: Bridge;
  resolve: (step: Step) => void;
}

/** The native client, and promises of the steps of its calls. While one is waited for, the process stays alive. */
export class Bridge {
  readonly client: NativeClient;
  readonly #waiting: Map<number, Waiting>;

  constructor(client: NativeClient, waiting: Map<number, Waiting>) {
    this.client = client;
    this.#waiting = waiting;
  }

  /** A bridge, or the JSON of the error. Without a config, it is that of a mock. */
  static open(config: string | undefined): Bridge | string {
    const waiting = new Map<number, Waiting>();
    // The library holds this function, so it must not hold the client: neither would ever be collected.
    const told = (call: number, step: Step) => {
      const waited = waiting.get(call);
      if (!waited) return;
      waiting.delete(call);
      if (waiting.size === 0) waited.bridge.client.hold(false);
      // Without a prototype nothing is read that a program added to `Object.prototype`, not even its `then`.
      waited.resolve(typeof step === "string" ? step : Object.setPrototypeOf(step, null));
    };
    const opened = config === undefined ? native.openMock(told) : native.open(config, told);
    return typeof opened === "string" ? opened : new Bridge(opened, waiting);
  }

  /** The step that was begun last of this call. */
  step(call: number): Promise<Step> {
    return new Promise((resolve) => {
      if (this.#waiting.size === 0) this.client.hold(true);
      this.#waiting.set(call, { bridge: this, resolve });
    });
  }

  /** The step after that. */
  next(call: number): Promise<Step> {
    return this.client.step(call) ? this.step(call) : Promise.resolve({ kind: "cancelled" });
  }
}
