// The client.

// First, since inside a bundle of ES modules it throws an error that says what to do, and the others one that does not.
import "./native.js";
import { Core } from "./core.js";
import { Resources } from "./generated/resources.js";
import { INSPECT, type Inspect } from "./mask.js";
import type { ClientOptions, RequestOptions } from "./options.js";

/** The core of a client; undefined of anything else. @internal */
export let coreOf: (client: unknown) => Core | undefined;

/**
 * A client of the AgentHuman API, for servers.
 *
 *     const client = new AgentHuman();
 *     const session = await client.sessions.create({ agentId: "7" });
 *
 * Its credentials and its base URL come from the options, or else from AGENTHUMAN_API_KEY, AGENTHUMAN_TOKEN and
 * AGENTHUMAN_BASE_URL. Whatever it prints as, its credentials are masked.
 */
export class AgentHuman extends Resources {
  readonly #core: Core;

  static {
    coreOf = (client) => (typeof client === "object" && client !== null && #core in client ? client.#core : undefined);
  }

  /**
   * @throws {ConfigurationError} For an option that cannot be.
   * @throws {MalformedAPIKeyError} For a key that is none.
   */
  constructor(options?: ClientOptions) {
    const core = new Core(options, AgentHuman);
    super(core);
    this.#core = core;
  }

  /**
   * Sends a request that this version has no operation for, with the same credentials, repeats, limits and redaction.
   *
   * @param method GET, POST, PUT or DELETE.
   * @param path What follows the base URL, its query included, such as `/v1/usage?days=7`.
   * @returns The JSON as it came.
   */
  request<T = unknown>(method: string, path: string, options?: RequestOptions): Promise<T> {
    return this.#core.request(this.request, method, path, options) as Promise<T>;
  }

  /** Refuses every later call with `ClosedError`; calls under way end as they will. */
  close(): void {
    this.#core.close();
  }

  /** Closes the client at the end of `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** What may be shown of it. */
  toJSON(): Record<string, string> {
    return this.#core.summary();
  }

  /** What may be shown of it. */
  override toString(): string {
    return `AgentHuman ${JSON.stringify(this)}`;
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    return `AgentHuman ${inspect(this.#core.summary(), options)}`;
  }
}
