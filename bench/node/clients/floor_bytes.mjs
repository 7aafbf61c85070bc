// The bytes alone, read and not parsed: what a list costs beyond this is turning it into objects.
// needs:
// modes: seq list
import { Client } from "./floor_socket.mjs";

export const make = (base) => new Client(base, () => undefined);
export const sessions = (client) => client.exchange(client.get);
