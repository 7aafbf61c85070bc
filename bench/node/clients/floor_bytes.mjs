// Reads the bytes without parsing them. The additional cost of a list is the conversion into objects.
// needs:
// modes: seq list
import { Client } from "./floor_socket.mjs";

export const make = (base) => new Client(base, () => undefined);
export const sessions = (client) => client.exchange(client.get);
