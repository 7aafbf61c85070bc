// The relay for ES modules.

export * from "./relay.js";
