// The floor: a bare socket and JSON.parse.
// needs:
import { Client } from "./floor_socket.mjs";

export const make = (base) => new Client(base, (data, from, to) => JSON.parse(data.utf8Slice(from, to)));
export const sessions = async (client) => (await client.exchange(client.get)).sessions;
export const create = async (client, body) => {
  const json = JSON.stringify(body);
  return (await client.exchange(`${client.post}${Buffer.byteLength(json)}\r\n\r\n${json}`)).session;
};
