// The response: status, time, headers and body.

import { announce, byId, copyButton, el, replace } from './dom.js';
import { milliseconds } from './time.js';

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
const MAX_COLOURED = 100_000;

/** Displays a response. If it contains a key or a token, a button calls `use(kind, secret)`. */
export function showResponse(answer, use) {
  const kind = answer.status < 400 ? 'good' : answer.status < 500 ? 'warn' : 'bad';
  const json = asJson(answer.text);
  const text = json === undefined ? answer.text : JSON.stringify(json, null, 2);
  const status = `${answer.status} ${answer.statusText}`.trim();
  replace(
    byId('response'),
    el(
      'div',
      { class: 'response-heading' },
      el('span', { class: `tag ${kind} response-status`, id: 'response-status' }, status),
      el('span', { class: 'muted small', id: 'response-time' }, milliseconds(answer.took)),
      offered(json, use),
      copyButton(() => text, 'Copy body'),
    ),
    el(
      'details',
      {},
      el('summary', {}, `Headers (${answer.headers.length})`),
      el('dl', { class: 'headers', id: 'response-headers' }, answer.headers.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])),
    ),
    el('pre', { id: 'response-body', tabindex: '0', role: 'region', 'aria-label': 'Body' }, coloured(text, json !== undefined)),
  );
  const error = typeof json?.error === 'string' ? `. ${json.error}` : '';
  announce(`Response: ${status} in ${milliseconds(answer.took)}${error}`);
}

export function showFailure(message) {
  replace(byId('response'), el('p', { class: 'notice bad', role: 'alert' }, message));
}

export function clearResponse() {
  replace(byId('response'), el('p', { class: 'muted small' }, 'Send a request to see the response.'));
}

function asJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function offered(json, use) {
  const offer = (label, kind, secret) =>
    el('button', { type: 'button', class: 'compact', click: () => use(kind, secret) }, label);
  if (typeof json?.key === 'string') return offer('Use this key', 'api_key', json.key);
  if (typeof json?.token === 'string') return offer('Use this token', 'jwt', json.token);
  return null;
}

/** Adds colours to JSON. */
function coloured(text, isJson) {
  if (!isJson || text.length > MAX_COLOURED) return [text];
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [whole, quoted, colon, word] = match;
    pieces.push(text.slice(end, match.index));
    const kind = colon ? 'name' : quoted ? 'text' : word ? 'word' : 'number';
    pieces.push(el('span', { class: `json-${kind}` }, colon ? quoted : whole), colon ?? '');
    end = match.index + whole.length;
  }
  pieces.push(text.slice(end));
  return pieces;
}
