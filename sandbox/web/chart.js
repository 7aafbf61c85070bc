// The chart of a key's last hour: calls and errors by minute.

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 30;
const STEP = 3;

function bar(kind, index, height, bottom) {
  const rect = document.createElementNS(SVG, 'rect');
  const values = { class: kind, x: index * STEP, y: HEIGHT - bottom - height, width: STEP - 1, height };
  for (const [name, value] of Object.entries(values)) rect.setAttribute(name, value);
  return rect;
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const plural = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;

export function totals({ calls, errors }) {
  return { calls: sum(calls), errors: sum(errors) };
}

export function totalsText(usage) {
  const { calls, errors } = totals(usage);
  if (!calls) return 'no calls';
  return errors ? `${plural(calls, 'call')}, ${plural(errors, 'error')}` : plural(calls, 'call');
}

export function chart(usage) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'chart');
  svg.setAttribute('viewBox', `0 0 ${usage.calls.length * STEP} ${HEIGHT}`);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `Calls in the last hour, by minute: ${totalsText(usage)}`);
  const highest = Math.max(...usage.calls, 4);
  const scaled = (number) => Math.max((number / highest) * (HEIGHT - 3), 2);
  usage.calls.forEach((calls, index) => {
    svg.append(bar('base', index, 1, 0));
    if (!calls) return;
    const errors = usage.errors[index];
    const whole = scaled(calls);
    const failed = errors ? Math.min(scaled(errors), whole) : 0;
    if (whole > failed) svg.append(bar('calls', index, whole - failed, failed));
    if (failed) svg.append(bar('errors', index, failed, 0));
  });
  return svg;
}
