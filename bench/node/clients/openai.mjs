// Peer: a generated SDK (openai).
// needs: openai@7.57.0
// slow: yes
import { headers, load } from "../packages.mjs";

const { OpenAI } = load("openai");

export const make = (base) => new OpenAI({ apiKey: "unused", baseURL: base + "/v1", defaultHeaders: headers });
export const sessions = async (client) => (await client.get("/sessions")).sessions;
export const create = async (client, body) => (await client.post("/sessions", { body })).session;
