// A relay for tests, its mounts, and a phone that uses it.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import express from "express";
import { AgentHuman } from "agenthuman";
import { createRelay } from "agenthuman/relay";
import { madeUpKey } from "./credentials.mjs";

export const madeUpSecret = () => randomBytes(32).toString("base64url");

/** Accepts every user, all agents, and the requested agent. */
export const openDoor = {
  authorize: ({ token }) => (token?.startsWith("demo-") ? token.slice("demo-".length) : null),
  policy: (_user, request) =>
    request.agents ? { agents: request.agents.map(({ id }) => id) } : { agent_id: request.agent_id ?? "1" },
};

/** A relay for the service at `url`, without limits. `key` is the backend's key, or a function that returns it. */
export function relayTo(url, { key = madeUpKey(), logger, ...options } = {}) {
  const client = new AgentHuman({ apiKey: key, baseURL: url, maxRetries: 0, logger, logLevel: "debug" });
  return createRelay({ client, ...openDoor, secrets: [madeUpSecret()], requestsPerMinute: 0, ...options });
}

/** Makes `handler` listen, and calls `use` with its URL. */
export async function listening(handler, use) {
  const server = http.createServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await use(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
}

export const inExpress = (relay, ...before) => {
  const app = express();
  app.set("env", "test");
  for (const handler of before) app.use(handler);
  return app.use("/agenthuman", relay.express());
};

/** The ways of mounting a relay: options, and a function that calls `use` with a `fetch` for it. */
export const mounts = {
  fetch: {
    options: { basePath: "/agenthuman" },
    reach: (relay, use) => use((path, init) => relay.fetch(new Request(`http://backend.test/agenthuman${path}`, init))),
  },
  "fetch at the root": {
    options: {},
    reach: ({ fetch }, use) => use((path, init) => fetch(new Request(`http://backend.test${path}`, init))),
  },
  Express: {
    options: {},
    reach: (relay, use) => listening(inExpress(relay), (url) => use((path, init) => fetch(`${url}/agenthuman${path}`, init))),
  },
  "Express with basePath": {
    options: { basePath: "/agenthuman/" },
    reach: (relay, use) => listening(inExpress(relay), (url) => use((path, init) => fetch(`${url}/agenthuman${path}`, init))),
  },
  "node:http": {
    options: { basePath: "/agenthuman" },
    reach: (relay, use) => listening(relay.express(), (url) => use((path, init) => fetch(`${url}/agenthuman${path}`, init))),
  },
};

/** Sends requests like an app, with a `fetch` that takes a path. Returns status, headers and body. */
export function phone(send, user = "alice") {
  return async (method, path, { body, grant, headers = {}, ...init } = {}) => {
    const answer = await send(path, {
      method,
      headers: {
        authorization: `Bearer demo-${user}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(grant !== undefined && { "x-agenthuman-grant": grant }),
        ...headers,
      },
      ...(body !== undefined && { body: isSent(body) ? body : JSON.stringify(body) }),
      ...init,
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: text === "" ? undefined : JSON.parse(text) };
  };
}

/** Whether a body is sent unchanged. */
const isSent = (body) => typeof body === "string" || body instanceof ReadableStream;

/** A logger that records its lines. */
export function keptLog() {
  const lines = [];
  const keep = (level) => (text) => lines.push(`${level}: ${text}`);
  return { lines, debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") };
}
