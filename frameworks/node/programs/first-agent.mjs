import { AgentHuman } from "agenthuman";

const session = await new AgentHuman().sessions.create({ agentId: "1" });
console.log(`opened ${session.id}`);
