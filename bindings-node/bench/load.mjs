// Makes many concurrent calls to a sandbox, and prints the errors and the growth of memory after the first half in MiB.
//
//     npm run bench:load -- [CALLS [AT_ONCE]]
//
// The limit keeps V8 from growing its young generation for a while.

import { AgentHuman } from "agenthuman";
import { startSandbox } from "agenthuman/sandbox";

const [calls, atOnce] = [Number(process.argv[2] ?? 1_000_000), Number(process.argv[3] ?? 64)];

const sandbox = await startSandbox();
const client = new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url });
const agent = await client.agents.create({ name: "Sunny" });
const { id } = await client.sessions.create({ agentId: agent.id, sessionType: "agent_chat" });
const errors = new Map();

async function make(calls) {
  let begun = 0;
  const work = async () => {
    for (; begun < calls;) {
      begun += 1;
      try {
        const session = await client.sessions.get(id);
        if (session.id !== id) throw new Error("another session");
      } catch (error) {
        errors.set(error.name, (errors.get(error.name) ?? 0) + 1);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  globalThis.gc();
  return process.memoryUsage.rss() / 1024 / 1024;
}

const half = Math.ceil(calls / 2);
const before = await make(half);
const after = await make(calls - half);
await sandbox.stop();
console.log(JSON.stringify({ calls, errors: Object.fromEntries(errors), grown: Number((after - before).toFixed(2)) }));
