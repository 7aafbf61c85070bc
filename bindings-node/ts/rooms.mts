// The client for rooms, for ES modules.

export * from "./rooms.js";
