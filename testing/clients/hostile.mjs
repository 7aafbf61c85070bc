// Tries the Node client of this checkout on the cases that come on standard input, and prints an outcome a line.

import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';

const require = createRequire(import.meta.url);
const { AgentHuman, AgentHumanError } = require('../../bindings-node/dist/index.js');

// Made up.
const KEY = 'ah_test_H0st1leH0st1leH0st1leH0st1leHos7';

/** Sets the peak of this process's memory to what it has now; returns that in KiB, 0 where Linux's files are missing. */
function resetPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    return 0;
  }
  return peak();
}

function peak() {
  try {
    return Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function call(client, name) {
  if (name === 'create') return client.sessions.create({ agentId: '7' });
  return name === 'list' ? client.sessions.list().page() : client.sessions.get('1');
}

async function judged(result, id) {
  try {
    const value = await result;
    const session = value.items ? value.items[0] : value;
    return session.id === id ? 'ok' : 'wrong value';
  } catch (error) {
    if (error instanceof AgentHumanError) return error.code;
    return `not an AgentHumanError: ${error}`;
  }
}

const plan = JSON.parse(readFileSync(0, 'utf8'));
for (const one of plan.cases) {
  const client = new AgentHuman({
    apiKey: KEY,
    baseURL: one.url,
    timeout: plan.timeout * 1000,
    maxRetries: 0,
    maxResponseBytes: plan.size_cap,
  });
  const before = resetPeak();
  const began = performance.now();
  const outcome = await judged(call(client, one.call), '1');
  const ms = performance.now() - began;
  const grown = Math.max(0, peak() - before);
  // The server ends this connection when it has sent all that comes before the next call.
  if (one.played) await once(connect(one.played, '127.0.0.1').resume(), 'close');
  const next = await judged(client.sessions.get('2'), '2');
  client.close();
  console.log(JSON.stringify({ name: one.name, outcome, ms, peak_kib: grown, next }));
}
