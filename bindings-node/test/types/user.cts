// A CommonJS module that uses the types.

import { AgentHuman, NotFoundError, type ClientOptions } from "agenthuman";
import agenthuman = require("agenthuman");

import { createRelay, type Relay } from "agenthuman/relay";
import { Mock, session } from "agenthuman/testing";

const options: ClientOptions = { baseURL: "https://example.com" };
const client: AgentHuman = new agenthuman.AgentHuman(options);
client.close();

export const relay: Relay = createRelay({ client, authorize: async () => null, policy: async () => ({ refused: "no" }) });

export const mock: Mock = new Mock();
mock.on("sessions.get").returns(session());

export const isMissing = (error: unknown) => error instanceof NotFoundError;
