// Builds requests from the input of the form, and sends them.

/** An invalid input in `field`. */
export class InputError extends Error {
  constructor(field, message) {
    super(message);
    this.field = field;
  }
}

/**
 * Builds a request. `values` is the input by field name: text, or a File. Empty fields are left out. `rawBody` is a body
 * that was entered as JSON.
 */
export function buildRequest(operation, values, credential, rawBody) {
  const isSet = (field) => values[field.name] !== undefined && values[field.name] !== '';
  const entered = (fields) => fields.filter(isSet).map((field) => [field.name, valueOf(field, values[field.name])]);
  const inPlace = (place) => operation.parameters.filter((parameter) => parameter.place === place);
  for (const { name } of inPlace('path')) {
    if (!values[name]) throw new InputError(name, 'is required: it is part of the path');
  }
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name]));
  const request = {
    method: operation.method,
    path,
    query: entered(inPlace('query')).map(([name, value]) => [name, String(value)]),
    credential: credential.value ? credential : { kind: 'none' },
    pathValues: Object.fromEntries(inPlace('path').map(({ name }) => [name, values[name]])),
    json: undefined,
    parts: undefined,
  };
  if (operation.body?.isMultipart) request.parts = entered(operation.body.fields);
  else if (rawBody !== undefined) request.json = parsed('body', rawBody);
  else if (operation.body) request.json = Object.fromEntries(entered(operation.body.fields));
  return request;
}

/** Parses a value. Text that does not match its type is sent unchanged, so that users see the service's error. */
function valueOf({ kind, name }, entered) {
  if (kind === 'integer') return /^-?\d{1,15}$/.test(entered.trim()) ? Number(entered) : entered;
  if (kind === 'number') return entered.trim() !== '' && Number.isFinite(Number(entered)) ? Number(entered) : entered;
  if (kind === 'flag') return entered === 'true';
  if (kind === 'json') return parsed(name, entered);
  return entered;
}

function parsed(field, text) {
  if (!text.trim()) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(field, `is not valid JSON: ${error.message}`);
  }
}

export function target({ path, query }) {
  const search = new URLSearchParams(query).toString();
  return search ? `${path}?${search}` : path;
}

/** Sends a request with the entered credential and without cookies. */
export async function send(request) {
  const headers = new Headers();
  const { kind, value } = request.credential;
  try {
    if (kind === 'api_key') headers.set('x-api-key', value);
    if (kind === 'jwt') headers.set('authorization', `Bearer ${value}`);
  } catch {
    throw new InputError('credential', 'contains a character that is not allowed in a header');
  }
  let body;
  if (request.json !== undefined) {
    headers.set('content-type', 'application/json');
    body = JSON.stringify(request.json);
  } else if (request.parts) {
    body = new FormData();
    for (const [name, part] of request.parts) body.append(name, part);
  }
  performance.clearResourceTimings();
  const started = performance.now();
  const options = { method: request.method, headers, body, credentials: 'omit', cache: 'no-store' };
  const response = await fetch(target(request), options);
  const text = await response.text();
  const took = tookBy(response.url) ?? performance.now() - started;
  return { status: response.status, statusText: response.statusText, headers: [...response.headers], text, took };
}

/** Returns the time from the first byte of the request to the last byte of the response. */
function tookBy(url) {
  const timing = performance.getEntriesByName(url).at(-1);
  return timing?.requestStart ? timing.responseEnd - timing.requestStart : undefined;
}
