// The playground: choose an operation, enter a credential and parameters, send the request, and see response and code.

import { announce, byId, copyButton, el, field, replace } from './dom.js';
import { showForm, showProblem } from './form.js';
import { operationsOf } from './openapi.js';
import { InputError, buildRequest, send } from './request.js';
import { clearResponse, showFailure, showResponse } from './response.js';
import { LANGUAGES } from './snippets.js';

const FIRST = 'sessions.list';
const GROUPS = ['auth', 'api_keys', 'agents', 'sessions', 'messages', 'avatars', 'voices', 'roles', 'links', 'usage', 'openclaw'];
/** The contract "rooms" has the same page below its prefix. */
const PREFIX = location.pathname.startsWith('/rooms/') ? '/rooms' : '';
const EXAMPLE_FILE = { name: 'face.png', type: 'image/png' };
const EVIDENCE = {
  documented: ['●', 'good', 'The service documents method, path and body.'],
  named: ['◐', 'warn', 'The service’s documentation mentions this operation. Its parameters and response are assumed, and may differ.'],
  assumed: ['○', 'bad', 'This operation is assumed. The service may not have it, or at another path.'],
};
const CREDENTIALS = {
  api_key: { label: 'API key', field: 'x-api-key', placeholder: 'ah_test_…' },
  jwt: { label: 'Token', field: 'authorization: Bearer', placeholder: 'the token returned by auth.verify_otp' },
};

let operations = [];
let operation;
let language = LANGUAGES[0];
/** Entered once, sent with every request. Stored only in this page. */
const secrets = { api_key: '', jwt: '' };
const chosenKinds = new Map();
const enteredFor = new Map();

async function start() {
  const response = await fetch(`${PREFIX}/openapi.json`);
  const rank = ({ group }) => (GROUPS.includes(group) ? GROUPS.indexOf(group) : GROUPS.length);
  operations = operationsOf(await response.json(), PREFIX).sort((one, other) => rank(one) - rank(other));
  prepareLanguages();
  byId('document').href = `${PREFIX}/openapi.json`;
  byId(PREFIX ? 'contract-rooms' : 'contract-agents').setAttribute('aria-current', 'true');
  byId('search').addEventListener('input', showList);
  byId('request').addEventListener('submit', onSend);
  window.addEventListener('hashchange', () => open(location.hash.slice(1), true));
  open(location.hash.slice(1) || FIRST, false);
}

function open(id, moveFocus) {
  const found = operations.find((one) => one.id === id);
  if (!found && operation) return;
  operation = found ?? operations.find((one) => one.id === FIRST) ?? operations[0];
  const [sign, kind, meaning] = EVIDENCE[operation.evidence];
  document.title = `${operation.id} · API Playground`;
  byId('operation-title').textContent = operation.summary || operation.id;
  replace(byId('operation-route'), method(operation), el('code', {}, operation.path), el('span', { class: 'muted small' }, operation.id));
  replace(byId('operation-evidence'), el('span', { class: `tag ${kind}` }, `${sign} ${operation.evidence}`), meaning);
  showList();
  showCredential();
  showForm(byId('fields'), operation, entered(), showSnippet);
  clearResponse();
  showSnippet();
  if (moveFocus) byId('operation-title').focus();
}

const method = (one) => el('span', { class: `method ${one.method.toLowerCase()}` }, one.method);

function showList() {
  const wanted = byId('search').value.trim().toLowerCase();
  const matches = (one) => `${one.id} ${one.method} ${one.path} ${one.summary}`.toLowerCase().includes(wanted);
  const groups = Map.groupBy(operations.filter(matches), (one) => one.group);
  const sections = [...groups].map(([group, members]) => [
    el('h2', { id: `group-${group}` }, group.replaceAll('_', ' ')),
    el('ul', { 'aria-labelledby': `group-${group}` }, members.map((one) => el('li', {}, link(one)))),
  ]);
  const none = el('p', { class: 'muted small empty' }, 'No matching operation.');
  replace(byId('operation-list'), sections.length ? sections.flat() : none);
}

function link(one) {
  const [sign] = EVIDENCE[one.evidence];
  return el(
    'a',
    { href: `#${one.id}`, id: `open-${one.id}`, 'aria-current': one === operation ? 'page' : null },
    method(one),
    el('span', {}, one.id.split('.')[1]?.replaceAll('_', ' ') ?? one.id),
    el(
      'span',
      { class: `mark ${one.evidence}`, title: one.evidence },
      el('span', { 'aria-hidden': 'true' }, sign),
      el('span', { class: 'visually-hidden' }, ` ${one.evidence}`),
    ),
  );
}

function entered() {
  if (!enteredFor.has(operation.id)) {
    const fresh = { values: {}, raw: undefined };
    fresh.asJson = () => {
      try {
        return built({ ...fresh, raw: undefined }).json ?? {};
      } catch {
        return {};
      }
    };
    enteredFor.set(operation.id, fresh);
  }
  return enteredFor.get(operation.id);
}

/** If an operation accepts both credentials, the key is preselected, as in the API's documentation. */
function kind() {
  const { id, credentials } = operation;
  return chosenKinds.get(id) ?? (credentials.includes('api_key') ? 'api_key' : credentials[0]);
}

function showCredential() {
  const { credentials } = operation;
  const place = byId('credential-fields');
  if (!credentials.length) {
    replace(place, el('p', { class: 'muted small' }, 'This operation needs no credential.'));
    return;
  }
  const chosen = kind();
  const { field: label, placeholder } = CREDENTIALS[chosen];
  const hint = 'Sent to this sandbox with every request. Never part of links, code or logs.';
  replace(place, credentials.length > 1 ? kinds(credentials, chosen) : null, secretField(chosen, label, placeholder, hint));
}

function kinds(credentials, chosen) {
  const radio = (name) =>
    el(
      'label',
      {},
      el('input', { type: 'radio', name: 'kind', id: `kind-${name}`, value: name, checked: name === chosen, change: onChange }),
      CREDENTIALS[name].label,
    );
  function onChange(event) {
    chosenKinds.set(operation.id, event.target.value);
    showCredential();
    showSnippet();
  }
  const sorted = ['api_key', 'jwt'].filter((name) => credentials.includes(name));
  return el('fieldset', { class: 'kinds' }, el('legend', { class: 'visually-hidden' }, 'Kind of credential'), sorted.map(radio));
}

function secretField(name, label, placeholder, hint) {
  const input = el('input', { id: 'field-credential', type: 'password', autocomplete: 'off', spellcheck: 'false', placeholder });
  input.value = secrets[name];
  input.addEventListener('input', () => {
    secrets[name] = input.value.trim();
    showSnippet();
  });
  const reveal = el('button', { type: 'button', 'aria-pressed': 'false', 'aria-controls': input.id, click: onReveal }, 'Show');
  function onReveal() {
    const isVisible = input.type === 'password';
    input.type = isVisible ? 'text' : 'password';
    reveal.textContent = isVisible ? 'Hide' : 'Show';
    reveal.setAttribute('aria-pressed', String(isVisible));
  }
  const made = field(el('code', {}, label), input, { hint });
  const line = el('div', { class: 'secret-line' });
  input.replaceWith(line);
  line.append(input, reveal);
  return made;
}

function built(from = entered()) {
  const chosen = kind();
  return buildRequest(operation, from.values, { kind: chosen, value: secrets[chosen] }, from.raw);
}

async function onSend(event) {
  event.preventDefault();
  const button = byId('send');
  button.disabled = true;
  try {
    showResponse(await send(built()), useSecret);
  } catch (error) {
    if (error instanceof InputError) showProblem(error.field, error.message);
    else showFailure('The sandbox did not respond. Is it still running?');
  } finally {
    button.disabled = false;
  }
}

function useSecret(name, secret) {
  secrets[name] = secret;
  showCredential();
  showSnippet();
  announce(`Requests now use this ${CREDENTIALS[name].label}.`);
}

function prepareLanguages() {
  const tab = (one) =>
    el(
      'button',
      { type: 'button', role: 'tab', id: `language-${one.id}`, 'aria-controls': 'snippet-panel', click: () => pick(one) },
      one.name,
    );
  byId('languages').append(...LANGUAGES.map(tab));
  byId('languages').addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = LANGUAGES.indexOf(language);
    pick(LANGUAGES[(at + step + LANGUAGES.length) % LANGUAGES.length]);
    byId(`language-${language.id}`).focus();
    event.preventDefault();
  });
  byId('copy-code').append(copyButton(() => byId('snippet').textContent, 'Copy', 'Copy the code'));
  pick(language);
}

function pick(one) {
  language = one;
  for (const { id } of LANGUAGES) {
    const tab = byId(`language-${id}`);
    tab.setAttribute('aria-selected', String(id === one.id));
    tab.tabIndex = id === one.id ? 0 : -1;
  }
  byId('snippet-panel').setAttribute('aria-labelledby', `language-${one.id}`);
  if (operation) showSnippet();
}

/** Displays the code. Missing ids and required fields are placeholders. */
function showSnippet() {
  const { values, raw } = entered();
  const complete = { ...values };
  for (const { name, place, required, kind: type } of [...operation.parameters, ...(operation.body?.fields ?? [])]) {
    const isNeeded = place === 'path' || (required && raw === undefined);
    if (isNeeded && !complete[name]) complete[name] = type === 'file' ? EXAMPLE_FILE : name.toUpperCase();
  }
  const credential = { kind: kind() ?? 'none', value: 'from the environment' };
  try {
    const request = buildRequest(operation, complete, credential, raw);
    byId('snippet').textContent = language.write({ operation, request, origin: location.origin });
  } catch (error) {
    byId('snippet').textContent = `# ${error.field} ${error.message}`;
  }
}

start().catch(() => showFailure('Loading the operations failed. Is the sandbox still running?'));
