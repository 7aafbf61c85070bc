// What the clients of all contracts have in common.

// Imported first: in a bundle of ES modules it throws an error with a fix, and the others one without.
import "./native.js";
import type { Core } from "./core.js";
import { INSPECT, type Inspect } from "./mask.js";
import type { DefaultOptions, RequestOptions } from "./options.js";

/** Returns the core of a client of any contract, or undefined for any other value. @internal */
export let coreOfAny: (client: unknown) => Core | undefined;

/** A client of the service. */
export abstract class BaseClient {
  readonly #core: Core;
  readonly #name: string;

  static {
    coreOfAny = (client) => (typeof client === "object" && client !== null && #core in client ? client.#core : undefined);
  }

  /** @internal */
  constructor(core: Core, name: string) {
    this.#core = core;
    this.#name = name;
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
  withOptions(options: DefaultOptions): this {
    return this.derived(this.#core.withOptions(this.withOptions, options));
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
  toString(): string {
    return `${this.#name} ${JSON.stringify(this)}`;
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    return `${this.#name} ${inspect(this.#core.summary(), options)}`;
  }

  /** Returns the same client over another core, which its constructor takes in place of options. @internal */
  protected derived(core: Core): this {
    return new (this.constructor as new (core: Core) => this)(core);
  }

  /** @internal */
  protected rawCore(): Core {
    return this.#core.withRawResponse();
  }
}
