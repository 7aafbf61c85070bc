// The sandbox for ES modules.

export * from "./sandbox.js";
