// The form of an operation's parameters and body.

import { byId, el, field, replace, setProblem } from './dom.js';

const PLACES = { path: 'Path', query: 'Query' };

/**
 * Displays the form of `operation`. The input is stored in `entered.values`, or in `entered.raw` for a body as JSON, and
 * `changed` is called.
 */
export function showForm(container, operation, entered, changed) {
  const sections = [];
  for (const [place, title] of Object.entries(PLACES)) {
    const fields = operation.parameters.filter((parameter) => parameter.place === place);
    if (fields.length) sections.push(section(title, fields.map((one) => control(one, entered, changed))));
  }
  if (operation.body) sections.push(bodySection(operation, entered, changed, () => showForm(container, operation, entered, changed)));
  if (!sections.length) sections.push(el('p', { class: 'muted small' }, 'This operation has no parameters.'));
  replace(container, sections);
}

function section(title, content, tool) {
  return el(
    'div',
    { class: 'fields', role: 'group', 'aria-label': title },
    el('div', { class: 'fields-heading' }, el('h2', {}, title), tool),
    content,
  );
}

function bodySection(operation, entered, changed, redraw) {
  const { isMultipart, fields } = operation.body;
  if (isMultipart) return section('Form', fields.map((one) => control(one, entered, changed)));
  const toggle = el(
    'button',
    {
      type: 'button',
      class: 'plain compact',
      id: 'body-mode',
      click: () => {
        entered.raw = entered.raw === undefined ? JSON.stringify(entered.asJson(), null, 2) : undefined;
        redraw();
        changed();
      },
    },
    entered.raw === undefined ? 'Write as JSON' : 'Use the form',
  );
  if (entered.raw === undefined) return section('Body', fields.map((one) => control(one, entered, changed)), toggle);
  const text = el('textarea', { id: 'field-body', rows: 10, class: 'mono', spellcheck: 'false' });
  text.value = entered.raw;
  text.addEventListener('input', () => {
    entered.raw = text.value;
    setProblem(text);
    changed();
  });
  return section('Body', field('JSON', text, { hint: 'Sent unchanged: null clears a field, and the service checks the values.' }), toggle);
}

function control(described, entered, changed) {
  const { name, kind, required, hint, evidence } = described;
  const id = `field-${name}`;
  const made = input(described, id);
  if (kind !== 'file') made.value = entered.values[name] ?? '';
  if (required) made.setAttribute('aria-required', 'true');
  made.addEventListener(kind === 'file' ? 'change' : 'input', () => {
    entered.values[name] = kind === 'file' ? made.files[0] : made.value;
    setProblem(made);
    changed();
  });
  const type = { json: 'object', 'long text': 'text' }[kind] ?? kind;
  const mark = [type, evidence].filter(Boolean).join(' · ');
  return field(el('code', {}, name), made, { required, hint: hints(hint, described), mark });
}

function hints(hint, { minimum, maximum }) {
  const range = minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}` : '';
  return [hint, range].filter(Boolean).join(' · ');
}

function input({ kind, choices, default: preset, format, required }, id) {
  const common = { id, autocomplete: 'off', spellcheck: 'false' };
  const placeholder = preset == null ? null : String(preset);
  const nothing = placeholder ? `not sent (${placeholder})` : required ? 'choose' : 'not sent';
  const options = (values) => [el('option', { value: '' }, nothing), ...values.map((value) => el('option', { value }, value))];
  if (kind === 'choice') return el('select', common, options(choices));
  if (kind === 'flag') return el('select', common, options(['true', 'false']));
  if (kind === 'file') return el('input', { ...common, type: 'file' });
  if (kind === 'json') return el('textarea', { ...common, rows: 3, class: 'mono', placeholder: '{ }' });
  if (kind === 'long text') return el('textarea', { ...common, rows: 3, placeholder, spellcheck: 'true' });
  const numeric = kind === 'integer' || kind === 'number';
  return el('input', { ...common, inputmode: numeric ? 'decimal' : format === 'email' ? 'email' : null, placeholder });
}

/** Displays an error at a field, and focuses the field. */
export function showProblem(name, text) {
  const made = byId(`field-${name}`);
  setProblem(made, `${name} ${text}`);
  made.focus();
}
