// Peer: Node's own fetch.
// needs:
import { headers } from "../packages.mjs";

const answer = (response) => {
  if (!response.ok) throw new Error(response.status);
  return response.json();
};

export const make = (base) => base + "/v1/sessions";
export const sessions = async (url) => (await answer(await fetch(url, { headers }))).sessions;
export const create = async (url, body) => {
  const sent = { ...headers, "content-type": "application/json" };
  return (await answer(await fetch(url, { method: "POST", headers: sent, body: JSON.stringify(body) }))).session;
};
