import { AgentHuman } from "agenthuman";
import { createRelay } from "agenthuman/relay";

const relay = createRelay({
  client: new AgentHuman(),
  authorize: ({ token }) => token?.match(/^of-(.+)$/)?.[1],
  policy: () => ({ agent_id: "1" }),
  basePath: "/agenthuman",
});

export const GET = relay.fetch;
export const POST = relay.fetch;
