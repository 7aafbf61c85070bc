// The error classes against contract/errors.json, in both directions, without a server.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inspect } from "node:util";
import * as agenthuman from "agenthuman";
import { errorFrom } from "../dist/raise.js";
import { madeUpKey } from "./support/credentials.mjs";

const { base, kinds, fields } = JSON.parse(readFileSync(new URL("../../contract/errors.json", import.meta.url)));

const info = (code, more) => ({
  code,
  message: "it went wrong",
  suggestion: null,
  status: null,
  details: null,
  request_id: null,
  operation: null,
  attempts: [],
  retryable: false,
  retry_after: null,
  outcome_unknown: false,
  phase: null,
  parameter: null,
  ...more,
});

test("every kind has its class, under its parent", () => {
  for (const kind of kinds) {
    const error = errorFrom(info(kind.code));
    const parent = kinds.find(({ code }) => code === kind.parent)?.class ?? base;
    assert.equal(error.constructor, agenthuman[kind.class], kind.code);
    assert.equal(Object.getPrototypeOf(error.constructor), agenthuman[parent], kind.code);
    assert.equal(error.name, kind.class);
    assert.equal(error.constructor.code, kind.code);
    assert.equal(error.code, kind.code);
    assert(error instanceof Error && error instanceof agenthuman.AgentHumanError);
    assert.equal(Object.prototype.toString.call(error), "[object Error]");
  }
});

test("no class is without a kind", () => {
  const classes = Object.values(agenthuman).filter((value) => value.prototype instanceof Error);
  const named = classes.map((errorClass) => errorClass.prototype.name).sort();
  assert.deepEqual(named, [base, ...kinds.map((kind) => kind.class)].sort());
});

test("an unknown code becomes its nearest parent", () => {
  assert.equal(errorFrom(info("new_kind")).constructor, agenthuman.AgentHumanError);
  assert.equal(errorFrom(info("new_kind", { status: 418 })).constructor, agenthuman.ApiStatusError);
  assert.equal(errorFrom(info("new_kind", { status: 418 })).code, "new_kind");
});

test("every field arrives, and one that is null is absent", () => {
  const full = info("rate_limited", {
    suggestion: "Wait.",
    status: 429,
    details: { a: 1 },
    request_id: "r1",
    operation: "sessions.list",
    attempts: [{ status: 429, code: "rate_limited", ms: 3 }],
    retryable: true,
    retry_after: 1.5,
    outcome_unknown: true,
    phase: "read",
    parameter: "limit",
  });
  const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
  assert.deepEqual(Object.keys(full).sort(), fields.map(({ name }) => name).sort());
  const error = errorFrom(full);
  const bare = errorFrom(info("api"));
  for (const { name } of fields) {
    assert.deepEqual(error[camel(name)], full[name], name);
    assert.equal(
      camel(name) in bare,
      !["suggestion", "status", "details", "request_id", "operation", "retry_after", "phase", "parameter"].includes(name),
      name,
    );
  }
});

test("the message is the bare sentence, and the printed form says what to do", () => {
  const error = errorFrom(info("server", { status: 500, suggestion: "Try again later." }));
  assert.equal(error.message, "it went wrong");
  assert.equal(String(error), "ServerError: it went wrong. Try again later.");
  const stopped = errorFrom(info("server", { status: 500, message: "Stop!", suggestion: "Go." }));
  assert.equal(String(stopped), "ServerError: Stop! Go.");
});

test("the core's words take the spelling of JavaScript, and the service's stay", () => {
  const local = info("invalid_argument", {
    message: "agent_id is required; try agent_voice",
    parameter: "agent_id",
    suggestion: "Use auth.verify_otp.",
  });
  const error = errorFrom(local);
  assert.equal(error.message, "agentId is required; try agent_voice");
  assert.equal(error.parameter, "agentId");
  assert.equal(error.suggestion, "Use auth.verifyOtp.");
  assert.equal(errorFrom({ ...local, code: "bad_request", status: 400 }).message, local.message);
});

test("inspect masks credentials, also those in the cause", () => {
  const key = madeUpKey();
  const cause = new Error(`no such key: ${key}`);
  const error = errorFrom(info("missing_credential"), undefined, { cause });
  assert.equal(error.cause, cause);
  assert(inspect(cause).includes(key));
  assert(!inspect(error).includes(key.slice(8)));
  assert.match(inspect(error), /no such key: ah_test_…/);
});
