// A panic of the core is an error, and the client still works. Dev builds have an operation that panics.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { InternalError } from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey } from "./support/credentials.mjs";
import { sessionRow } from "./support/rows.mjs";

const { Core } = createRequire(import.meta.url)("../dist/core.js");
const { Session } = createRequire(import.meta.url)("../dist/generated/models.js");

test("a panic is an error, and the client still works", async () => {
  await withCanned({ body: { success: true, session: sessionRow(5) } }, async (server) => {
    const core = Core.open({ apiKey: madeUpKey(), baseURL: server.url }, test);
    for (let round = 0; round < 2; round++) {
      await assert.rejects(core.nothing(test, "debug.panic", undefined, undefined), (error) => {
        assert.ok(error instanceof InternalError);
        assert.equal(error.code, "internal");
        assert.doesNotMatch(error.message, /on purpose/);
        return true;
      });
      assert.equal((await core.one(test, "sessions.get", Session, { id: "5" }, undefined)).id, "5");
    }
  });
});
