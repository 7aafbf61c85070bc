// Sessions in rooms, with the plan, the minutes and the links of the account.

import { byId, el, replace } from './dom.js';
import { get } from './http.js';
import { ago, duration, localTime, now } from './time.js';

let displayed = '';

export async function showRooms() {
  const rooms = await get('/dashboard/rooms');
  const current = JSON.stringify([rooms, Math.floor(now() / 60_000)]);
  if (current === displayed) return;
  displayed = current;
  replace(byId('rooms-usage'), usage(rooms.usage));
  replace(byId('rooms-sessions'), sessions(rooms.sessions));
  replace(byId('rooms-links'), links(rooms.links));
}

const limited = (value) => value ?? 'no limit';

function usage({ plan, period, included_minutes: included, purchased_minutes: purchased, concurrency, ...usage }) {
  const facts = [
    ['Plan', plan.name],
    ['Minutes left', el('strong', { id: 'minutes-left' }, limited(usage.total_remaining))],
    ['Included this month', `${included.used} of ${limited(included.total)} used, until ${period.end.slice(0, 10)}`],
    ['Purchased', `${purchased.remaining} of ${purchased.total} left`],
    ['Open sessions', `${concurrency.current} of ${concurrency.max}`],
  ];
  return el('dl', { class: 'facts card usage' }, facts.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}

function table(label, columns, rows) {
  const head = el('tr', { role: 'row' }, columns.map((name) => el('th', { scope: 'col', role: 'columnheader' }, name)));
  const cell = (value, column) => el('td', { role: 'cell', 'data-label': columns[column] }, value);
  const body = rows.map((row) => el('tr', { role: 'row' }, row.map(cell)));
  return el(
    'div',
    { class: 'card table-card' },
    el(
      'table',
      { class: 'stacked', role: 'table', 'aria-labelledby': label },
      el('thead', { role: 'rowgroup' }, head),
      el('tbody', { role: 'rowgroup' }, body),
    ),
  );
}

const tag = (status, good) => el('span', { class: status === good ? 'tag good' : 'tag' }, status);

function sessions(list) {
  if (!list.length) {
    const text = 'No sessions yet. Open one with sessions.create, in the playground for rooms or in code.';
    return el('p', { class: 'empty card' }, text);
  }
  const rows = list.map(({ session, avatar, platform, minutes }) => [
    el('code', {}, session.session_id),
    tag(session.status, 'started'),
    el('code', {}, avatar),
    platform,
    el('span', { title: localTime(session.started_at) }, ago(session.started_at)),
    duration(session.duration),
    String(minutes),
  ]);
  return table('rooms-sessions-title', ['Session', 'Status', 'Avatar', 'Room', 'Started', 'Duration', 'Minutes'], rows);
}

function links(list) {
  if (!list.length) return el('p', { class: 'empty card' }, 'No links yet. Create one with links.create.');
  const rows = list.map((link) => [
    el('a', { href: `/s/${link.link_id}` }, link.name ?? link.link_id),
    tag(link.status, 'active'),
    link.agent?.name ?? 'deleted',
    link.use_limit === null ? String(link.uses) : `${link.uses} of ${link.use_limit}`,
    link.expires_at ? localTime(link.expires_at) : 'never',
  ]);
  return table('rooms-links-title', ['Link', 'Status', 'Agent', 'Uses', 'Expires'], rows);
}
