// Unit tests: a mock provides the responses, and nothing is sent.

import { NotFoundError } from "agenthuman";
import { Mock, message, messageExchange, session } from "agenthuman/testing";
import { beforeEach, expect, test } from "vitest";
import { greet } from "./greeter.mjs";

/** @type {Mock} */
let mock;

beforeEach(() => {
  mock = new Mock();
  mock.on("sessions.create").returns(session({ id: "5" }));
  mock.on("messages.create").returns(messageExchange({ reply: message({ content: "Welcome, Ada." }) }));
  mock.on("sessions.end").returns(session({ id: "5", status: "completed" }));
});

test("the agent greets", async () => {
  expect(await greet(mock.client, "7", "Ada")).toBe("Welcome, Ada.");
  mock.assertCalls("sessions.create", "messages.create", "sessions.end");
  expect(mock.calls[1].params).toEqual({ sessionId: "5", content: "Hello, I am Ada." });
});

test("a busy agent has a fallback", async () => {
  mock.on("messages.create").rejects("rate_limited", { retryAfter: 30 });
  expect(await greet(mock.client, "7", "Ada")).toBe("Hello, Ada!");
});

test("a missing agent is an error", async () => {
  mock.on("sessions.create").rejects(NotFoundError);
  await expect(greet(mock.client, "7", "Ada")).rejects.toThrow(NotFoundError);
});
