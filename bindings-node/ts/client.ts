// The client.

// Imported first: in a bundle of ES modules it throws an error with a fix, and the others one without.
import "./native.js";
import { Core } from "./core.js";
import { Resources } from "./generated/resources.js";
import { INSPECT, type Inspect } from "./mask.js";
import type { ClientOptions, DefaultOptions, RequestOptions } from "./options.js";
import type { RawAgentHuman } from "./raw.js";

/** Returns the core of a client, or undefined for any other value. @internal */
export let coreOf: (client: unknown) => Core | undefined;

/**
 * A client of the AgentHuman API, for servers.
 *
 *     const client = new AgentHuman();
 *     const session = await client.sessions.create({ agentId: "7" });
 *
 * Credentials and base URL come from the options, or from AGENTHUMAN_API_KEY, AGENTHUMAN_TOKEN and AGENTHUMAN_BASE_URL.
 * Printing a client masks its credentials.
 */
export class AgentHuman extends Resources {
  readonly #core: Core;

  static {
    coreOf = (client) => (typeof client === "object" && client !== null && #core in client ? client.#core : undefined);
  }

  /**
   * @throws {ConfigurationError} If an option is invalid.
   * @throws {MalformedAPIKeyError} If the key is malformed.
   */
  constructor(options?: ClientOptions) {
    // A derived client passes its core.
    const core = (options as unknown) instanceof Core ? (options as unknown as Core) : Core.open(options, AgentHuman);
    super(core);
    this.#core = core;
  }

  /**
   * Sends a request to an endpoint that has no method yet, with the same credentials, retries, limits and redaction.
   *
   * @param method GET, POST, PUT or DELETE.
   * @param path The path below the base URL, with its query, such as `/v1/usage?days=7`.
   * @returns The JSON of the response.
   */
  request<T = unknown>(method: string, path: string, options?: RequestOptions): Promise<T> {
    return this.#core.request(this.request, method, path, options) as Promise<T>;
  }

  /**
   * Returns a client with other defaults that shares connections, credentials, limits, hooks and `close` with this one.
   *
   * @throws {InvalidArgumentError} If an option is invalid.
   */
  withOptions(options: DefaultOptions): AgentHuman {
    return new AgentHuman(this.#core.withOptions(this.withOptions, options) as unknown as ClientOptions);
  }

  /**
   * The same methods, but each resolves to a `RawResponse`, which has the value, the status, the headers, the request id and
   * every attempt. The methods of lists resolve to that of the first page.
   *
   *     const { value, headers } = await client.withRawResponse.sessions.get("7");
   */
  get withRawResponse(): RawAgentHuman {
    return new AgentHuman(this.#core.withRawResponse() as unknown as ClientOptions) as unknown as RawAgentHuman;
  }

  /** Closes the client. Calls in flight continue; later calls reject with `ClosedError`. */
  close(): void {
    this.#core.close();
  }

  /** Closes the client at the end of `await using`. */
  // eslint-disable-next-line @typescript-eslint/require-await -- `Symbol.asyncDispose` returns a promise.
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** Returns the base URL and the masked credentials. */
  toJSON(): Record<string, string> {
    return this.#core.summary();
  }

  /** Returns the base URL and the masked credentials. */
  override toString(): string {
    return `AgentHuman ${JSON.stringify(this)}`;
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    return `AgentHuman ${inspect(this.#core.summary(), options)}`;
  }
}
