// A job with a time limit: greets each name, tries again after failures that are safe to repeat, and stops cleanly.
//
//     AGENTHUMAN_API_KEY=… AGENT_ID=… node job.mjs Ada Grace Hedy
//
// Ctrl-C, or the limit of ten minutes, aborts the call in flight; sessions that are open by then are ended.

import { setTimeout as sleep } from "node:timers/promises";
import { AgentHuman, AgentHumanError } from "agenthuman";

const ROUNDS = 5;

const client = new AgentHuman();
const agentId = process.env.AGENT_ID ?? "";
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort(new Error("interrupted")));
const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(10 * 60_000)]);

/** @param {string} name */
async function greet(name) {
  const session = await patiently(() => client.sessions.create({ agentId }, { signal }));
  try {
    const message = { content: `Hello, I am ${name}.` };
    const { reply } = await patiently(() => client.messages.create(session.id, message, { signal }));
    return reply?.content ?? "(no reply)";
  } finally {
    // Without the signal, so that no session stays open.
    await patiently(() => client.sessions.end(session.id));
  }
}

/**
 * Makes a call again after an outage that outlasts the client's own retries. `retryable` is false if the call may have taken
 * effect, so nothing is done twice.
 *
 * @template T
 * @param {() => Promise<T>} call
 */
async function patiently(call) {
  for (let round = 1; ; round += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof AgentHumanError && error.retryable) || round === ROUNDS) throw error;
      const seconds = error.retryAfter ?? 2 ** round;
      console.error(`${error.message}; trying again in ${seconds} s`);
      await sleep(seconds * 1000);
    }
  }
}

let failures = 0;
for (const name of process.argv.slice(2)) {
  try {
    console.log(`${name}: ${await greet(name)}`);
  } catch (error) {
    if (signal.aborted) {
      console.error(`stopped: ${signal.reason.message}`);
      process.exitCode = 130;
      break;
    }
    if (!(error instanceof AgentHumanError)) throw error;
    failures += 1;
    console.error(`${name}: ${error.message}`);
  }
}
process.exitCode ??= failures > 0 ? 1 : 0;
