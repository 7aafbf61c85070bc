// The live log of requests.

import { byId, copyButton, el, replace } from './dom.js';
import { milliseconds, timeOfDay } from './time.js';

const MAX_ENTRIES = 500;
const COLUMNS = ['Time', 'Method', 'Path', 'Status', 'Duration', 'Credential', 'Request id'];
const CREDENTIALS = { none: 'none', token: 'Token', cookie: 'Dashboard', api_key: 'API key' };

let entries = [];
let keyNames = new Map();
let paused = false;
let rows;

export function prepareRequests() {
  byId('only-errors').addEventListener('change', draw);
  byId('pause').addEventListener('click', () => {
    paused = !paused;
    byId('pause').setAttribute('aria-pressed', String(paused));
    byId('pause').textContent = paused ? 'Resume' : 'Pause';
    if (!paused) draw();
  });
}

/** Adds new entries, oldest first. */
export function addRequests(added, keys) {
  keyNames = new Map(keys.map((key) => [key.id, key.name]));
  entries = [...added.toReversed(), ...entries].slice(0, MAX_ENTRIES);
  if (!paused) draw(added);
}

export function clearRequests() {
  entries = [];
  rows = undefined;
}

const isVisible = (entry) => !byId('only-errors').checked || entry.status >= 400;

/** Draws the list, or inserts `added` at its top. */
function draw(added) {
  const list = byId('request-list');
  if (!entries.some(isVisible)) {
    rows = undefined;
    replace(list, entries.length ? el('p', { class: 'empty card' }, 'The last requests have no errors.') : nothingYet());
    return;
  }
  if (rows && Array.isArray(added)) {
    rows.prepend(...added.filter(isVisible).map(row).reverse());
    while (rows.children.length > MAX_ENTRIES) rows.lastChild.remove();
    return;
  }
  rows = el('tbody', { role: 'rowgroup' }, entries.filter(isVisible).map(row));
  const head = el('tr', { role: 'row' }, COLUMNS.map((name) => el('th', { scope: 'col', role: 'columnheader' }, name)));
  const table = el(
    'table',
    { class: 'stacked log', role: 'table', 'aria-labelledby': 'requests-title' },
    el('thead', { role: 'rowgroup' }, head),
    rows,
  );
  replace(list, el('div', { class: 'card table-card' }, table));
}

function row(entry) {
  const cell = (label, content, kind) => el('td', { role: 'cell', 'data-label': label, class: kind }, content);
  const name = keyNames.get(entry.key_id);
  const credential = name ? `Key · ${name}` : CREDENTIALS[entry.credential];
  return el(
    'tr',
    { role: 'row', 'data-request': entry.request_id },
    cell('Time', el('time', { datetime: entry.at }, timeOfDay(entry.at)), 'nowrap mono'),
    cell('Method', el('span', { class: `method ${entry.method.toLowerCase()}` }, entry.method), 'method-cell'),
    cell('Path', el('code', {}, entry.path), 'path'),
    cell('Status', el('span', { class: `status ${kind(entry.status)}` }, String(entry.status)), 'status-cell'),
    cell('Duration', milliseconds(entry.milliseconds), 'nowrap'),
    cell('Credential', el('span', { title: credential }, credential), 'credential'),
    cell('Request id', requestId(entry.request_id), 'request-id'),
  );
}

function requestId(id) {
  const short = `${id.slice(0, 10)}…`;
  const copy = copyButton(() => id, short, `${short} copy`);
  copy.classList.add('plain', 'mono');
  copy.title = id;
  return copy;
}

const kind = (status) => (status < 400 ? 'ok' : status < 500 ? 'refused' : 'failed');

function nothingYet() {
  const example = `curl -X GET ${location.origin}/v1/sessions \\\n  -H "x-api-key: $AGENTHUMAN_API_KEY"`;
  return el(
    'div',
    { class: 'empty card' },
    el('p', {}, 'No requests yet. Try one:'),
    el('pre', { class: 'example' }, example),
  );
}
