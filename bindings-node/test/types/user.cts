// A CommonJS module that uses the types.

import { AgentHuman, NotFoundError, type ClientOptions } from "agenthuman";
import agenthuman = require("agenthuman");

const options: ClientOptions = { baseURL: "https://example.com" };
const client: AgentHuman = new agenthuman.AgentHuman(options);
client.close();

export const isMissing = (error: unknown) => error instanceof NotFoundError;
