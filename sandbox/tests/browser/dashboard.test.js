// The dashboard and the playground, used together like a developer would.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { look, missing, signIn, startBrowser, startSandbox } from './support.js';

const VIEWS = ['API Keys', 'Requests', 'Sessions', 'Rooms'];

describe('dashboard', { skip: missing }, () => {
  let sandbox;
  let browser;
  let page;

  before(async () => {
    sandbox = await startSandbox();
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await sandbox?.stop();
  });

  const row = (name) => page.getByRole('row', { name: new RegExp(name) });

  async function playground(key) {
    const playground = await browser.context.newPage();
    await playground.goto(`${sandbox.url}/playground`);
    await playground.getByLabel('x-api-key').fill(key);
    return playground;
  }

  async function createKey(name) {
    await page.getByRole('button', { name: 'Create New API Key' }).click();
    await page.getByLabel('Name').fill(name);
    await page.getByRole('button', { name: 'Create key' }).click();
    const key = await page.getByLabel('API key', { exact: true }).inputValue();
    assert.match(key, /^ah_test_[0-9A-Za-z]{32}$/);
    return key;
  }

  test('a code from the mailbox page signs in', async () => {
    page = await signIn(browser.context, sandbox);
    await page.getByText(sandbox.email, { exact: true }).waitFor();
    const cookies = await browser.context.cookies();
    assert.ok(cookies.find(({ name }) => name === 'ah_session').httpOnly);
    await row('Start-up key').waitFor();
    assert.deepEqual(browser.complaints, []);
  });

  test('a key is created, used in the playground, seen in the log, and revoked', async () => {
    const key = await createKey('Walk');
    await look(page, 'key-shown-once');
    await page.getByRole('button', { name: 'Done' }).click();
    assert.ok(!(await page.content()).includes(key), 'the key is gone from the page');

    const play = await playground(key);
    await play.getByRole('button', { name: 'Send Request' }).click();
    await play.locator('#response-status', { hasText: '200 OK' }).waitFor();
    await play.getByText(/^Headers/).click();
    const id = await play.locator('#response-headers dt', { hasText: 'x-request-id' }).locator('+ dd').textContent();
    await look(play, 'playground-answer');

    await page.getByRole('link', { name: 'Requests' }).click();
    const logged = page.locator(`tr[data-request="${id}"]`);
    await logged.waitFor();
    assert.match(await logged.innerText(), /GET[\s\S]*\/v1\/sessions[\s\S]*200[\s\S]*Walk/);
    assert.ok(!(await page.content()).includes(key), 'no key in the log');
    await look(page, 'requests');

    await page.getByRole('link', { name: 'API Keys' }).click();
    await row('Walk').getByText('1 call', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Delete Walk' }).click();
    await look(page, 'delete-question');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await row('Walk').getByText('Revoked', { exact: true }).waitFor();

    await play.getByRole('button', { name: 'Send Request' }).click();
    await play.locator('#response-status', { hasText: '401' }).waitFor();
    await play.locator('#response-body', { hasText: '"error": "API key has been revoked"' }).waitFor();
    await look(play, 'playground-revoked');
    await row('Walk').getByText('2 calls, 1 error').waitFor();
    await look(page, 'keys');
    await play.close();

    const rejected = browser.complaints.splice(0);
    assert.equal(rejected.length, 1, rejected.join('\n'));
    assert.match(rejected[0], /status of 401 .*\/v1\/sessions/);
  });

  test('Cancel in the delete dialog keeps the key', async () => {
    await createKey('Kept');
    await page.keyboard.press('Escape');
    await page.getByLabel('API key', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Delete Kept' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await row('Kept').getByText('Revoked').count(), 0);
  });

  test('a key is rotated in four steps', async () => {
    const old = await createKey('Rotated');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Rotate Rotated' }).click();
    await page.getByRole('button', { name: 'Create the new key' }).click();
    const made = await page.getByLabel('API key', { exact: true }).inputValue();
    assert.notEqual(made, old);
    await page.getByRole('button', { name: 'My application uses it' }).click();
    await page.getByRole('button', { name: 'Test the new key' }).click();
    await page.getByText(/^It works: 200/).waitFor();
    await look(page, 'rotation-test');
    const call = (key) => fetch(`${sandbox.url}/v1/sessions`, { headers: { 'x-api-key': key } });
    assert.equal((await call(made)).status, 200);
    await page.getByText('1: it uses the new key').waitFor();
    await page.getByRole('button', { name: 'Continue' }).click();
    assert.equal((await call(old)).status, 200);
    await page.getByRole('button', { name: 'Delete the old key' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal((await call(old)).status, 401);
    assert.equal((await call(made)).status, 200);
    assert.equal(await row('Rotated').count(), 2);
  });

  test('a key is created with the keyboard alone', async () => {
    await page.reload();
    await row('Start-up key').waitFor();
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
    const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
    await press('Tab');
    assert.equal(await focused(), 'Skip to content');
    await press('Enter', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab');
    assert.equal(await focused(), 'create-key');
    await press('Enter');
    assert.equal(await focused(), 'key-name');
    await page.keyboard.type('By keyboard');
    await press('Tab', 'ArrowDown', 'Tab', 'Tab');
    assert.equal(await focused(), 'Create key');
    await press('Enter');
    const key = page.getByLabel('API key', { exact: true });
    await key.waitFor();
    assert.match(await key.inputValue(), /^ah_live_/);
    assert.equal(await focused(), 'new-key');
    await press('Tab', 'Tab', 'Tab', 'Tab');
    assert.equal(await focused(), 'Done');
    await press('Enter');
    assert.equal(await focused(), 'create-key');
    await row('By keyboard').getByText('live', { exact: true }).waitFor();
  });

  test('an invalid name has an error at its field', async () => {
    await page.getByRole('button', { name: 'Create New API Key' }).click();
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByText(/^name must be/).waitFor();
    assert.equal(await page.getByLabel('Name').getAttribute('aria-invalid'), 'true');
    await page.getByRole('button', { name: 'Cancel' }).click();
    const rejected = browser.complaints.splice(0);
    assert.equal(rejected.length, 1, rejected.join('\n'));
    assert.match(rejected[0], /status of 400/);
  });

  test('sessions are displayed with their messages, and are updated', async () => {
    const headers = { 'x-api-key': sandbox.apiKey, 'content-type': 'application/json' };
    const post = (path, body) => fetch(sandbox.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    const { session } = await (await post('/v1/sessions', { agent_id: 1 })).json();
    await page.getByRole('link', { name: 'Sessions' }).click();
    await page.getByRole('button', { name: new RegExp(`Session ${session.session_id} `) }).click();
    await page.getByText('No messages yet.').waitFor();
    await post(`/v1/sessions/${session.session_id}/messages`, { content: '<b>Do you repair gears?</b>' });
    await page.getByRole('listitem').filter({ hasText: '<b>Do you repair gears?</b>' }).first().waitFor();
    await page.getByRole('heading', { name: 'Transcript' }).waitFor();
    await look(page, 'sessions');
  });

  test('rooms are displayed with usage, sessions and links, and are updated', async () => {
    const headers = { 'x-api-key': sandbox.apiKey, 'content-type': 'application/json' };
    const post = async (path, body) => {
      const response = await fetch(sandbox.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
      return response.json();
    };
    await page.getByRole('link', { name: 'Rooms', exact: true }).click();
    await page.getByText('No links yet.').waitFor();
    const room = { platform: 'livekit', url: 'wss://rooms.example.test', token: 'no-token' };
    const { session } = await post('/rooms/v1/sessions', { avatar: 'PUBLIC/Avatars/sara-office', room });
    await row(session.session_id).getByText('started', { exact: true }).waitFor();
    await page.getByText('1 of 20').waitFor();
    await post(`/rooms/v1/sessions/${session.session_id}/end`, {});
    await row(session.session_id).getByText('ended', { exact: true }).waitFor();
    await page.locator('#minutes-left', { hasText: '5999' }).waitFor();
    const voice = { provider: 'ElevenLabs', agent_id: 'el_1', auth_method: 'public' };
    const { agent } = await post('/rooms/v1/agents', { name: 'Support', voice_agent: voice });
    await post('/rooms/v1/links', { agent_id: agent.agent_id, name: '<b>Demo</b>', use_limit: 3 });
    await row('<b>Demo</b>').getByText('0 of 3').waitFor();
    assert.ok(!(await page.content()).includes('no-token'), 'no room token on the page');
    await look(page, 'rooms');
    await page.getByRole('link', { name: '<b>Demo</b>' }).click();
    await page.getByRole('heading', { name: '<b>Demo</b>' }).waitFor();
    await look(page, 'link');
    await page.goBack();
    await page.getByRole('heading', { name: 'Rooms' }).waitFor();
  });

  test('the pages have dark and narrow layouts', async () => {
    const widest = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await page.emulateMedia({ colorScheme: 'dark' });
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.ok(background.match(/\d+/g).every((part) => part < 40), background);
    for (const view of VIEWS) {
      await page.getByRole('link', { name: view, exact: true }).click();
      await look(page, `dark-${view.toLowerCase().replace(' ', '-')}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 360, height: 780 });
    for (const view of VIEWS) {
      await page.getByRole('link', { name: view, exact: true }).click();
      assert.ok((await widest()) <= 0, `${view} is wider than the screen`);
      await look(page, `narrow-${view.toLowerCase().replace(' ', '-')}`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('an open dashboard stays signed in', async () => {
    const advance = () =>
      fetch(`${sandbox.url}/sandbox/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"advance_seconds": 3300}',
      });
    for (let hour = 0; hour < 2; hour += 1) {
      const refreshed = page.waitForResponse('**/v1/auth/refresh');
      assert.equal((await advance()).status, 200);
      assert.equal((await refreshed).status(), 200);
    }
    await page.getByRole('link', { name: 'API Keys' }).click();
    await row('Start-up key').getByText('1 hr. ago').first().waitFor();
    assert.deepEqual(browser.complaints, []);
  });

  test('signing out ends the session, and an expired session is reported', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Send code' }).waitFor();
    await look(page, 'sign-in');
    await page.close();
    page = await signIn(browser.context, sandbox);
    await browser.context.clearCookies();
    await page.getByText('Your session has expired.').waitFor();
    const rejected = browser.complaints.splice(0);
    assert.ok(rejected.every((text) => /status of 401/.test(text)), rejected.join('\n'));
  });
});
