// Tests without a server, for ES modules.

export * from "./testing.js";
