// Formats instants and durations.

const UNITS = [
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

let ahead = 0;

/** Sets the time of the sandbox, whose clock may be ahead. */
export function setNow(text) {
  ahead = Date.parse(text) - Date.now();
}

export const now = () => Date.now() + ahead;

/** Returns a text such as "5 min. ago", without seconds, so that it changes only once per minute. */
export function ago(text) {
  const seconds = Math.round((now() - Date.parse(text)) / 1000);
  const unit = UNITS.find(([, length]) => Math.abs(seconds) >= length);
  return unit ? relative.format(-Math.floor(seconds / unit[1]), unit[0]) : 'just now';
}

export function localTime(text) {
  return full.format(new Date(text));
}

export function timeOfDay(text) {
  return clock.format(new Date(text));
}

/** Returns a text such as "1 h 2 min", "3 min 4 s" or "5 s". */
export function duration(seconds) {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${rest} s` : `${rest} s`;
}

export function milliseconds(number) {
  return number < 10 ? `${number.toFixed(1)} ms` : `${Math.round(number)} ms`;
}
