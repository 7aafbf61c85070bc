// Long lists: their items are loaded on access, and behave like those of short lists.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { AgentHuman, Session } from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey } from "./support/credentials.mjs";
import { sessionRow } from "./support/rows.mjs";

const LONG = 1000;
const SHORT = 100;

const row = (index) => ({
  ...sessionRow(index),
  agent_name: `Añna "${index}" \\ \u{1F600}`,
  transcript: index % 3 === 0 ? null : "Hello",
  ...(index % 2 === 0 && { ended_at: "2026-01-15T10:30:00Z" }),
  duration: index,
  metadata: { campaign: "spring", index },
  language: index === 5 ? 7 : "en",
  ...(index === 6 && { unheard_of: [1] }),
});

async function fetched(count, use) {
  const body = { sessions: Array.from({ length: count }, (_, index) => row(index)) };
  await withCanned({ body }, async (server) => {
    const client = new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url });
    await use((await client.sessions.list().page()).items);
  });
}

/** The items of a long list, and the same rows as a short list has them. */
const both = (use) => fetched(LONG, (long) => fetched(SHORT, (short) => use(long, short)));

test("fields of every kind, in any order", () =>
  both((long, short) => {
    for (const index of [99, 0, 5, 6, 50, 3]) {
      for (const field of [
        "metadata",
        "id",
        "session_id",
        "status",
        "started_at",
        "ended_at",
        "duration",
        "language",
        "extra",
        "call_type",
      ]) {
        assert.deepEqual(long[index][field], short[index][field], `${field} of ${index}`);
      }
      assert.equal(long[index].agent_name, row(index).agent_name);
      assert.equal(long[index].metadata, long[index].metadata, "the same object each time");
    }
    assert.equal(long[LONG - 1].id, String(LONG - 1));
    assert(long[2].started_at instanceof Date);
  }));

test("the list is an array", () =>
  fetched(LONG, (items) => {
    assert(Array.isArray(items));
    assert.equal(items.length, LONG);
    assert.deepEqual(
      items.slice(0, 2).map(({ id }) => id),
      ["0", "1"],
    );
    assert.equal([...items].filter(({ transcript }) => transcript === null).length, 334);
    assert.equal(items.at(-1).duration, LONG - 1);
    assert(items.every((item) => item instanceof Session && item.constructor === Session));
  }));

test("an item behaves like a plain object", () =>
  both((long, short) => {
    for (const index of [0, 5, 6, 98]) {
      const [item, other] = [long[index], short[index]];
      for (const field of ["started_at", "ended_at", "id"]) assert.equal(field in item, field in other, field);
      item.metadata.campaign += "!";
      other.metadata.campaign += "!";
      assert.deepEqual(Object.keys(item), Object.keys(other));
      assert.deepEqual({ ...item }, { ...other });
      assert.deepEqual(item, other);
      assert.notDeepEqual(item, short[index + 1]);
      assert.equal(JSON.stringify(long[index + 1]), JSON.stringify(short[index + 1]));
      assert.equal(inspect(item), inspect(other));
      assert.equal(inspect(long[index + 1]), inspect(short[index + 1]));
      assert.match(inspect(item), /^Session \{/);
      assert.deepEqual(structuredClone(item.toJSON()), other.toJSON());
    }
    assert(!inspect(long[9], { customInspect: false, showHidden: true }).includes("ah_test_"));
  }));

test("an item can be changed like that of a short list", () =>
  fetched(LONG, (items) => {
    items[1].note = "mine";
    assert.equal(items[1].note, "mine");
    assert.equal(items[1].id, "1");
    delete items[1].status;
    assert(!("status" in items[1]));
    Object.freeze(items[2]);
    assert(Object.isFrozen(items[2]));
    assert.equal(items[2].id, "2");
  }));

test("iteration includes the pages after a long one", async () => {
  const pages = [row, (index) => row(index + LONG)].map((make, page) => ({
    sessions: Array.from({ length: LONG }, (_, index) => make(index)),
    next: page === 0 ? "more" : null,
  }));
  await withCanned(
    ({ query }) => ({ body: pages[query.after === "more" ? 1 : 0] }),
    async (server) => {
      const all = await new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url }).sessions.list().all();
      assert.equal(all.length, 2 * LONG);
      assert(all.every(({ id }, index) => id === String(index)));
    },
  );
});
