// Models from JSON, and their JSON Schema.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { inspect } from "node:util";
import { CreatedApiKey, MessageExchange, Model, Session } from "agenthuman";
import * as rooms from "agenthuman/rooms";
import * as testing from "agenthuman/testing";
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { madeUpKey } from "./support/credentials.mjs";

const require = createRequire(import.meta.url);
const schemas = require("agenthuman/models.schema.json");
const ajv = new Ajv2020({ strict: false });
addFormats(ajv);
ajv.addSchema(schemas);
ajv.addSchema(require("agenthuman/models.rooms.schema.json"));
const isValid = (name, value) => ajv.validate({ $ref: `agenthuman/models.schema.json#/$defs/${name}` }, value);

const SESSION = {
  id: "5",
  agent_id: "7",
  session_type: "agent_chat",
  status: "paused",
  started_at: "2024-01-15T10:30:00.123456Z",
  ended_at: null,
  duration: 5,
  metadata: { order: { items: [1, 2] } },
  extra: { mood: "good" },
};

test("a model from an object and from a text", () => {
  for (const value of [SESSION, JSON.stringify(SESSION)]) {
    const session = Session.fromJSON(value);
    assert(session instanceof Session && session instanceof Model);
    assert.deepEqual(session.started_at, new Date("2024-01-15T10:30:00.123Z"));
    assert.equal(session.status, "paused");
    assert.equal(session.session_id, "5");
    assert.equal(session.ended_at, null);
    assert(!("transcript" in session));
    assert.deepEqual(session.extra, { mood: "good" });
    assert.deepEqual(JSON.parse(JSON.stringify(session)), SESSION);
  }
});

test("a model from another one, and with other fields", () => {
  const session = Session.fromJSON(SESSION);
  assert.deepEqual(Session.fromJSON(session), session);
  assert.notEqual(Session.fromJSON(session), session);
  const later = Session.fromJSON({ ...session, status: "completed", ended_at: new Date("2024-01-15T11:00:00Z") });
  assert.equal(later.ended_at.toISOString(), "2024-01-15T11:00:00.000Z");
  assert.equal(later.status, "completed");
});

test("models inside a model", () => {
  const exchange = MessageExchange.fromJSON({ message: testing.message({ content: "Hi" }), reply: null });
  assert.equal(exchange.message.constructor.name, "Message");
  assert.equal(exchange.message.content, "Hi");
});

test("ids are text, and unknown fields are in extra", () => {
  const session = Session.fromJSON({ ...SESSION, id: 5, brand_new: [1] });
  assert.equal(session.id, "5");
  assert.deepEqual(session.extra, { mood: "good", brand_new: [1] });
});

test("a subclass", () => {
  class Mine extends Session {
    get label() {
      return `${this.id}: ${this.status}`;
    }
  }
  assert.equal(Mine.fromJSON(SESSION).label, "5: paused");
});

test("a value that is not a model is a TypeError, which names the field and no value", () => {
  const { id: _, ...without } = SESSION;
  const cyclic = {};
  cyclic.metadata = cyclic;
  for (const [value, message] of [
    [without, /canonical form of Session: Session\.id is missing/],
    [{ ...SESSION, status: null }, /Session\.status is null/],
    [{ ...SESSION, started_at: "soon" }, /Session\.started_at is not an RFC 3339 timestamp/],
    ["", /canonical form of Session/],
    ['{"id":"secret', /canonical form of Session/],
    [5, /canonical form of Session/],
    [null, /canonical form of Session/],
    [undefined, /the value/],
    [[SESSION], /canonical form of Session/],
    [cyclic, /the value contains a cycle/],
    [{ ...SESSION, metadata: { a: 5n } }, /the value contains a BigInt/],
  ]) {
    assert.throws(
      () => Session.fromJSON(value),
      (error) => error instanceof TypeError && message.test(error.message) && !error.message.includes("secret"),
      inspect(value),
    );
  }
  assert.throws(() => Model.fromJSON(SESSION), TypeError);
});

test("a prototype with additions changes nothing", () => {
  Object.prototype.toJSON = () => "changed";
  try {
    assert.equal(Session.fromJSON(SESSION).id, "5");
    assert.equal(
      Session.fromJSON(`{"id":"5","agent_id":"7","session_type":"voice","status":"active","started_at":"2024-01-15T10:30:00Z"}`)
        .id,
      "5",
    );
  } finally {
    delete Object.prototype.toJSON;
  }
});

test("a secret is kept, and not printed", () => {
  const key = madeUpKey();
  const created = CreatedApiKey.fromJSON({ api_key: testing.apiKeyInfo(), key });
  assert.equal(created.key, key);
  assert(!inspect(created).includes(key));
});

test("every model has a JSON Schema", () => {
  for (const [name, schema] of Object.entries(schemas.$defs)) {
    const make = testing[name.charAt(0).toLowerCase() + name.slice(1)];
    const values = JSON.parse(JSON.stringify(make()));
    assert(isValid(name, values), ajv.errorsText());
    assert(isValid(name, { ...values, brand_new: 1 }), name);
    for (const field of schema.required) {
      const { [field]: _, ...without } = values;
      assert(!isValid(name, without), `${name}.${field}`);
    }
  }
  assert(isValid("Session", SESSION), ajv.errorsText());
  assert(!isValid("Session", { ...SESSION, id: 5 }));
  assert(!isValid("MessageExchange", { message: { id: "5" } }));
});

test("models of the other contract", () => {
  const values = { public_avatars: [{ id: "PUBLIC/a", tags: ["office"] }], my_avatars: [] };
  const list = rooms.AvatarList.fromJSON(values);
  assert(list.public_avatars[0] instanceof rooms.Avatar);
  assert.deepEqual(JSON.parse(JSON.stringify(list)), values);
  // Both contracts have a model of this name.
  assert.equal(rooms.Session.fromJSON({ id: "sess_1", status: "started" }).status, "started");
  assert.throws(() => Session.fromJSON({ id: "sess_1", status: "started" }), TypeError);
  const valid = (name, value) => ajv.validate({ $ref: `agenthuman/models.rooms.schema.json#/$defs/${name}` }, value);
  assert(valid("AvatarList", values), ajv.errorsText());
  assert(!valid("AvatarList", { public_avatars: [{ tags: [] }] }));
  assert(valid("Session", { id: "sess_1", status: "started" }));
});
