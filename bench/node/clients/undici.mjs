// Peer: undici.request.
// needs: undici@7.30.2
import { headers, load } from "../packages.mjs";

const { Agent, request } = load("undici");
const answer = (response) => {
  if (response.statusCode > 299) throw new Error(response.statusCode);
  return response.body.json();
};

export const make = (base) => ({ url: base + "/v1/sessions", dispatcher: new Agent({ connections: 64 }) });
export const sessions = async ({ url, dispatcher }) => (await answer(await request(url, { headers, dispatcher }))).sessions;
export const create = async ({ url, dispatcher }, body) => {
  const sent = { ...headers, "content-type": "application/json" };
  return (await answer(await request(url, { method: "POST", headers: sent, body: JSON.stringify(body), dispatcher }))).session;
};
