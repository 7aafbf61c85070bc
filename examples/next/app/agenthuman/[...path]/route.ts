// The relay at /agenthuman: apps and pages open sessions with the token of their user, and the API key stays here.

import { AgentHuman } from "agenthuman";
import { createRelay } from "agenthuman/relay";

const users = new Map([["a-token-of-your-app", "ada"]]); // replace with your own check

const { fetch } = createRelay({
  client: new AgentHuman(),
  basePath: "/agenthuman",
  authorize: ({ token }) => users.get(token ?? ""), // undefined: not signed in
  policy: (user, request) =>
    request.agents ? { agents: request.agents.map(({ id }) => id) } : { agent_id: request.agent_id ?? "1", metadata: { user } },
});

export { fetch as GET, fetch as POST, fetch as PUT, fetch as OPTIONS };
