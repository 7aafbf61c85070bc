// The dialogs for creating and deleting keys.

import { announce, byId, copyButton, el, field, setProblem } from './dom.js';
import { call } from './http.js';
import { ago } from './time.js';

/** Opens a dialog, and restores the focus when it closes. While `hold` returns true, Escape does not close it. */
export function openDialog(title, content, { hold = () => false, closed } = {}) {
  const opener = document.activeElement?.id;
  const heading = el('h2', { id: 'dialog-title', tabindex: '-1' }, title);
  const dialog = el('dialog', { 'aria-labelledby': 'dialog-title' }, el('div', { class: 'dialog-body' }, heading, content));
  dialog.addEventListener('cancel', (event) => {
    if (hold()) event.preventDefault();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    (byId(opener) ?? byId('create-key'))?.focus();
    closed?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function dialogActions(...buttons) {
  return el('div', { class: 'dialog-actions' }, buttons);
}

/** Displays a new key, which can be copied. */
export function keyOnce(key) {
  const line = (id, label, text) => {
    const input = el('input', { id, readonly: true, spellcheck: 'false', autocomplete: 'off', 'aria-label': label });
    input.value = text;
    input.addEventListener('focus', () => input.select());
    return el('div', { class: 'copy-line' }, input, copyButton(() => text, 'Copy', `Copy ${label}`));
  };
  return [
    el('p', { class: 'notice warn' }, 'The key is displayed only now. Copy it into your secret store.'),
    line('new-key', 'API key', key),
    el('p', { class: 'small muted' }, 'As an environment variable, which all client libraries read:'),
    line('new-key-export', 'export line', `export AGENTHUMAN_API_KEY=${key}`),
  ];
}

export function createKey(reload) {
  const content = el('form', { novalidate: true, class: 'dialog-body-inner' });
  let keyVisible = false;
  const dialog = openDialog('Create New API Key', content, { hold: () => keyVisible });
  const name = el('input', { id: 'key-name', maxlength: 100, required: true, autocomplete: 'off', placeholder: 'Checkout service' });
  const create = el('button', { class: 'primary' }, 'Create key');
  content.append(
    field('Name', name, { hint: 'The service that uses the key, so that you recognise it later.' }),
    el(
      'fieldset',
      { class: 'choices' },
      el('legend', {}, 'Environment'),
      choice('test', 'Test', 'ah_test_…', true),
      choice('live', 'Live', 'ah_live_…', false),
    ),
    dialogActions(el('button', { type: 'button', click: () => dialog.close() }, 'Cancel'), create),
  );
  name.focus();
  content.onsubmit = async (event) => {
    event.preventDefault();
    create.disabled = true;
    setProblem(name);
    try {
      const environment = new FormData(content).get('environment');
      const made = await call('POST', '/v1/api-keys', { name: name.value, environment });
      keyVisible = true;
      const done = el('button', { type: 'button', class: 'primary', click: () => dialog.close() }, 'Done');
      byId('dialog-title').textContent = 'Your new API key';
      content.replaceChildren(...keyOnce(made.key), dialogActions(done));
      announce('The key was created. It is displayed only now.');
      byId('new-key').focus();
      reload();
    } catch (error) {
      setProblem(name, error.message);
      name.focus();
    } finally {
      create.disabled = false;
    }
  };
}

function choice(value, label, hint, checked) {
  return el(
    'label',
    { class: 'choice' },
    el('input', { type: 'radio', name: 'environment', value, checked }),
    el('span', {}, label, el('code', { class: 'sub' }, hint)),
  );
}

export function deleteKey(key, reload) {
  const problem = el('p', { class: 'problem', role: 'alert' });
  const used = key.last_used_at ? `It was last used ${ago(key.last_used_at)}.` : 'It has never been used.';
  const cancel = el('button', { type: 'button', click: () => dialog.close() }, 'Cancel');
  const remove = el('button', { type: 'button', class: 'primary danger', click: onDelete }, 'Delete');
  const content = [
    el('p', {}, el('strong', {}, key.name), ' ', el('code', {}, `${key.prefix}…${key.last4}`), ' will stop working immediately. ', used),
    el('p', { class: 'muted small' }, 'This cannot be undone. The key remains in the list as revoked.'),
    problem,
    dialogActions(cancel, remove),
  ];
  const dialog = openDialog('Delete this key?', content);
  cancel.focus();
  async function onDelete() {
    remove.disabled = true;
    try {
      await call('DELETE', `/v1/api-keys/${key.id}`);
      announce(`${key.name} was deleted.`);
      await reload();
      dialog.close();
    } catch (error) {
      problem.textContent = error.message;
      remove.disabled = false;
    }
  }
}
