// The code under test.

import { RateLimitError } from "agenthuman";

/**
 * What the agent says, or a fallback if the agent is busy.
 *
 * @param {import("agenthuman").AgentHuman} client
 * @param {string} agentId
 * @param {string} name
 */
export async function greet(client, agentId, name) {
  try {
    const session = await client.sessions.create({ agentId });
    const { reply } = await client.messages.create(session.id, { content: `Hello, I am ${name}.` });
    await client.sessions.end(session.id);
    return reply?.content ?? `Hello, ${name}!`;
  } catch (error) {
    if (error instanceof RateLimitError) return `Hello, ${name}!`;
    throw error;
  }
}
