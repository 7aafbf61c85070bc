// A relay for tests, the ways of mounting it, and a phone that speaks to it.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import express from "express";
import { AgentHuman } from "agenthuman";
import { createRelay } from "agenthuman/relay";
import { madeUpKey } from "./credentials.mjs";

export const madeUpSecret = () => randomBytes(32).toString("base64url");

/** Lets everyone in, shows all agents, and gives the agent that is wished for. */
export const openDoor = {
  authorize: ({ token }) => (token?.startsWith("demo-") ? token.slice("demo-".length) : null),
  policy: (_user, wish) => (wish.agents ? { agents: wish.agents.map(({ id }) => id) } : { agent_id: wish.agent_id ?? "1" }),
};

/** A relay to the service at `url`, with no limit. `key` is the backend's, or a function that gives it. */
export function relayTo(url, { key = madeUpKey(), logger, ...options } = {}) {
  const client = new AgentHuman({ apiKey: key, baseURL: url, maxRetries: 0, logger, logLevel: "debug" });
  return createRelay({ client, ...openDoor, secrets: [madeUpSecret()], requestsPerMinute: 0, ...options });
}

/** Lets `handler` listen, and gives `use` where. */
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

/** Each way of mounting a relay: its options, and what gives `use` a `fetch` that reaches it. */
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
  "Express, told the path": {
    options: { basePath: "/agenthuman/" },
    reach: (relay, use) => listening(inExpress(relay), (url) => use((path, init) => fetch(`${url}/agenthuman${path}`, init))),
  },
  "node:http": {
    options: { basePath: "/agenthuman" },
    reach: (relay, use) => listening(relay.express(), (url) => use((path, init) => fetch(`${url}/agenthuman${path}`, init))),
  },
};

/** What a phone's app sends, by a `fetch` that takes a path. Gives the status, the headers and the body. */
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

/** Whether a body is sent as it is. */
const isSent = (body) => typeof body === "string" || body instanceof ReadableStream;

/** A logger that keeps its lines. */
export function keptLog() {
  const lines = [];
  const keep = (level) => (text) => lines.push(`${level}: ${text}`);
  return { lines, debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") };
}
