// Small helpers for building pages without markup in strings.

/**
 * Makes an element. `props` are attributes; a function is a listener, `true` an attribute without a value, and what is
 * false, null or undefined is left out.
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

/** Says something to screen readers, in the page's status region. */
export function announce(text) {
  const region = byId('announcements');
  if (region) region.textContent = text;
}

/** Replaces what is in `container`, and keeps the focus on the element of the same id. */
export function replace(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.id : '';
  container.replaceChildren(...children.flat().filter(Boolean));
  if (focused) byId(focused)?.focus({ preventScroll: true });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without the permission, or on a page that is not from loopback: the old way.
    const area = el('textarea', { readonly: true, class: 'visually-hidden' });
    area.value = text;
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    if (!done) throw new Error('the browser does not let the page copy');
  }
}

/** A button that copies what `text` gives at that moment, and says that it did. */
export function copyButton(text, label = 'Copy', description = undefined) {
  const button = el('button', { type: 'button', class: 'compact', 'aria-label': description, click: onClick }, label);
  let timer;
  async function onClick() {
    let said = 'Copied';
    await copy(text()).catch(() => {
      said = 'Press Ctrl+C';
    });
    button.focus({ preventScroll: true });
    button.textContent = said;
    announce(said);
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.textContent = label;
    }, 1500);
  }
  return button;
}

/** Text with what stands between backticks as code. */
function withCode(text) {
  return text.split('`').map((part, index) => (index % 2 ? el('code', {}, part) : part));
}

/** A field: label, control, hint and a place for what is wrong with it. */
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

/** Says what is wrong with a control, or that nothing is. */
export function setProblem(control, text) {
  const place = byId(`${control.id}-problem`);
  if (text) control.setAttribute('aria-invalid', 'true');
  else control.removeAttribute('aria-invalid');
  place.textContent = text ?? '';
  place.hidden = !text;
}
