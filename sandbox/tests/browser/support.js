// A sandbox and a Chromium for the tests, and checks of every page.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SANDBOX = process.env.AGENTHUMAN_SANDBOX ?? join(ROOT, 'target/debug/agenthuman-sandbox');
const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCREENSHOTS = join(ROOT, 'screenshots');

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The reason why this machine cannot run browser tests, or false. */
export const missing = existsSync(BROWSER)
  ? false
  : `chromium is missing: there is no ${BROWSER}. Install it, or name one in CHROMIUM`;
if (missing) console.error(`The pages were not tested: ${missing}.`);

export async function startSandbox(...args) {
  if (!existsSync(SANDBOX)) {
    throw new Error(`there is no ${SANDBOX}: run \`cargo build -p agenthuman-sandbox\`, or name one in AGENTHUMAN_SANDBOX`);
  }
  const child = spawn(SANDBOX, ['--port', '0', '--json', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { url, api_key: apiKey, email } = JSON.parse(line);
  const stop = async () => {
    const stopped = once(child, 'exit');
    child.kill();
    await stopped;
  };
  return { url, apiKey, email, stop };
}

/** A browser with its own profile. */
export async function startBrowser(options = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'agenthuman-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: BROWSER,
    args: FLAGS,
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(10_000);
  const complaints = [];
  context.on('page', (page) => watch(page, complaints));
  for (const page of context.pages()) watch(page, complaints);
  const stop = async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { context, complaints, stop };
}

/** Collects page errors and console errors, which include violations of the content security policy. */
function watch(page, complaints) {
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.text()} (${message.location().url})`);
  });
}

/** Signs in on the dashboard with the code from the mailbox page. */
export async function signIn(context, sandbox) {
  const page = await context.newPage();
  await page.goto(sandbox.url);
  await page.getByRole('button', { name: 'Send code' }).click();
  const [mailbox] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('link', { name: 'Open the mailbox' }).click(),
  ]);
  const code = await mailbox.locator('.mail .code code').first().textContent();
  await look(mailbox, 'mailbox');
  await mailbox.close();
  await page.getByLabel('Code').fill(code);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'API Keys' }).waitFor();
  return page;
}

/** Takes a screenshot of the page, and checks its accessibility with axe: names, roles, contrast. */
export async function look(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  await page.evaluate(AXE);
  const faults = await page.evaluate(async () => {
    const { violations } = await window.axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
  assert.deepEqual(faults, [], `${name} is not accessible`);
}
