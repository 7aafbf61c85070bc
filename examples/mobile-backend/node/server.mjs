// A backend for a phone app: the app signs in here, and talks with agents through the relay at /agenthuman, so that the key
// stays here.
//
//     npm ci
//     AGENTHUMAN_API_KEY=… AGENTHUMAN_RELAY_SECRETS=… PORT=8000 node server.mjs
//
// It listens on this machine only, unless HOST is set. There, and only if the service is a sandbox, the
// token `demo-NAME` is accepted for the user NAME, for testing apps. Elsewhere this needs DEMO_TOKENS=1.
//
// Prints one line of JSON with the relay's URL once it listens; PORT=0 picks a free port. Without a key, it creates one in the
// sandbox that AGENTHUMAN_BASE_URL names.

import { randomBytes, timingSafeEqual } from "node:crypto";
import { AgentHuman } from "agenthuman";
import { createRelay } from "agenthuman/relay";
import express from "express";

// A real backend stores these in a database.
const passwords = new Map([
  ["alice", "wonderland"],
  ["bob", "builder"],
]);
/** Who is signed in, by the app's own token. @type {Map<string, string>} */
const users = new Map();
/** The ids of each user's sessions, the newest first. @type {Map<string, string[]>} */
const sessions = new Map();

const host = process.env.HOST ?? "127.0.0.1";
/** Whether only programs of this machine reach it. @param {string} host */
const onThisMachine = (host) => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(host);
const baseURL = process.env.AGENTHUMAN_BASE_URL ?? "";
const service = URL.canParse(baseURL) ? new URL(baseURL).hostname : "";
const demoTokens = process.env.DEMO_TOKENS === "1" || (onThisMachine(host) && onThisMachine(service));

const client = new AgentHuman({ apiKey: process.env.AGENTHUMAN_API_KEY || (await newKey()), logger: console });

const relay = createRelay({
  client,
  authorize: ({ token }) => {
    if (!token) return null;
    // For testing apps, like `agenthuman relay --demo`. Remove this in a real backend, since it accepts everyone.
    if (demoTokens && token.startsWith("demo-")) return token.slice("demo-".length);
    return users.get(token) ?? null;
  },
  policy: async (user, request) => {
    switch (request.operation) {
      case "sessions.create":
        return {
          agent_id: request.agent_id ?? (await firstAgent()),
          session_type: request.session_type,
          metadata: { ...request.metadata, user },
        };
      case "sessions.list":
        return { sessions: (sessions.get(user) ?? []).slice(0, request.limit) };
      case "sessions.resume":
        return { session_id: request.session_id };
      case "agents.list":
        return { agents: request.agents.map(({ id }) => id) };
      default:
        return null;
    }
  },
  onOpen: (user, { session_id }) => {
    sessions.set(user, [session_id, ...(sessions.get(user) ?? [])]);
  },
  // A real backend has the same secrets in every copy and after every restart.
  secrets: process.env.AGENTHUMAN_RELAY_SECRETS ? undefined : [token()],
});

const app = express();
// Before any body parser, since the relay reads the bodies of its requests.
app.use("/agenthuman", relay.express());
app.use(express.json());

app.post("/sign-in", (request, response) => {
  const { user, password } = request.body ?? {};
  const known = passwords.get(user);
  if (known === undefined || !isSame(known, String(password))) {
    response.status(401).json({ error: "wrong name or password" });
    return;
  }
  const newToken = token();
  users.set(newToken, user);
  response.json({ token: newToken });
});

await firstAgent();
const server = app.listen(Number(process.env.PORT ?? 8000), host, () => {
  const address = server.address();
  if (address && typeof address === "object") {
    console.log(JSON.stringify({ url: `http://${host}:${address.port}/agenthuman` }));
  }
});

/** What a phone talks with that names no agent. */
async function firstAgent() {
  const { items } = await client.agents.list({ limit: 1 }).page();
  const [agent] = items;
  return agent?.id ?? (await client.agents.create({ name: "Sunny", context: "You are a friendly guide." })).id;
}

async function newKey() {
  const baseURL = process.env.AGENTHUMAN_BASE_URL;
  if (!baseURL) throw new Error("Set AGENTHUMAN_API_KEY, or AGENTHUMAN_BASE_URL to where a sandbox is.");
  const email = "mobile-backend@example.com";
  const user = new AgentHuman({ baseURL });
  await user.auth.requestOtp(email);
  const answer = await fetch(`${baseURL}/sandbox/mailbox?to=${encodeURIComponent(email)}`);
  const { mails } = /** @type {{ mails: { id: number, code: string }[] }} */ (await answer.json());
  const newest = mails.reduce((newest, mail) => (mail.id > newest.id ? mail : newest));
  const login = await user.auth.verifyOtp(email, String(newest.code));
  const signedIn = new AgentHuman({ baseURL, token: login.token });
  return (await signedIn.apiKeys.create({ name: "mobile backend", environment: "test" })).key;
}

function token() {
  return randomBytes(32).toString("base64url");
}

/**
 * Compares in constant time.
 *
 * @param {string} known
 * @param {string} password
 */
function isSame(known, password) {
  const [one, other] = [Buffer.from(known), Buffer.from(password)];
  return one.length === other.length && timingSafeEqual(one, other);
}
