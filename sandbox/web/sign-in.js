// Signing in with a one-time code.

import { announce, byId, el, field, setProblem } from './dom.js';
import { call, get } from './http.js';

/** Displays the form, and calls `done` after signing in. */
export function showSignIn(done, notice) {
  byId('sign-in').hidden = false;
  byId('sign-in-notice').hidden = !notice;
  byId('sign-in-notice').textContent = notice ?? '';
  showEmail(done);
}

function showEmail(done) {
  const form = byId('email-form');
  const hint = 'dev@agenthuman.test is the predefined account. Any other address creates a new account.';
  const email = el('input', { id: 'email', type: 'email', autocomplete: 'email', required: true });
  email.value = 'dev@agenthuman.test';
  const send = el('button', { class: 'primary' }, 'Send code');
  form.replaceChildren(field('Email', email, { hint }), send);
  form.hidden = false;
  byId('code-form').hidden = true;
  email.focus();
  form.onsubmit = async (event) => {
    event.preventDefault();
    await attempt(send, email, async () => {
      await call('POST', '/v1/auth/otp/request', { email: email.value });
      showCode(email.value, done);
    });
  };
}

function showCode(email, done) {
  const form = byId('code-form');
  const code = el('input', {
    id: 'code',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    maxlength: 6,
    required: true,
  });
  const send = el('button', { class: 'primary' }, 'Sign in');
  const back = el('button', { type: 'button', click: () => showEmail(done) }, 'Back');
  form.replaceChildren(
    el(
      'p',
      { class: 'notice' },
      `A code was sent to ${email}. `,
      el('a', { href: '/mailbox', target: '_blank' }, 'Open the mailbox'),
    ),
    field('Code', code, { hint: 'Six digits, valid for 10 minutes.' }),
    el('div', { class: 'actions' }, back, send),
  );
  byId('email-form').hidden = true;
  form.hidden = false;
  announce('A code was sent.');
  code.focus();
  form.onsubmit = async (event) => {
    event.preventDefault();
    await attempt(send, code, async () => {
      await call('POST', '/v1/auth/otp/verify', { email, code: code.value.trim() });
      if (!(await get('/dashboard/account')).user) {
        throw new Error(
          location.protocol === 'https:'
            ? 'The code is correct, but this browser did not store the session cookie. Allow cookies for this site.'
            : 'The code is correct, but the session cookie needs https, since other machines can reach the sandbox. ' +
              'Start the sandbox on 127.0.0.1, or open it through https.',
        );
      }
      byId('sign-in').hidden = true;
      form.replaceChildren();
      byId('email-form').replaceChildren();
      await done();
    });
  };
}

async function attempt(button, control, action) {
  button.disabled = true;
  setProblem(control);
  try {
    await action();
  } catch (error) {
    setProblem(control, error.message);
    announce(error.message);
    control.focus();
  } finally {
    button.disabled = false;
  }
}
