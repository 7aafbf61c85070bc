// The client.

import { Core } from "./core.js";
import { Resources } from "./generated/resources.js";
import type { ClientOptions } from "./options.js";
import type { RawAgentHuman } from "./raw.js";

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
  /**
   * @throws {ConfigurationError} If an option is invalid.
   * @throws {MalformedAPIKeyError} If the key is malformed.
   */
  constructor(options?: ClientOptions) {
    // A derived client passes its core.
    super((options as unknown) instanceof Core ? (options as unknown as Core) : Core.open(options, AgentHuman), "AgentHuman");
  }

  /**
   * The same methods, but each resolves to a `RawResponse`, which has the value, the status, the headers, the request id and
   * every attempt. The methods of lists resolve to that of the first page.
   *
   *     const { value, headers } = await client.withRawResponse.sessions.get("7");
   */
  get withRawResponse(): RawAgentHuman {
    return this.derived(this.rawCore()) as unknown as RawAgentHuman;
  }
}
