// Peer: node:http with a keep-alive agent.
// needs:
import http from "node:http";
import { headers } from "../packages.mjs";

export const make = (base) => {
  const { hostname: host, port, pathname } = new URL(base);
  return { host, port, path: pathname.replace(/\/$/, "") + "/v1/sessions", agent: new http.Agent({ keepAlive: true, maxSockets: 64 }) };
};

const exchange = (client, method, body) =>
  new Promise((resolve, reject) => {
    const sent = body ? { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(body) } : headers;
    const request = http.request({ ...client, method, headers: sent }, (response) => {
      const parts = [];
      response.on("data", (data) => parts.push(data));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode > 299) return reject(new Error(response.statusCode));
        resolve(JSON.parse((parts.length === 1 ? parts[0] : Buffer.concat(parts)).toString()));
      });
    });
    request.on("error", reject);
    request.end(body);
  });

export const sessions = async (client) => (await exchange(client, "GET")).sessions;
export const create = async (client, body) => (await exchange(client, "POST", JSON.stringify(body))).session;
