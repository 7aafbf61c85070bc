// Greets many people, 16 at a time, and shows the progress.
//
//     npm ci
//     AGENTHUMAN_API_KEY=… AGENT_ID=… node batch.mjs 200
//
// Each person takes three requests, and the API allows 60 per minute, so 200 people take ten minutes. The client waits for the
// limit by itself. A person whose call fails is reported, and the others go on.

import { AgentHuman, AgentHumanError } from "agenthuman";
import pMap from "p-map";

const names = Array.from({ length: Number(process.argv[2] ?? 10) }, (_, at) => `guest ${at + 1}`);
const agentId = process.env.AGENT_ID ?? "";

let waiting = "";
const client = new AgentHuman({
  onWait: ({ seconds }) => {
    waiting = `waiting ${Math.ceil(seconds)} s for the rate limit`;
    show();
  },
});

let done = 0;
let failures = 0;
const show = () => process.stderr.write(`\r${done} of ${names.length} ${waiting}\x1b[K`);

/** @param {string} name */
async function greet(name) {
  const session = await client.sessions.create({ agentId, metadata: { name } });
  try {
    await client.messages.create(session.id, { content: `Hello, I am ${name}.` });
  } finally {
    await client.sessions.end(session.id);
  }
}

await pMap(
  names,
  async (name) => {
    try {
      await greet(name);
    } catch (error) {
      if (!(error instanceof AgentHumanError)) throw error;
      failures += 1;
      process.stderr.write(`\r${name}: ${error.message}\x1b[K\n`);
    }
    done += 1;
    waiting = "";
    show();
  },
  { concurrency: 16 },
);
process.stderr.write("\n");
console.log(`${names.length - failures} of ${names.length} greeted`);
process.exitCode = failures > 0 ? 1 : 0;
