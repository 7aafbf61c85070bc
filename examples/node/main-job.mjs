// Signs in, creates a key, talks with an agent, and rotates the key. Prints one line of JSON at the end.
//
// Reads AGENTHUMAN_BASE_URL and AGENTHUMAN_DEMO_EMAIL; the one-time code is read from the sandbox's mailbox.
// If AGENTHUMAN_API_KEY is set, it runs only the part for which a key is enough.

import { AgentHuman, APIKeyRevokedError } from "agenthuman";

const baseURL = process.env.AGENTHUMAN_BASE_URL;

async function main() {
  const outcome = process.env.AGENTHUMAN_API_KEY
    ? { ...(await converse(new AgentHuman())), rotated: null, old_key: null }
    : await signInAndConverse();
  console.log(JSON.stringify({ language: "node", ...outcome }));
}

async function signInAndConverse() {
  const email = process.env.AGENTHUMAN_DEMO_EMAIL ?? "node@example.com";
  const user = new AgentHuman({ baseURL });
  await user.auth.requestOtp(email);
  const login = await user.auth.verifyOtp(email, await codeFromMailbox(email));
  say(`signed in as ${login.user?.email ?? email}`);
  const old = await user.apiKeys.create({ name: "main job", environment: "test" });

  const client = new AgentHuman({ apiKey: old.key, token: login.token, baseURL });
  const outcome = await converse(client);
  /** @type {Map<string, string>} */
  const vault = new Map();
  const created = await client.apiKeys.rotate(old.api_key.id, {
    store: ({ key }) => void vault.set("AGENTHUMAN_API_KEY", key),
  });
  await client.sessions.list().page();
  say(`rotated ${old.api_key.id} to ${created.api_key.id}`);
  return { ...outcome, rotated: vault.get("AGENTHUMAN_API_KEY") === created.key, old_key: await refusal(old.key) };
}

/** @param {AgentHuman} client */
async function converse(client) {
  const avatars = await client.avatars.list().all();
  const agent = await client.agents.create({
    name: "Sunny",
    avatarId: avatars[0]?.id,
    context: "You are a friendly guide.",
  });
  say(`${avatars.length} public avatars; made agent ${agent.id}`);
  const session = await client.sessions.create({
    agentId: agent.id,
    sessionType: "agent_chat",
    metadata: { from: "main-job.mjs" },
  });
  for (const content of ["Hello!", "What can you do?"]) {
    const { reply } = await client.messages.create(session.id, { content });
    say(`> ${content}\n< ${reply?.content ?? "(no reply)"}`);
  }
  const messages = await client.messages.list(session.id).all();
  const ended = await client.sessions.end(session.id);
  return { avatars: avatars.length, agent: agent.name, session_status: ended.status, messages: messages.length };
}

/**
 * The name of the error that a revoked key meets.
 *
 * @param {string} apiKey
 */
async function refusal(apiKey) {
  try {
    await new AgentHuman({ apiKey, baseURL }).sessions.list().page();
    return null;
  } catch (error) {
    if (!(error instanceof APIKeyRevokedError)) throw error;
    say(`the old key is refused: ${error}`);
    return error.name;
  }
}

/** @param {string} email */
async function codeFromMailbox(email) {
  const answer = await fetch(`${baseURL}/sandbox/mailbox?to=${encodeURIComponent(email)}`);
  const { mails } = /** @type {{ mails: { id: number, code: string }[] }} */ (await answer.json());
  const newest = mails.reduce((newest, mail) => (mail.id > newest.id ? mail : newest));
  return String(newest.code);
}

/** @param {string} text */
function say(text) {
  console.error(text);
}

await main();
