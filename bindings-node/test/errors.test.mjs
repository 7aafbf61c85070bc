// Compares the error classes with contract/errors.json.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Writable } from "node:stream";
import { format, inspect } from "node:util";
import * as agenthuman from "agenthuman";
import pino from "pino";
import winston from "winston";
import { errorFrom } from "../dist/raise.js";
import { Trace } from "../dist/trace.js";
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

test("every class has a kind", () => {
  const classes = Object.values(agenthuman).filter((value) => value.prototype instanceof Error);
  const named = classes.map((errorClass) => errorClass.prototype.name).sort();
  assert.deepEqual(named, [base, ...kinds.map((kind) => kind.class)].sort());
});

test("an unknown code gives the nearest base class", () => {
  assert.equal(errorFrom(info("new_kind")).constructor, agenthuman.AgentHumanError);
  assert.equal(errorFrom(info("new_kind", { status: 418 })).constructor, agenthuman.APIStatusError);
  assert.equal(errorFrom(info("new_kind", { status: 418 })).code, "new_kind");
});

test("every field is set, and null fields are missing", () => {
  const full = info("rate_limited", {
    suggestion: "Wait.",
    status: 429,
    details: { a: 1 },
    request_id: "r1",
    operation: "sessions.list",
    attempts: [{ status: 429, code: "rate_limited", duration_ms: 3 }],
    retryable: true,
    retry_after: 1.5,
    outcome_unknown: true,
    phase: "read",
    parameter: "limit",
  });
  const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
  assert.deepEqual(Object.keys(full).sort(), fields.map(({ name }) => name).sort());
  const property = (name) => (name === "message" ? "reason" : camel(name));
  const error = errorFrom(full);
  const bare = errorFrom(info("api"));
  for (const { name } of fields) {
    const expected = name === "attempts" ? [{ status: 429, code: "rate_limited", durationMs: 3 }] : full[name];
    assert.deepEqual(error[property(name)], expected, name);
    assert.equal(
      property(name) in bare,
      !["suggestion", "status", "details", "request_id", "operation", "retry_after", "phase", "parameter"].includes(name),
      name,
    );
  }
});

const failed = () =>
  errorFrom(
    info("not_found", {
      message: "Session\nnot found",
      suggestion: "Check the id.",
      status: 404,
      operation: "sessions.get",
      request_id: "req-7",
      retryable: false,
    }),
    new Trace(failed),
  );
const line = "Session\\nnot found. Check the id. (code not_found, status 404, operation sessions.get, request id req-7)";

test("every way of printing has the whole line, and `reason` is the message alone", () => {
  const error = failed();
  assert.equal(error.reason, "Session\nnot found");
  assert.equal(error.message, line);
  assert.equal(String(error), `NotFoundError: ${line}`);
  assert.equal(`${error}`, `NotFoundError: ${line}`);
  for (const printed of [error.stack, inspect(error), inspect(error, { customInspect: false }), format("%s", error)]) {
    assert.equal(printed.split("\n")[0], `NotFoundError: ${line}`);
  }
});

test("loggers that write JSON get the name, the line and the fields", () => {
  const error = errorFrom(info("server", { status: 503, request_id: "r1" }), undefined, { cause: new Error("its own text") });
  assert.deepEqual(JSON.parse(JSON.stringify({ error })).error, {
    name: "ServerError",
    message: "it went wrong (code server, status 503, request id r1)",
    reason: "it went wrong",
    code: "server",
    status: 503,
    requestId: "r1",
    attempts: [],
    retryable: false,
    outcomeUnknown: false,
  });
});

test("pino prints the line and the fields", () => {
  const lines = [];
  const logger = pino({ base: null, timestamp: false }, { write: (text) => lines.push(JSON.parse(text)) });
  logger.error(failed(), "giving up");
  logger.error({ err: failed() });
  for (const { err } of lines) {
    assert.equal(err.message, line);
    assert.equal(err.stack.split("\n")[0], `NotFoundError: ${line}`);
    assert.deepEqual([err.code, err.status, err.operation, err.requestId], ["not_found", 404, "sessions.get", "req-7"]);
  }
  assert.equal(lines.length, 2);
});

test("winston prints the line and the fields", () => {
  const lines = [];
  const stream = new Writable({ write: (text, _encoding, done) => (lines.push(JSON.parse(text)), done()) });
  const { combine, errors, json } = winston.format;
  const transports = [new winston.transports.Stream({ stream })];
  const logger = winston.createLogger({ format: combine(errors({ stack: true }), json()), transports });
  logger.error(failed());
  logger.error("giving up", { error: failed() });
  assert.equal(lines[0].message, line);
  assert.equal(lines[1].error.message, line);
  for (const printed of [lines[0], lines[1].error]) {
    assert.deepEqual([printed.code, printed.status, printed.requestId], ["not_found", 404, "req-7"]);
  }
});

test("names in texts of the core have JavaScript spelling, texts of the service are unchanged", () => {
  const local = info("invalid_argument", {
    message: 'agent_id is required, and got "base_url"; try agent_voice',
    parameter: "agent_id",
    suggestion: "Use auth.verify_otp, or roles.list_mine if `retry_after` has passed.",
  });
  const error = errorFrom(local);
  assert.equal(error.reason, 'agentId is required, and got "base_url"; try agent_voice');
  assert.equal(error.parameter, "agentId");
  assert.equal(error.suggestion, "Use auth.verifyOtp, or roles.listMine if `retryAfter` has passed.");
  assert(error.message.startsWith(`${error.reason}. ${error.suggestion} (code `), error.message);
  const answered = errorFrom({ ...local, code: "bad_request", status: 400 });
  assert.equal(answered.reason, local.message);
  assert.equal(answered.suggestion, error.suggestion);
  const advised = errorFrom({ ...local, status: 400, suggested_by_service: true });
  assert.equal(advised.suggestion, local.suggestion);
  const unknown = errorFrom(info("invalid_argument", { message: 'unknown parameter "base_url"', parameter: "base_url" }));
  assert.equal(unknown.reason, 'unknown parameter "baseURL"');
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
