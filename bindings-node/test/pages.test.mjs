// Lists: iteration and pages, with servers that paginate or do not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentHuman, NotFoundError } from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey } from "./support/credentials.mjs";
import { sessionRow } from "./support/rows.mjs";

const ALL = ["1", "2", "3", "4", "5"];

/** A server with five sessions that paginates. */
function paging({ query }) {
  const from = ALL.indexOf(query.after) + 1;
  const ids = ALL.slice(from, from + Number(query.limit));
  const next = from + ids.length < ALL.length ? ids.at(-1) : null;
  return { body: { sessions: ids.map((id) => sessionRow(id)), next } };
}

const open = (server) => new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url });

async function walked(list) {
  const ids = [];
  for await (const item of list) ids.push(item.id);
  return ids;
}

test("iteration fetches all pages, and can be repeated", async () => {
  await withCanned(paging, async (server) => {
    const list = open(server).sessions.list({ limit: 2 });
    assert.equal(server.requests.length, 0, "nothing is sent until it is walked");
    assert.deepEqual(await walked(list), ALL);
    assert.deepEqual(
      server.requests.map(({ query }) => query.after),
      [undefined, "2", "4"],
    );
    assert.deepEqual(await walked(list), ALL);
    assert.deepEqual(
      (await list.all()).map(({ id }) => id),
      ALL,
    );
  });
});

test("pages are fetched one at a time, and only as needed", async () => {
  await withCanned(paging, async (server) => {
    const list = open(server).sessions.list({ limit: 2 });
    const page = await list.page();
    assert.deepEqual([page.items.map(({ id }) => id), page.next], [["1", "2"], "2"]);
    const last = await open(server).sessions.list({ limit: 2, after: "4" }).page();
    assert.deepEqual([last.items.map(({ id }) => id), last.next], [["5"], null]);
    for await (const _ of list) break;
    assert.equal(server.requests.length, 3);
    const sizes = [];
    for await (const { items } of list.pages()) sizes.push(items.length);
    assert.deepEqual(sizes, [2, 2, 1]);
  });
});

test("iteration ends if the server ignores `after`", async () => {
  const everything = { body: { sessions: ALL.map((id) => sessionRow(id)), next: "5" } };
  await withCanned(everything, async (server) => {
    assert.deepEqual(await walked(open(server).sessions.list({ limit: 2 })), ALL);
    assert.equal(server.requests.length, 2);
  });
  const bare = { body: ALL.map((id) => sessionRow(id)) };
  await withCanned(bare, async (server) => {
    assert.deepEqual(await walked(open(server).sessions.list({ limit: 2 })), ALL);
    assert.equal(server.requests.length, 1);
  });
});

test("an error ends the iteration", async () => {
  const answer = (request, index) => (index === 0 ? paging(request) : { status: 404, body: { error: "gone" } });
  await withCanned(answer, async (server) => {
    const ids = [];
    await assert.rejects(async () => {
      for await (const { id } of open(server).sessions.list({ limit: 2 })) ids.push(id);
    }, NotFoundError);
    assert.deepEqual(ids, ["1", "2"]);
  });
});
