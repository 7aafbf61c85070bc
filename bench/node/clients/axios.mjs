// Peer: axios with a keep-alive agent.
// needs: axios@1.21.1
import http from "node:http";
import { headers, load } from "../packages.mjs";

const axios = load("axios");

export const make = (base) => axios.create({ baseURL: base + "/v1", headers, httpAgent: new http.Agent({ keepAlive: true, maxSockets: 64 }) });
export const sessions = async (client) => (await client.get("/sessions")).data.sessions;
export const create = async (client, body) => (await client.post("/sessions", body)).data.session;
