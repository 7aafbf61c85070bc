// Sessions and their messages.

import { byId, el, replace } from './dom.js';
import { get } from './http.js';
import { ago, duration, localTime, now } from './time.js';

const SPEAKERS = { user: 'User', assistant: 'Agent', system: 'System' };

let opened;
let displayedList = '';
let displayedDetail = '';

export async function showSessions() {
  const sessions = await get('/dashboard/sessions');
  const current = JSON.stringify([sessions, opened, Math.floor(now() / 60_000)]);
  if (current !== displayedList) {
    displayedList = current;
    drawList(sessions);
  }
  if (opened !== undefined) await showDetail();
}

function drawList(sessions) {
  const list = byId('session-list');
  if (!sessions.length) {
    replace(list, el('p', { class: 'empty card' }, 'No sessions yet. Start one with sessions.create, in the playground or in code.'));
    return;
  }
  replace(list, el('ul', { class: 'card plain-list' }, sessions.map((session) => el('li', {}, row(session)))));
}

function row(session) {
  const isOpen = session.session_id === opened;
  const kind = session.session_type.replaceAll('_', ' ');
  const length = session.duration === null ? '' : ` · ${duration(session.duration)}`;
  return el(
    'button',
    {
      type: 'button',
      class: 'session-row',
      id: `session-${session.session_id}`,
      'aria-expanded': String(isOpen),
      'aria-controls': 'session-detail',
      click: () => open(isOpen ? undefined : session.session_id),
    },
    el('strong', {}, session.agent_name),
    el('span', { class: session.status === 'active' ? 'tag good' : 'tag' }, session.status),
    el('span', { class: 'muted' }, `Session ${session.session_id} · ${kind}${length}`),
    el('span', { class: 'muted', title: localTime(session.started_at) }, ago(session.started_at)),
  );
}

async function open(id) {
  opened = id;
  displayedDetail = '';
  byId('session-detail').hidden = id === undefined;
  document.querySelector('.sessions').classList.toggle('open', id !== undefined);
  await showSessions();
}

async function showDetail() {
  const { session, messages, more } = await get(`/dashboard/sessions/${opened}`);
  const current = JSON.stringify([session, messages]);
  if (current === displayedDetail) return;
  displayedDetail = current;
  const facts = [
    ['Agent', `${session.agent_name} (${session.agent_id})`],
    ['Started', localTime(session.started_at)],
    ['Ended', session.ended_at ? localTime(session.ended_at) : 'still active'],
    ['Metadata', el('code', {}, JSON.stringify(session.metadata))],
  ];
  replace(
    byId('session-detail'),
    el('h2', {}, `Session ${session.session_id}`),
    el('dl', { class: 'facts' }, facts.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])),
    el('h3', {}, 'Messages'),
    messages.length ? el('ol', { class: 'talk' }, messages.map(message)) : el('p', { class: 'muted' }, 'No messages yet.'),
    more ? el('p', { class: 'muted small' }, 'Only the first 200 messages.') : null,
    session.transcript ? el('h3', {}, 'Transcript') : null,
    session.transcript ? el('pre', { class: 'transcript' }, session.transcript) : null,
  );
}

function message({ role, content }) {
  return el('li', { class: role }, el('span', { class: 'who' }, SPEAKERS[role] ?? role), content);
}
