// Sessions that are ended in any case.

import type { Model } from "./model.js";

/**
 * An open session. `await using` ends it at the end of the block, however that ends.
 *
 *     await using opened = await client.sessions.open({ avatar, room });
 *     console.log(opened.session.id);
 */
export class Opened<T extends Model> {
  /** The session, as it was when it was opened. */
  readonly session: T;
  #end: (() => Promise<void>) | undefined;

  /** @internal */
  constructor(session: T, end: () => Promise<void>) {
    this.session = session;
    this.#end = end;
  }

  /** Ends the session. Only the first call has an effect. */
  async close(): Promise<void> {
    const end = this.#end;
    this.#end = undefined;
    await end?.();
  }

  /** Ends the session at the end of `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
