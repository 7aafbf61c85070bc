// The client of this project.
// needs: agenthuman
import { load } from "../packages.mjs";

const { AgentHuman } = load("agenthuman");

// The longest list has 44 MB.
export const make = (base) =>
  new AgentHuman({ apiKey: process.env.AGENTHUMAN_BENCH_KEY, baseURL: base, maxResponseBytes: 64 * 1024 * 1024 });
export const sessions = async (client) => (await client.sessions.list().page()).items;
export const create = (client, { agent_id, session_type, metadata }) =>
  client.sessions.create({ agentId: String(agent_id), sessionType: session_type, metadata });
