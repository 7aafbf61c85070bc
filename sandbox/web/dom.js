// Helpers that build pages without markup in strings.

/**
 * Creates an element. `props` are attributes: functions become listeners, `true` an attribute without a value; false, null
 * and undefined are ignored.
 */
export function el(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Announces a text to screen readers, in the page's status region. */
export function announce(text) {
  const region = byId('announcements');
  if (region) region.textContent = text;
}

/** Replaces the content of `container`, and keeps the focus on the element with the same id. */
export function replace(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.id : '';
  container.replaceChildren(...children.flat().filter(Boolean));
  if (focused) byId(focused)?.focus({ preventScroll: true });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Fallback without permission, or on a page that is not from a loopback address.
    const area = el('textarea', { readonly: true, class: 'visually-hidden' });
    area.value = text;
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    if (!done) throw new Error('the browser does not allow copying');
  }
}

/** A button that copies the current result of `text`, and confirms it. */
export function copyButton(text, label = 'Copy', description = undefined) {
  const button = el('button', { type: 'button', class: 'compact', 'aria-label': description, click: onClick }, label);
  let timer;
  async function onClick() {
    let message = 'Copied';
    await copy(text()).catch(() => {
      message = 'Press Ctrl+C';
    });
    button.focus({ preventScroll: true });
    button.textContent = message;
    announce(message);
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.textContent = label;
    }, 1500);
  }
  return button;
}

/** Formats text between backticks as code. */
function withCode(text) {
  return text.split('`').map((part, index) => (index % 2 ? el('code', {}, part) : part));
}

/** A form field: label, control, hint and error message. */
export function field(label, control, { hint, required, mark } = {}) {
  const hintId = `${control.id}-hint`;
  const problemId = `${control.id}-problem`;
  if (hint) control.setAttribute('aria-describedby', hintId);
  control.setAttribute('aria-errormessage', problemId);
  const note = [mark, required ? 'required' : ''].filter(Boolean).join(' · ');
  return el(
    'div',
    { class: 'field' },
    el('label', { for: control.id }, label, note ? el('span', { class: 'label-note' }, ` ${note}`) : null),
    control,
    hint ? el('p', { class: 'hint', id: hintId }, withCode(hint)) : null,
    el('p', { class: 'problem', id: problemId, hidden: true }),
  );
}

/** Displays the error of a control, or removes it. */
export function setProblem(control, text) {
  const place = byId(`${control.id}-problem`);
  if (text) control.setAttribute('aria-invalid', 'true');
  else control.removeAttribute('aria-invalid');
  place.textContent = text ?? '';
  place.hidden = !text;
}
