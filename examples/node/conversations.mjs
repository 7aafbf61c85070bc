// Conversations of visitors with one agent, for both backends. The key stays here; the page gets only ids and texts.

import { AgentHuman, NotFoundError } from "agenthuman";

const client = new AgentHuman();
/** @type {Promise<string> | undefined} */
let agent;

/** The agent that all visitors talk with, made when the first one comes. */
function theAgent() {
  agent ??= client.agents.create({ name: "Sunny", context: "You are a friendly guide." }).then(({ id }) => id);
  return agent;
}

/** @param {string} visitor */
export async function begin(visitor) {
  const { id } = await client.sessions.create({
    agentId: await theAgent(),
    sessionType: "agent_chat",
    metadata: { visitor },
  });
  return { id };
}

/**
 * What the agent replies; undefined if there is no such conversation.
 *
 * @param {string} id
 * @param {string} content
 * @param {AbortSignal} [signal] aborts when the visitor is gone
 */
export async function say(id, content, signal) {
  try {
    const { reply } = await client.messages.create(id, { content }, { signal, timeout: 20_000 });
    return { reply: reply?.content ?? "" };
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
