// Rotating a key in the four steps of the API's documentation: new key, application, test, delete the old key.

import { totals } from './chart.js';
import { dialogActions, keyOnce, openDialog } from './dialogs.js';
import { announce, byId, el } from './dom.js';
import { call, get } from './http.js';
import { ago, milliseconds } from './time.js';

const STEPS = ['New key', 'Application', 'Test', 'Old key'];
const WATCH_EVERY = 1000;

export function rotateKey(old, reload) {
  const body = el('div', { class: 'dialog-body-inner' });
  const rotation = { old, reload, body, made: undefined, tests: 0, keyVisible: false, watch: undefined };
  rotation.dialog = openDialog(`Rotate ${old.name}`, body, {
    hold: () => rotation.keyVisible,
    closed: () => clearInterval(rotation.watch),
  });
  showCreate(rotation);
}

function show({ body }, step, content, buttons) {
  const item = (name, index) =>
    el('li', { class: index < step ? 'done' : null, 'aria-current': index === step ? 'step' : null }, name);
  const problem = el('p', { class: 'problem', id: 'rotation-problem', role: 'alert' });
  body.replaceChildren(el('ol', { class: 'steps' }, STEPS.map(item)), ...content, problem, dialogActions(...buttons));
  announce(`Step ${step + 1} of ${STEPS.length}: ${STEPS[step]}`);
}

function later(rotation, text = 'Keep both for now') {
  return el('button', { type: 'button', click: () => rotation.dialog.close() }, text);
}

function next(text, action, kind = '') {
  const button = el('button', { type: 'button', class: `primary ${kind}` }, text);
  button.addEventListener('click', async () => {
    button.disabled = true;
    byId('rotation-problem').textContent = '';
    try {
      await action();
    } catch (error) {
      byId('rotation-problem').textContent = error.message;
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

function showCreate(rotation) {
  const { old, reload } = rotation;
  const content = [
    el('p', {}, 'This creates a second key with the same name. Both work until you delete the old one, so your application keeps running.'),
    facts([
      ['Name', old.name],
      ['Environment', old.environment],
      ['Old key', el('code', {}, `${old.prefix}…${old.last4}`)],
    ]),
  ];
  const create = next('Create the new key', async () => {
    rotation.made = await call('POST', '/v1/api-keys', { name: old.name, environment: old.environment });
    rotation.keyVisible = true;
    reload();
    showApplication(rotation);
  });
  show(rotation, 0, content, [later(rotation, 'Cancel'), create]);
  create.focus();
}

function showApplication(rotation) {
  const content = [
    ...keyOnce(rotation.made.key),
    el('p', {}, 'Configure your application to use the new key, then continue.'),
  ];
  const proceed = next('My application uses it', () => {
    rotation.keyVisible = false;
    showTest(rotation);
  });
  show(rotation, 1, content, [proceed]);
  byId('new-key').focus();
}

function showTest(rotation) {
  const result = el('p', { class: 'notice', role: 'status' }, 'Not tested yet.');
  const calls = el('dd', {}, 'none yet');
  const content = [
    el('p', {}, 'Test the key here, and make a call from your application.'),
    result,
    el('dl', { class: 'facts' }, el('dt', {}, 'Calls by your application'), calls),
  ];
  const test = el('button', { type: 'button', click: () => tryKey(rotation, result) }, 'Test the new key');
  show(rotation, 2, content, [later(rotation), test, next('Continue', () => showDelete(rotation))]);
  test.focus();
  rotation.watch = setInterval(() => watch(rotation, calls), WATCH_EVERY);
}

async function tryKey(rotation, result) {
  const started = performance.now();
  const headers = { 'x-api-key': rotation.made.key };
  rotation.tests += 1;
  try {
    const response = await fetch('/v1/sessions?limit=1', { headers, credentials: 'omit' });
    const took = milliseconds(performance.now() - started);
    const answer = await response.json();
    result.className = response.ok ? 'notice good' : 'notice bad';
    result.textContent = response.ok ? `It works: ${response.status} in ${took}.` : `${response.status}: ${answer.error}`;
  } catch {
    result.className = 'notice bad';
    result.textContent = 'The sandbox did not respond.';
  }
}

/** Displays how often the application has used the new key: all calls except the tests of this page. */
async function watch(rotation, place) {
  const keys = await get('/dashboard/keys').catch(() => []);
  const key = keys.find(({ id }) => id === rotation.made.api_key.id);
  if (!key) return;
  const count = totals(key.usage).calls - rotation.tests;
  const text = count > 0 ? `${count}: it uses the new key` : 'none yet';
  if (place.textContent !== text) place.textContent = text;
}

async function showDelete(rotation) {
  const keys = await get('/dashboard/keys');
  clearInterval(rotation.watch);
  const old = keys.find(({ id }) => id === rotation.old.id) ?? rotation.old;
  const content = [
    el('p', {}, 'When nothing uses the old key any more, delete it. It will stop working immediately. This cannot be undone.'),
    facts([
      ['Old key', el('code', {}, `${old.prefix}…${old.last4}`)],
      ['Last used', old.last_used_at ? ago(old.last_used_at) : 'never'],
    ]),
  ];
  const keep = later(rotation);
  const remove = next('Delete the old key', () => endOld(rotation), 'danger');
  show(rotation, 3, content, [keep, remove]);
  keep.focus();
}

async function endOld({ old, reload, dialog }) {
  await call('DELETE', `/v1/api-keys/${old.id}`);
  announce('The old key was deleted.');
  await reload();
  dialog.close();
}

function facts(pairs) {
  return el('dl', { class: 'facts' }, pairs.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}
