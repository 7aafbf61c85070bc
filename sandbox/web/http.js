// Requests of the dashboard to its sandbox, with the session cookie.

/** An error response. `status` is 0 if there was no response. */
export class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function csrfToken() {
  const pair = document.cookie.split('; ').find((cookie) => cookie.startsWith('ah_csrf='));
  return pair?.slice('ah_csrf='.length) ?? '';
}

export async function call(method, path, body) {
  const headers = {};
  if (method !== 'GET') headers['x-csrf-token'] = csrfToken();
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new HttpError(0, 'The sandbox did not respond. Is it still running?');
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new HttpError(response.status, answer.error ?? `The sandbox returned status ${response.status}.`);
  return answer;
}

export const get = (path) => call('GET', path);
