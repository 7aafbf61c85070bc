// agenthuman/testing: mocks, factories of models, and methods that can be replaced.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { beforeEach, test } from "node:test";
import * as agenthuman from "agenthuman";
import * as testing from "agenthuman/testing";
import { node } from "./support/run.mjs";

const { AgentHuman, AgentHumanError, NotFoundError, RateLimitError, Session } = agenthuman;
const { DUMMY_KEY, Mock, UnexpectedCallError, agent, createdApiKey, session, uploadedAvatar } = testing;
const { errorClasses } = createRequire(import.meta.url)("../dist/generated/errors.js");

/** @type {testing.Mock} */
let mock;
beforeEach(() => {
  mock = new Mock();
});

test("a call gets its response and is recorded", async () => {
  mock.on("sessions.create").returns(session({ id: 5, status: "active" }));
  const created = await mock.client.sessions.create(
    { agentId: "7", sessionType: undefined },
    { timeout: 2000, maxRetries: 1, headers: { "x-trace": "1" } },
  );
  assert(created instanceof Session);
  assert.deepEqual([created.id, created.status], ["5", "active"]);
  assert.deepEqual(mock.calls, [
    {
      operation: "sessions.create",
      params: { agentId: "7" },
      options: { timeout: 2000, maxRetries: 1, headers: { "x-trace": "1" } },
    },
  ]);
});

test("a mock reads no environment and opens no connection", async () => {
  const text = `
    import { Mock } from "agenthuman/testing";
    const mock = new Mock();
    mock.on("agents.delete").returns();
    await mock.client.agents.delete("1");
    console.log(mock.calls.length, String(mock.client));`;
  const env = { AGENTHUMAN_API_KEY: "no key", AGENTHUMAN_BASE_URL: "no URL", SSL_CERT_FILE: "/nowhere" };
  const { status, stdout, stderr } = await node(["--input-type=module", "--eval", text], { env });
  assert.deepEqual([status, stdout.trim()], [0, '1 AgentHuman {"baseURL":"https://mock.invalid"}'], stderr);
});

test("the last response repeats, and a new configuration replaces the old", async () => {
  mock
    .on("sessions.get")
    .returns(session({ id: "1" }), session({ id: "2" }))
    .returns(session({ id: "3" }));
  const ids = [];
  for (let call = 0; call < 5; call += 1) ids.push((await mock.client.sessions.get("x")).id);
  assert.deepEqual(ids, ["1", "2", "3", "3", "3"]);
  mock.on("sessions.get").returns(session({ id: "4" }));
  assert.equal((await mock.client.sessions.get("x")).id, "4");
});

test("errors are those of production", async () => {
  mock.on("sessions.create").rejects("rate_limited", { retryAfter: 3 }).rejects(NotFoundError);
  mock.on("sessions.get").rejects("timeout", { phase: "read" }).rejects(new TypeError("own"));
  await assert.rejects(mock.client.sessions.create({ agentId: "7" }), (error) => {
    assert(error instanceof RateLimitError);
    assert.deepEqual([error.status, error.retryAfter, error.retryable, error.operation], [429, 3, true, "sessions.create"]);
    assert.match(error.message, /^Too many requests/);
    assert.match(error.stack, /testing\.test\.mjs/);
    return true;
  });
  await assert.rejects(mock.client.sessions.create({ agentId: "7" }), (error) => {
    assert(error instanceof NotFoundError);
    return assert.deepEqual([error.status, error.retryable, error.attempts.length], [404, false, 1]) ?? true;
  });
  await assert.rejects(mock.client.sessions.get("1"), { code: "timeout", phase: "read" });
  await assert.rejects(mock.client.sessions.get("1"), new TypeError("own"));
});

test("every error can be thrown", async () => {
  for (const [code, errorClass] of Object.entries(errorClasses)) {
    mock.on("sessions.get").rejects(code).rejects(errorClass);
    for (let call = 0; call < 2; call += 1) {
      await assert.rejects(
        mock.client.sessions.get("1"),
        (error) => error.constructor === errorClass && error.reason !== "",
        code,
      );
    }
  }
});

test("a function responds, and what it throws is not wrapped", async () => {
  mock.on("sessions.get").responds(async ({ params }) => {
    await null;
    if (params.id === "0") throw new RangeError("no session 0");
    return session({ id: params.id });
  });
  assert.equal((await mock.client.sessions.get("4")).id, "4");
  await assert.rejects(mock.client.sessions.get("0"), new RangeError("no session 0"));
});

test("a call that is aborted does not wait for the function", async () => {
  const controller = new AbortController();
  mock.on("sessions.get").responds(() => {
    controller.abort(new Error("enough"));
    return new Promise(() => {});
  });
  await assert.rejects(mock.client.sessions.get("1", { signal: controller.signal }), new Error("enough"));
});

test("a list has pages and cursors", async () => {
  mock.on("sessions.list").returns([session({ id: "1" })], { items: [session({ id: "2" })], next: "c2" }, []);
  assert.equal((await mock.client.sessions.list().page()).next, null);
  assert.equal((await mock.client.sessions.list().page()).next, "c2");
  assert.deepEqual(await mock.client.sessions.list().all(), []);
  mock.on("sessions.list").pages([session({ id: "1" })], [], [session({ id: "2" })]);
  for (let walk = 0; walk < 2; walk += 1) {
    const items = await mock.client.sessions.list({ limit: 1 }).all();
    assert.deepEqual(
      items.map(({ id }) => id),
      ["1", "2"],
    );
  }
  assert.deepEqual(
    mock.calls.slice(-3).map(({ params }) => params.after),
    [undefined, "page-2", "page-3"],
  );
  const many = Array.from({ length: 300 }, (_, id) => session({ id, status: "active" }));
  mock.on("sessions.list").returns(many);
  assert.equal((await mock.client.sessions.list().all())[299].id, "299");
});

test("an operation without a model, and a request", async () => {
  mock.on("agents.delete").returns();
  mock.on("request").returns({ minutes: 3 }, null);
  assert.equal(await mock.client.agents.delete("7"), undefined);
  assert.deepEqual(await mock.client.request("GET", "/v1/usage?days=7"), { minutes: 3 });
  assert.equal(await mock.client.request("POST", "/v1/x", { body: { a: [1] } }), null);
  assert.deepEqual(mock.calls[1].params, { method: "GET", path: "/v1/usage?days=7" });
  assert.deepEqual(mock.calls[2].params.body, { a: [1] });
});

test("parameters are checked", async () => {
  mock.on("sessions.create").returns(session());
  await assert.rejects(mock.client.sessions.create({ agentId: "" }), { code: "invalid_argument", parameter: "agentId" });
  assert.deepEqual(mock.calls, []);
});

test("a file is described and not read", async () => {
  mock.on("avatars.upload").returns(uploadedAvatar());
  await mock.client.avatars.upload({ file: "/nowhere/face.png", name: "Face" });
  await mock.client.avatars.upload({ file: Buffer.from("abc"), name: "Face" });
  assert.deepEqual(mock.calls[0].params.file, { path: "/nowhere/face.png" });
  assert.equal(mock.calls[1].params.file.length, 3);
});

test("a rotation stores the key", async () => {
  const stored = [];
  mock.on("api_keys.rotate").returns(createdApiKey());
  const created = await mock.client.apiKeys.rotate("1", { grace: 60, store: ({ key }) => void stored.push(key) });
  assert.deepEqual([stored, created.key], [[DUMMY_KEY], DUMMY_KEY]);
  assert.deepEqual(mock.calls[0].params, { id: "1", grace: 60 });
  const store = () => {
    throw new Error("disk full");
  };
  await assert.rejects(mock.client.apiKeys.rotate("1", { store }), { code: "store_failed" });
});

test("an unexpected call says how to add it", async () => {
  const { client } = mock;
  for (const [call, suggestion] of [
    [() => client.sessions.get("1"), 'mock.on("sessions.get").returns(session())'],
    [() => client.apiKeys.list().all(), "returns([apiKeyInfo()])"],
    [() => client.agents.delete("1"), 'mock.on("agents.delete").returns()'],
    [() => client.request("GET", "/v1/x"), 'mock.on("request")'],
  ]) {
    await assert.rejects(call, (error) => error instanceof UnexpectedCallError && error.message.includes(suggestion));
  }
  await assert.rejects(client.auth.verifyOtp("ada@example.com", "123456"), (error) => {
    assert(error instanceof assert.AssertionError);
    return !error.message.includes("123456");
  });
});

test("what was called can be asserted", async () => {
  mock.on("sessions.get").returns(session(), session());
  await mock.client.sessions.get("1");
  mock.assertCalls("sessions.get");
  assert.throws(() => mock.assertCalls("sessions.get", "sessions.end"), /expected calls of .*sessions\.end/);
  assert.throws(() => mock.assertAllCalled(), /sessions\.get \(1 of 2 responses\)/);
  await mock.client.sessions.get("1");
  mock.assertAllCalled();
  await assert.rejects(mock.client.auth.me());
  assert.throws(() => mock.assertAllCalled(), /unexpected calls of auth\.me/);
  mock.reset();
  mock.assertCalls();
  mock.assertAllCalled();
});

test("mistakes in a test are reported where they are made", async () => {
  assert.throws(() => mock.on("sessions.creat"), /unknown operation "sessions\.creat"/);
  assert.throws(() => mock.on("sessions.create").returns(agent()), /sessions\.create returns a Session; got Agent/);
  assert.throws(() => mock.on("sessions.create").returns(), /at least one/);
  assert.throws(() => mock.on("sessions.create").rejects("rate_limit"), /unknown error code "rate_limit"/);
  assert.throws(() => mock.on("sessions.create").rejects("timeout", { status_code: 1 }), /no field status_code/);
  assert.throws(() => mock.on("sessions.list").returns(session()), /returns a list of models; got Session/);
  assert.throws(() => session({ name: "x" }), /Session has no field name/);
  assert.throws(() => session({ status: 5 }), /status of Session has the wrong type, number/);
  assert.throws(() => session({ id: null }), /id of Session has the wrong type, null/);
  assert.throws(() => session({ started_at: new Date(NaN) }), /started_at of Session has the wrong type/);
});

test("every model has a factory", () => {
  const models = Object.values(agenthuman).filter((value) => value?.prototype instanceof agenthuman.Model);
  assert(models.length >= 12);
  for (const model of models) {
    const factory = testing[model.name.charAt(0).toLowerCase() + model.name.slice(1)];
    assert(factory() instanceof model, model.name);
  }
  const now = new Date("2026-01-02T03:04:05Z");
  const made = session({ id: 7, started_at: now, ended_at: null, extra: { new: true } });
  assert.deepEqual([made.id, made.started_at, made.ended_at, made.extra], ["7", now, null, { new: true }]);
  assert.deepEqual(testing.messageExchange({ reply: testing.message({ content: "Hi" }) }).reply.content, "Hi");
});

test("the dummy key has the format of a key", () => {
  const client = new AgentHuman({ apiKey: DUMMY_KEY, baseURL: "https://api.agenthuman.com" });
  assert.equal(JSON.parse(JSON.stringify(client)).apiKey, "ah_test_…0000");
  new AgentHuman({ token: testing.DUMMY_TOKEN, baseURL: "https://api.agenthuman.com" });
});

test("a method can be replaced and spied on", async (context) => {
  const client = new AgentHuman({ apiKey: DUMMY_KEY, baseURL: "https://api.agenthuman.com" });
  assert.equal(client.sessions, client.sessions);
  const create = context.mock.method(client.sessions, "create", async () => session({ id: "9" }));
  assert.equal((await client.sessions.create({ agentId: "7" })).id, "9");
  assert.deepEqual(create.mock.calls[0].arguments, [{ agentId: "7" }]);
  mock.on("sessions.get").returns(session({ id: "8" }));
  const get = context.mock.method(mock.client.sessions, "get");
  assert.equal((await mock.client.sessions.get("1")).id, "8");
  assert.equal(get.mock.callCount(), 1);
});

test("import and require give the same objects", () => {
  assert.equal(createRequire(import.meta.url)("agenthuman/testing").Mock, Mock);
  assert(new Mock().client instanceof AgentHuman);
  assert(!(new UnexpectedCallError({ message: "x" }) instanceof AgentHumanError));
});
