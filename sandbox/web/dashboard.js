// The dashboard: who is signed in, which view is shown, and keeping it up to date.

import { byId } from './dom.js';
import { call, get } from './http.js';
import { prepareKeys, showKeys } from './keys.js';
import { addRequests, clearRequests, prepareRequests } from './requests.js';
import { showSessions } from './sessions.js';
import { showSignIn } from './sign-in.js';
import { now, setNow } from './time.js';

const VIEWS = ['keys', 'requests', 'sessions'];
const TITLES = { keys: 'API Keys', requests: 'Requests', sessions: 'Sessions' };
const EVERY = 1000;
const REFRESH_BEFORE_END = 10 * 60_000;
const REFRESH_AT_MOST_EVERY = 60_000;

let view;
let lastRequest = 0;
let minute = 0;
let timer;
let expiresAt = 0;
let refreshedAt = 0;

async function start() {
  const { user, expires_at } = await get('/dashboard/account');
  if (!user) return signedOut();
  expiresAt = Date.parse(expires_at);
  byId('account-email').textContent = user.email;
  byId('account').hidden = false;
  byId('dashboard').hidden = false;
  lastRequest = 0;
  clearRequests();
  showView(false);
  await poll();
}

function signedOut(notice) {
  clearTimeout(timer);
  byId('account').hidden = true;
  byId('dashboard').hidden = true;
  showSignIn(() => start().catch(failed), notice);
}

function showView(moveFocus = true) {
  const asked = location.hash.slice(1);
  if (view && !VIEWS.includes(asked)) return;
  view = VIEWS.includes(asked) ? asked : VIEWS[0];
  document.title = `${TITLES[view]} · AgentHuman sandbox`;
  for (const name of VIEWS) {
    byId(`view-${name}`).hidden = name !== view;
    const link = document.querySelector(`.side a[href="#${name}"]`);
    if (name === view) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (moveFocus) byId(`${view}-title`).focus();
  if (view === 'sessions') showSessions().catch(failed);
}

async function showAllKeys() {
  const keys = await get('/dashboard/keys');
  showKeys(keys, reloadKeys);
  return keys;
}

const reloadKeys = () => showAllKeys().catch(failed);

/** Looks for new requests every second. Whatever else can have changed, a request has changed it. */
async function poll() {
  clearTimeout(timer);
  try {
    if (!document.hidden) await update();
    await refresh();
    byId('banner').hidden = true;
  } catch (error) {
    if (failed(error)) return;
  }
  timer = setTimeout(poll, EVERY);
}

async function update() {
  const { entries, last, now: sandboxNow } = await get(`/dashboard/log?after=${lastRequest}`);
  setNow(sandboxNow);
  if (last < lastRequest) clearRequests();
  const first = lastRequest === 0;
  lastRequest = last;
  const thisMinute = Math.floor(now() / 60_000);
  if (entries.length || first || thisMinute !== minute) {
    minute = thisMinute;
    addRequests(entries, await showAllKeys());
    if (view === 'sessions') await showSessions();
  }
}

/** A dashboard that stays open stays signed in. If another tab was faster, that is as good. */
async function refresh() {
  if (expiresAt - now() > REFRESH_BEFORE_END || now() - refreshedAt < REFRESH_AT_MOST_EVERY) return;
  refreshedAt = now();
  await call('POST', '/v1/auth/refresh').catch(() => {});
  const { expires_at } = await get('/dashboard/account');
  if (expires_at) expiresAt = Date.parse(expires_at);
}

/** Shows what went wrong. True when the dashboard has stopped for it. */
function failed(error) {
  if (error.status === 401) {
    signedOut('You are not signed in any more. Please sign in again.');
    return true;
  }
  byId('banner').textContent = error.message;
  byId('banner').hidden = false;
  return false;
}

byId('sign-out').addEventListener('click', async () => {
  await call('POST', '/v1/auth/logout').catch(() => {});
  signedOut();
});
window.addEventListener('hashchange', () => showView());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && !byId('dashboard').hidden) poll();
});
prepareKeys(reloadKeys);
prepareRequests();
start().catch(failed);
