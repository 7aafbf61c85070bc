// A relay as every framework here mounts it.

import { AgentHuman } from "agenthuman";
import { createRelay } from "agenthuman/relay";

export const relay = createRelay({
  client: new AgentHuman(),
  authorize: ({ token }) => token?.match(/^of-(.+)$/)?.[1],
  policy: (_user, wish) => (wish.agents ? { agents: wish.agents.map(({ id }) => id) } : { agent_id: "1" }),
  basePath: "/agenthuman",
});
