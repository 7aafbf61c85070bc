// Runs every vector of contract/vectors with the public methods.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { AgentHuman, AgentHumanError, Model, Pages } from "agenthuman";
import { AgentHumanRooms } from "agenthuman/rooms";
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { multipart, withCanned } from "./support/canned.mjs";
import { madeUpKey, madeUpToken } from "./support/credentials.mjs";

const contract = new URL("../../contract/", import.meta.url);
const described = JSON.parse(readFileSync(new URL("operations.json", contract)));

/** The contracts: the folder of their vectors, their operations and models, and what creates their client. */
const contracts = [
  { folder: "vectors/", schema: "models.schema.json", of: described, open: (options) => new AgentHuman(options) },
  {
    folder: "vectors/rooms/",
    schema: "models.rooms.schema.json",
    of: described.rooms,
    open: ({ token, ...options }) => new AgentHumanRooms(options),
  },
].map(({ folder, schema, of: { resources, models }, open }) => {
  const operations = resources.flatMap((resource) => resource.operations).map((operation) => [operation.name, operation]);
  return { folder: new URL(folder, contract), operations: new Map(operations), models, schema: `agenthuman/${schema}`, open };
});

const schemas = new Ajv2020({ strict: false });
addFormats(schemas);
for (const { schema } of contracts) schemas.addSchema(createRequire(import.meta.url)(schema));

const KNOWN = ["name", "source", "operation", "params", "file", "request", "answer", "expect"];

let count = 0;
for (const contract of contracts) {
  for (const file of readdirSync(contract.folder).filter((file) => file.endsWith(".json"))) {
    const vectors = JSON.parse(readFileSync(new URL(file, contract.folder)));
    assert(vectors.length > 0, `${file} holds no vector`);
    for (const vector of vectors) {
      count += 1;
      test(`${file}: ${vector.name}`, () => run(contract, vector));
    }
  }
}
test("there are vectors", () => assert(count >= 60, `only ${count} vectors were found`));

async function run(contract, vector) {
  for (const field of Object.keys(vector)) assert(KNOWN.includes(field), `unknown field ${field}`);
  const { status, headers, body, base64, cut } = vector.answer;
  const text = base64 === undefined ? vector.answer.text : Buffer.from(base64, "base64");
  await withCanned({ status, headers, body, text, cut }, async (server) => {
    const [apiKey, token] = [madeUpKey(), madeUpToken()];
    const client = contract.open({ apiKey, token, baseURL: server.url, maxRetries: 0 });
    const outcome = await call(contract, client, vector).then(
      (value) => ({ value }),
      (error) => ({ error }),
    );
    assert.equal(server.requests.length, 1, `${server.requests.length} requests: ${inspect(outcome)}`);
    compareRequest(vector.request, server.requests[0], { apiKey, token });
    compareOutcome(contract, vector, outcome);
    const printed = outcome.error ? `${inspect(outcome.error)} ${outcome.error.stack} ${JSON.stringify(outcome.error)}` : "";
    for (const secret of [apiKey, token, ...secretsOf(vector.answer)]) assert(!printed.includes(secret));
  });
}

async function call({ operations }, client, { operation: name, params, file }) {
  const operation = operations.get(name);
  const [resource, verb] = name.split(".").map(camel);
  const rest = new Map(Object.entries(params));
  const positional = operation.params.filter((param) => operation.resource === "auth" || param.place === "path");
  const own = positional.map((param) => {
    const value = rest.get(param.name);
    rest.delete(param.name);
    return value;
  });
  const named = Object.fromEntries([...rest].map(([name, value]) => [camel(name), value]));
  const scratch = file && mkdtempSync(join(tmpdir(), "agenthuman-vector-"));
  try {
    if (file) {
      const path = join(scratch, file.name);
      writeFileSync(path, file.text);
      named.file = { path, contentType: file.content_type };
    }
    const takesParams = operation.params.length > positional.length;
    const called = client[resource][verb](...own, ...(takesParams ? [camelGroups(named)] : []));
    return called instanceof Pages ? await called.page() : await called;
  } finally {
    if (scratch) rmSync(scratch, { recursive: true });
  }
}

/** The parameters that are objects have names in JavaScript's spelling, too. */
function camelGroups(params) {
  const spelled = (group) => Object.fromEntries(Object.entries(group).map(([name, value]) => [camel(name), value]));
  const groups = ["room", "voiceAgent"].filter((name) => name in params).map((name) => [name, spelled(params[name])]);
  return { ...params, ...Object.fromEntries(groups) };
}

/** Returns the keys and tokens in a response. */
function secretsOf(answer) {
  return JSON.stringify(answer).match(/ah_(live|test)_[0-9A-Za-z]{32}|eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? [];
}

function compareRequest(expected, seen, { apiKey, token }) {
  assert.equal(seen.method, expected.method);
  assert.equal(seen.path, expected.path);
  assert.deepEqual(seen.query, expected.query ?? {});
  const sent = { "x-api-key": seen.headers["x-api-key"], authorization: seen.headers["authorization"] };
  assert.deepEqual(sent, {
    "x-api-key": expected.credential === "api_key" ? apiKey : undefined,
    authorization: expected.credential === "token" ? `Bearer ${token}` : undefined,
  });
  if (expected.multipart) {
    assert.deepEqual(unescaped(multipart(seen)), expected.multipart);
  } else if (expected.body !== undefined) {
    assert.equal(seen.headers["content-type"], "application/json");
    assert.deepEqual(JSON.parse(seen.body), expected.body);
  } else {
    assert.equal(seen.body.length, 0);
  }
}

function unescaped(parts) {
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [
      name,
      typeof part === "string" ? part : { ...part, filename: part.filename.replace(/\\(.)/g, "$1") },
    ]),
  );
}

function compareOutcome(contract, { operation, expect }, { value, error }) {
  if (expect.error) {
    assert(error instanceof AgentHumanError, `no error, but ${inspect(value ?? error)}`);
    for (const [name, wanted] of Object.entries(expect.error)) {
      const seen = error[name === "message" ? "reason" : camel(name)];
      if (wanted === null || wanted === false) assert(!seen, `${name} is ${inspect(seen)}`);
      else assert.deepEqual(seen, wanted, name);
    }
    return;
  }
  if (error) throw error;
  if (expect.nothing) return assert.equal(value, undefined);
  const { model } = contract.operations.get(operation).answer;
  if (expect.model) return compareModel(contract, model, value, expect.model);
  assert.equal(value.next, expect.page.next);
  assert.equal(value.items.length, expect.page.items.length);
  expect.page.items.forEach((item, index) => compareModel(contract, model, value.items[index], item));
}

function compareModel(contract, name, value, expected) {
  assert(value instanceof Model && value.constructor.name === name, `not a ${name}: ${inspect(value)}`);
  // JSON.stringify writes null for a number beyond the range of a float.
  assert.deepEqual(JSON.parse(JSON.stringify(value)), JSON.parse(JSON.stringify(expected)));
  const validate = schemas.getSchema(`${contract.schema}#/$defs/${name}`);
  assert(validate(JSON.parse(JSON.stringify(value))), schemas.errorsText(validate.errors));
  assert.deepEqual(
    JSON.parse(JSON.stringify(value.constructor.fromJSON(JSON.stringify(value)))),
    JSON.parse(JSON.stringify(value)),
  );
  const { fields } = contract.models.find((model) => model.name === name);
  for (const field of fields) {
    const text = expected[field.name];
    assert.equal(field.name in value, text !== undefined, field.name);
    if (text === undefined || text === null) continue;
    if (field.type === "instant") assert.equal(value[field.name].toISOString(), new Date(text).toISOString(), field.name);
    else if (field.type === "model") compareModel(contract, field.model, value[field.name], text);
    else if (field.type === "models")
      text.forEach((item, at) => compareModel(contract, field.model, value[field.name][at], item));
    else assert.deepEqual(value[field.name], text, field.name);
    for (const alias of field.aliases) assert.equal(value[alias], value[field.name], alias);
  }
  assert.deepEqual(value.extra, expected.extra);
}

function camel(name) {
  return name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}
