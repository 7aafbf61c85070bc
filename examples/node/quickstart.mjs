// A conversation in ten lines. Needs AGENTHUMAN_API_KEY.

import { AgentHuman } from "agenthuman";

const client = new AgentHuman();
const agent = await client.agents.create({ name: "Sunny", context: "You are a friendly guide." });
const session = await client.sessions.create({ agentId: agent.id, sessionType: "agent_chat" });
const exchange = await client.messages.create(session.id, { content: "Hello! What can you do?" });
console.log(exchange.reply?.content ?? "(no reply)");
console.log((await client.sessions.end(session.id)).status);
