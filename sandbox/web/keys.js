// The list of API keys, with their usage.

import { chart, totalsText } from './chart.js';
import { byId, el, replace } from './dom.js';
import { createKey, deleteKey } from './dialogs.js';
import { rotateKey } from './rotation.js';
import { ago, localTime, now } from './time.js';

export const masked = (key) => `${key.prefix}…${key.last4}`;

const COLUMNS = ['Name', 'Key', 'Created', 'Last used', 'Last hour'];

let displayed = '';

export function prepareKeys(reload) {
  byId('create-key').addEventListener('click', () => createKey(reload));
}

/** Displays the keys, revoked ones last. Does nothing if nothing has changed. */
export function showKeys(keys, reload) {
  const current = JSON.stringify([keys, Math.floor(now() / 60_000)]);
  if (current === displayed) return;
  displayed = current;
  const list = byId('key-list');
  if (!keys.length) {
    replace(list, el('p', { class: 'empty card' }, 'No keys yet. Create one to call the API from a server.'));
    return;
  }
  const sorted = [...keys.filter((key) => !key.revoked_at), ...keys.filter((key) => key.revoked_at)];
  const head = el('tr', { role: 'row' }, COLUMNS.map((name) => el('th', { scope: 'col', role: 'columnheader' }, name)));
  head.append(el('th', { scope: 'col', role: 'columnheader' }, el('span', { class: 'visually-hidden' }, 'Actions')));
  replace(
    list,
    el(
      'div',
      { class: 'card table-card' },
      el(
        'table',
        { class: 'stacked', role: 'table', 'aria-labelledby': 'keys-title' },
        el('thead', { role: 'rowgroup' }, head),
        el('tbody', { role: 'rowgroup' }, sorted.map((key) => row(key, reload))),
      ),
    ),
  );
}

function cell(label, ...content) {
  return el('td', { role: 'cell', 'data-label': label }, ...content);
}

function row(key, reload) {
  const state = key.revoked_at ? el('span', { class: 'tag bad' }, 'Revoked') : null;
  const name = el(
    'span',
    { class: 'key-name' },
    key.name,
    el('span', { class: key.environment === 'live' ? 'tag warn' : 'tag' }, key.environment),
    state,
  );
  return el(
    'tr',
    { role: 'row', class: key.revoked_at ? 'revoked' : null, 'data-key': key.id },
    cell(null, name),
    cell('Key', el('code', {}, masked(key))),
    cell('Created', instant(key.created_at)),
    cell('Last used', key.last_used_at ? instant(key.last_used_at) : 'never'),
    cell('Last hour', el('span', {}, chart(key.usage), el('span', { class: 'sub' }, totalsText(key.usage)))),
    el('td', { role: 'cell' }, key.revoked_at ? revoked(key) : actions(key, reload)),
  );
}

function instant(text) {
  return el('time', { class: 'nowrap', datetime: text, title: localTime(text) }, ago(text));
}

function revoked(key) {
  return el('span', { class: 'small nowrap' }, 'Revoked ', ago(key.revoked_at));
}

function actions(key, reload) {
  const button = (verb, action, kind) =>
    el(
      'button',
      {
        type: 'button',
        class: `compact ${kind}`,
        id: `${verb.toLowerCase()}-${key.id}`,
        'aria-label': `${verb} ${key.name}`,
        click: action,
      },
      verb,
    );
  return el(
    'div',
    { class: 'row-actions' },
    button('Rotate', () => rotateKey(key, reload), ''),
    button('Delete', () => deleteKey(key, reload), 'danger'),
  );
}
