// The playground: the form and code of every operation, and the content security policy.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { look, missing, startBrowser, startSandbox } from './support.js';

const CONTRACT = JSON.parse(readFileSync(new URL('../../../contract/operations.json', import.meta.url)));
const KEY = `ah_test_${'aB3dE6gH'.repeat(4)}`;

describe('playground', { skip: missing }, () => {
  let sandbox;
  let browser;
  let page;

  before(async () => {
    sandbox = await startSandbox('--rate-limit', 'off');
    browser = await startBrowser();
    page = await browser.context.newPage();
    await page.goto(`${sandbox.url}/playground`);
    await page.getByLabel('x-api-key').waitFor();
  });
  after(async () => {
    await browser?.stop();
    await sandbox?.stop();
  });

  const pick = (id) => page.locator(`[id="open-${id}"]`).click();
  const snippet = () => page.locator('#snippet').textContent();

  async function send(status) {
    await page.getByRole('button', { name: 'Send Request' }).click();
    await page.locator('#response-status', { hasText: String(status) }).waitFor();
    return JSON.parse(await page.locator('#response-body').textContent());
  }

  test('a session is started, a message is sent, and the key stays entered', async () => {
    await page.getByLabel('x-api-key').fill(sandbox.apiKey);
    await pick('sessions.create');
    await page.getByLabel('agent_id').fill('1');
    await page.getByLabel('metadata').fill('{"from": "test"}');
    const { session } = await send(201);
    assert.deepEqual(session.metadata, { from: 'test' });
    await look(page, 'playground-created');
    await pick('messages.create');
    await page.getByLabel('session_id').fill(String(session.session_id));
    await page.getByLabel('content').fill('Hello!');
    const { message } = await send(201);
    assert.equal(message.content, 'Hello!');
    assert.deepEqual(browser.complaints, []);
  });

  test('invalid input has an error at its field', async () => {
    await pick('sessions.get');
    await page.getByRole('button', { name: 'Send Request' }).click();
    await page.getByText('id is required: it is part of the path').waitFor();
    await pick('sessions.create');
    await page.getByLabel('metadata').fill('{"broken');
    await page.getByRole('button', { name: 'Send Request' }).click();
    await page.getByText(/^metadata is not valid JSON/).waitFor();
    await page.getByLabel('metadata').fill('');
    assert.deepEqual(browser.complaints, []);
  });

  test('a body can be entered as JSON, and invalid values reach the service', async () => {
    await pick('sessions.create');
    await page.getByRole('button', { name: 'Write as JSON' }).click();
    await page.getByLabel('JSON').fill('{"agent_id": "one"}');
    const { error } = await send(400);
    assert.match(error, /^agent_id must be/);
    await page.getByRole('button', { name: 'Use the form' }).click();
    assert.match(browser.complaints.splice(0).join(), /^Failed to load resource.* 400 /);
  });

  test('a new key can be used for later requests', async () => {
    await pick('auth.request_otp');
    await page.getByLabel('email').fill(sandbox.email);
    await send(200);
    const { mails } = await (await fetch(`${sandbox.url}/sandbox/mailbox?to=${sandbox.email}`)).json();
    await pick('auth.verify_otp');
    await page.getByLabel('email').fill(sandbox.email);
    await page.getByRole('textbox', { name: /^code/ }).fill(mails[0].code);
    await send(200);
    assert.deepEqual(await browser.context.cookies(), [], 'the playground signs nobody in');
    await page.getByRole('button', { name: 'Use this token' }).click();
    await pick('api_keys.create');
    await page.getByLabel('name').fill('From the playground');
    await page.getByLabel('environment').selectOption('live');
    const { key } = await send(201);
    await page.getByRole('button', { name: 'Use this key' }).click();
    await pick('sessions.list');
    assert.equal(await page.getByLabel('x-api-key').inputValue(), key);
    await send(200);
    assert.deepEqual(browser.complaints, []);
  });

  test('a file is uploaded', async () => {
    await pick('avatars.upload');
    await page.getByLabel('file').setInputFiles({ name: 'face.png', mimeType: 'image/png', buffer: Buffer.from('not really') });
    await page.getByLabel('name').fill('Face');
    await send(201);
    await page.getByRole('tab', { name: 'Node' }).click();
    assert.match(await snippet(), /client\.avatars\.upload\(\{ file: 'face\.png', name: 'Face' \}\)/);
  });

  test('code never contains a credential', async () => {
    await page.getByLabel('x-api-key').fill(KEY);
    for (const language of ['curl', 'Python', 'Node', 'Swift', 'Kotlin']) {
      await page.getByRole('tab', { name: language }).click();
      const code = await snippet();
      assert.ok(!code.includes(KEY) && code.includes('AGENTHUMAN_API_KEY'), code);
    }
    assert.match(await snippet(), /^\/\/ For servers only: apps must not contain an API key/);
  });

  test('every operation has its evidence mark and the names of the library', async () => {
    const written = await page.evaluate(writeAll);
    const names = new Set();
    const known = CONTRACT.resources.flatMap(({ operations }) => operations);
    for (const { id, evidence, python, node } of written) {
      const [, name] = python.match(/client\.(\w+\.\w+)\(/);
      const operation = known.find((one) => one.name === name);
      assert.ok(operation, `${name}, for ${id}`);
      assert.equal(evidence, operation.evidence, name);
      names.add(name);
      const camel = (text) => text.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
      assert.ok(node.includes(`client.${camel(name)}(`), node);
      const params = operation.params.map((param) => param.name);
      const passed = [...python.matchAll(/[(\s](\w+)=/g)].map(([, param]) => param).filter((param) => param !== 'base_url');
      for (const param of passed) assert.ok(params.includes(param), `${param} of ${name}: ${python}`);
      const place = (one) => one.place !== 'path' && !name.startsWith('auth.');
      const needed = operation.params.filter((one) => one.required && place(one)).map((one) => one.name);
      for (const param of needed) assert.ok(passed.includes(param), `${param} of ${name}: ${python}`);
    }
    const wire = known.filter(({ composite }) => !composite).map(({ name }) => name);
    assert.deepEqual([...names].sort(), wire.sort());
  });

  test('the playground for rooms sends the operations of that contract', async () => {
    await page.goto(`${sandbox.url}/playground`);
    await page.getByRole('link', { name: 'Rooms', exact: true }).click();
    await page.waitForURL('**/rooms/playground');
    await page.getByLabel('x-api-key').fill(sandbox.apiKey);
    await page.locator('[id="open-sessions.create"]').click();
    await page.getByRole('textbox', { name: /^avatar/ }).fill('PUBLIC/Avatars/sara-office');
    await page.getByRole('textbox', { name: /^room/ }).fill('{"platform": "proxy"}');
    await page.getByRole('button', { name: 'Send Request' }).click();
    await page.locator('#response-status', { hasText: '201' }).waitFor();
    await page.locator('#response-body', { hasText: '"status": "started"' }).waitFor();
    await page.getByRole('tab', { name: 'Python' }).click();
    assert.match(await snippet(), /AgentHumanRooms\(base_url="http:[^"]+\/rooms"\)/);
    await look(page, 'playground-rooms');
  });

  test('the playground can be used with the keyboard alone', async () => {
    await page.goto(`${sandbox.url}/playground`);
    await page.getByLabel('x-api-key').waitFor();
    await page.getByLabel('Find an operation').focus();
    await page.keyboard.type('public');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /avatars/i, level: 1 }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'operation-title');
    await page.getByRole('tab', { name: 'curl' }).focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'language-python');
    assert.match(await snippet(), /for avatar in client\.avatars\.list\(\):/);
  });

  test('the page has dark and narrow layouts', async () => {
    await page.goto(`${sandbox.url}/playground#agents.update`);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByLabel('knowledge_base').waitFor();
    await look(page, 'dark-playground');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 390, height: 844 });
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(tooWide <= 0, `${tooWide} pixels too wide`);
    await look(page, 'narrow-playground');
    assert.deepEqual(browser.complaints, []);
  });

  test('the content security policy blocks foreign content', async () => {
    const stopped = await page.evaluate(async () => {
      const violations = [];
      const all = new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
          if (violations.push(effectiveDirective) === 3) resolve();
        });
      });
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      document.body.setAttribute('style', 'color: red');
      await fetch('http://127.0.0.1:9/').catch(() => {});
      await all;
      return { violations, ran: window.ran === true };
    });
    assert.equal(stopped.ran, false);
    assert.deepEqual(stopped.violations.sort(), ['connect-src', 'script-src-elem', 'style-src-attr']);
  });
});

/** Runs in the page: returns the Python and Node code of each operation, in both scopes if it has a scope. */
async function writeAll() {
  const [{ operationsOf }, { buildRequest }, { LANGUAGES }] = await Promise.all(
    ['openapi', 'request', 'snippets'].map((name) => import(`/web/${name}.js`)),
  );
  const operations = operationsOf(await (await fetch('/openapi.json')).json());
  const written = [];
  for (const operation of operations) {
    const fields = [...operation.parameters, ...(operation.body?.fields ?? [])];
    const example = ({ kind, choices }) =>
      ({ choice: choices?.[0], flag: 'true', integer: '1', json: '{"a b": [null, true]}', file: { name: 'face.png', type: 'image/png' } })[kind] ?? 'x';
    const values = Object.fromEntries(fields.map((field) => [field.name, example(field)]));
    for (const scope of values.scope ? ['public', 'mine'] : [undefined]) {
      const request = buildRequest(operation, { ...values, scope }, { kind: 'api_key', value: 'x' });
      const code = (id) => LANGUAGES.find((one) => one.id === id).write({ operation, request, origin: location.origin });
      written.push({ id: operation.id, evidence: operation.evidence, python: code('python'), node: code('node') });
    }
  }
  return written;
}
