// The relay that every framework here mounts.

import { AgentHuman } from "agenthuman";
import { createRelay } from "agenthuman/relay";

export const relay = createRelay({
  client: new AgentHuman(),
  authorize: ({ token }) => token?.match(/^of-(.+)$/)?.[1],
  policy: (_user, request) => (request.agents ? { agents: request.agents.map(({ id }) => id) } : { agent_id: "1" }),
  basePath: "/agenthuman",
});
