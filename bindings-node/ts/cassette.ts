// Cassettes: the HTTP exchanges of a program, recorded once and then replayed without a network.

import { fileURLToPath } from "node:url";
import { AgentHuman } from "./client.js";
import { CASSETTE } from "./core.js";
import type { ErrorInfo } from "./error.js";
import { type NativeCassette, native } from "./native.js";
import type { ClientOptions } from "./options.js";
import { errorFrom } from "./raise.js";
import { AgentHumanRooms, type RoomsOptions } from "./rooms.js";
import { Trace } from "./trace.js";

/** The options of a cassette. */
export interface CassetteOptions {
  /**
   * `replay`; `record`, which replaces the file; or `auto`: replay if the file exists, and record if not. If the environment
   * variable CI is set, `auto` throws an error instead of recording. Default: `auto`.
   */
  mode?: "auto" | "record" | "replay" | undefined;
}

/**
 * A file with the HTTP exchanges of a program, which is recorded once and then replayed.
 *
 *     const cassette = new Cassette("test/cassettes/greet.json");
 *     await greet(cassette.client());
 *     cassette.close();
 *
 * While it records, its clients work as all others do, and `close` writes the file. Secrets and e-mail addresses are replaced by
 * made-up values. While it replays, its clients send nothing and need no credential: each request gets the response of an equal
 * recorded one, each of which is used once. A request that was not recorded rejects with a `NotRecordedError`.
 */
export class Cassette {
  readonly #native: NativeCassette;

  /**
   * Opens a cassette.
   *
   * @throws {ConfigurationError} If the file is missing, malformed or too large, or is to be recorded in CI.
   */
  constructor(path: string | URL, { mode = "auto" }: CassetteOptions = {}) {
    const opened = native.openCassette(path instanceof URL ? fileURLToPath(path) : path, mode);
    if (typeof opened === "string") throw errorFrom(JSON.parse(opened) as ErrorInfo, new Trace(Cassette));
    this.#native = opened;
  }

  /** What the cassette does. */
  get mode(): "record" | "replay" {
    return this.#native.mode();
  }

  /** The recorded requests that were not made, such as `GET /v1/agents (agents.list)`. */
  get unplayed(): string[] {
    return this.#native.unplayed();
  }

  /**
   * Creates a client that records or replays. While the cassette replays, base URL, certificates and environment variables are
   * not used, and credentials are replaced by made-up ones, except functions, which are called as usual.
   *
   * @throws {ConfigurationError} If an option is invalid.
   */
  client(options?: ClientOptions): AgentHuman {
    return new AgentHuman({ ...options, [CASSETTE]: this.#native } as ClientOptions);
  }

  /**
   * Creates a client of `agenthuman/rooms` that records or replays, as `client` does.
   *
   * @throws {ConfigurationError} If an option is invalid.
   */
  roomsClient(options?: RoomsOptions): AgentHumanRooms {
    return new AgentHumanRooms({ ...options, [CASSETTE]: this.#native } as RoomsOptions);
  }

  /**
   * Checks that every recorded request was made. While the cassette records, it has no effect.
   *
   * @throws {NotRecordedError} If one was not.
   */
  assertAllPlayed(): void {
    refuse(this.#native.checkAllPlayed(), this.assertAllPlayed);
  }

  /**
   * Writes the file if the cassette records. Later calls of its clients reject with a `ClosedError`.
   *
   * @throws {ConfigurationError} If the file cannot be written, or the recording is too large.
   * @throws {NotRecordedError} If a request was not recorded and the program ignored that error.
   */
  close(): void {
    refuse(this.#native.close(), this.close);
  }

  /** Closes the cassette without writing the file. */
  discard(): void {
    this.#native.discard();
  }

  /** Closes the cassette at the end of `using`. */
  [Symbol.dispose](): void {
    refuse(this.#native.close(), this[Symbol.dispose]);
  }
}

function refuse(error: string | null, caller: Function): void {
  if (error !== null) throw errorFrom(JSON.parse(error) as ErrorInfo, new Trace(caller));
}
