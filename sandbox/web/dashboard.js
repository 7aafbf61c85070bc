// The dashboard: the signed-in user, the views, and their updates.

import { byId } from './dom.js';
import { call, get } from './http.js';
import { prepareKeys, showKeys } from './keys.js';
import { addRequests, clearRequests, prepareRequests } from './requests.js';
import { showRooms } from './rooms.js';
import { showSessions } from './sessions.js';
import { showSignIn } from './sign-in.js';
import { now, setNow } from './time.js';

const VIEWS = ['keys', 'requests', 'sessions', 'rooms'];
const TITLES = { keys: 'API Keys', requests: 'Requests', sessions: 'Sessions', rooms: 'Rooms' };
const POLL_INTERVAL = 1000;
const REFRESH_BEFORE_EXPIRY = 10 * 60_000;
const MIN_REFRESH_INTERVAL = 60_000;

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
  const requested = location.hash.slice(1);
  if (view && !VIEWS.includes(requested)) return;
  view = VIEWS.includes(requested) ? requested : VIEWS[0];
  document.title = `${TITLES[view]} · AgentHuman sandbox`;
  for (const name of VIEWS) {
    byId(`view-${name}`).hidden = name !== view;
    const link = document.querySelector(`.side a[href="#${name}"]`);
    if (name === view) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (moveFocus) byId(`${view}-title`).focus();
  showLive().catch(failed);
}

/** Updates the view, if it displays data of the sandbox. */
async function showLive() {
  if (view === 'sessions') await showSessions();
  if (view === 'rooms') await showRooms();
}

async function showAllKeys() {
  const keys = await get('/dashboard/keys');
  showKeys(keys, reloadKeys);
  return keys;
}

const reloadKeys = () => showAllKeys().catch(failed);

/** Polls for new requests every second. All other changes are caused by requests, too. */
async function poll() {
  clearTimeout(timer);
  try {
    if (!document.hidden) await update();
    await refresh();
    byId('banner').hidden = true;
  } catch (error) {
    if (failed(error)) return;
  }
  timer = setTimeout(poll, POLL_INTERVAL);
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
    await showLive();
  }
}

/** Renews the token before it expires. Another tab may have renewed it already. */
async function refresh() {
  if (expiresAt - now() > REFRESH_BEFORE_EXPIRY || now() - refreshedAt < MIN_REFRESH_INTERVAL) return;
  refreshedAt = now();
  await call('POST', '/v1/auth/refresh').catch(() => {});
  const { expires_at } = await get('/dashboard/account');
  if (expires_at) expiresAt = Date.parse(expires_at);
}

/** Displays an error. Returns whether the user is signed out. */
function failed(error) {
  if (error.status === 401) {
    signedOut('Your session has expired. Please sign in again.');
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
