// Uploads of every kind of file.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { AgentHuman, AgentHumanError, InvalidArgumentError } from "agenthuman";
import { multipart, withCanned } from "./support/canned.mjs";
import { madeUpToken } from "./support/credentials.mjs";
import { avatarRow } from "./support/rows.mjs";

const folder = mkdtempSync(join(tmpdir(), "agenthuman-upload-"));
after(() => rmSync(folder, { recursive: true }));

const text = randomBytes(150_000).toString("hex");
const bytes = Buffer.from(text);
const path = join(folder, "face.png");
writeFileSync(path, text);

const created = { status: 201, body: { avatar: avatarRow(1) } };
const open = (server, options) => new AgentHuman({ token: madeUpToken(), baseURL: server.url, ...options });

async function* pieces() {
  for (let at = 0; at < bytes.length; at += 7777) {
    yield bytes.subarray(at, at + 7777);
    yield new Uint8Array();
  }
}

const sources = {
  "a path": () => [path, "face.png", true],
  "a file URL": () => [pathToFileURL(path), "face.png", true],
  "a path with a name": () => [{ path, name: "other.jpg" }, "other.jpg", true],
  "a Buffer": () => [bytes, "upload", true],
  "an ArrayBuffer": () => [Uint8Array.from(bytes).buffer, "upload", true],
  "a Blob": () => [new Blob([bytes], { type: "image/png" }), "upload", true],
  "a File": () => [new File([bytes], "me.png"), "me.png", true],
  "a stream of Node": () => [Readable.from(pieces()), "upload", false],
  "a stream of a file": () => [createReadStream(path), "face.png", false],
  "a stream of the web": () => [new Blob([bytes]).stream(), "upload", false],
  "a stream of the web without iteration": () => {
    const reader = new Blob([bytes]).stream().getReader();
    return [{ getReader: () => reader }, "upload", false];
  },
  "an async generator": () => [pieces(), "upload", false],
  "a list of chunks": () => [[bytes.subarray(0, 10), bytes.subarray(10)], "upload", false],
  "a stream with its length": () => [{ content: pieces(), length: bytes.length, name: "a.gif" }, "a.gif", true],
};

for (const [what, make] of Object.entries(sources)) {
  test(`${what} is uploaded with progress`, async () => {
    await withCanned(created, async (server) => {
      const [file, filename, isKnown] = make();
      const progress = [];
      const avatar = await open(server).avatars.upload(
        { file, name: "Sunny", voiceId: "v1" },
        { onProgress: (step) => progress.push(step) },
      );
      assert.equal(avatar.id, "1");
      const parts = multipart(server.requests[0]);
      assert.deepEqual([parts.name, parts.voice_id, parts.file.filename], ["Sunny", "v1", filename]);
      assert(parts.file.text === text, "the file arrived as it is");
      assert.equal("content-length" in server.requests[0].headers, isKnown);
      assert.equal(progress.at(-1).sent, bytes.length);
      assert(progress.every(({ sent }, index) => index === 0 || sent > progress[index - 1].sent));
      assert(progress.every(({ total }) => total === (isKnown ? bytes.length : undefined)));
    });
  });
}

test("the media type is that of the file, or the one passed", async () => {
  await withCanned(created, async (server) => {
    const client = open(server);
    const files = [
      new File(["a"], "a.bin", { type: "image/webp" }),
      { content: Buffer.from("a"), contentType: "image/gif" },
      path,
    ];
    for (const file of files) await client.avatars.upload({ file, name: "a" });
    assert.deepEqual(
      server.requests.map((request) => multipart(request).file.content_type),
      ["image/webp", "image/gif", "image/png"],
    );
  });
});

test("a stream that fails is the cause of the error", async () => {
  await withCanned(created, async (server) => {
    const thrown = new Error("the disk is gone");
    async function* failing() {
      yield bytes.subarray(0, 10);
      throw thrown;
    }
    for (const file of [failing(), Readable.from(failing())]) {
      await assert.rejects(open(server).avatars.upload({ file, name: "a" }), (error) => {
        assert(error instanceof AgentHumanError);
        assert.equal(error.cause, thrown);
        return true;
      });
    }
    await assert.rejects(open(server).avatars.upload({ file: ["text"], name: "a" }), (error) => error.cause instanceof TypeError);
  });
});

test("if the progress function throws, the call rejects with the error and drops its request", async () => {
  await withCanned(created, async (server) => {
    const thrown = new Error("no more");
    const onProgress = () => {
      throw thrown;
    };
    const stalled = new Readable({ read() {} });
    stalled.push("begun");
    await assert.rejects(open(server).avatars.upload({ file: stalled, name: "a" }, { onProgress }), (error) => error === thrown);
    assert(stalled.destroyed);
    await Promise.all(server.connections);
  });
});

test("a stream is closed when the call is rejected or aborted before it begins", async () => {
  await withCanned(created, async (server) => {
    const client = open(server);
    const signal = AbortSignal.abort();
    const aborted = Readable.from(pieces());
    await assert.rejects(client.avatars.upload({ file: aborted, name: "a" }, { signal }), { name: "AbortError" });
    assert(aborted.destroyed);
    const refused = Readable.from(pieces());
    await assert.rejects(client.avatars.upload({ file: refused, name: "" }), InvalidArgumentError);
    assert(refused.destroyed);
    assert.equal(server.connections.length, 0);
  });
});

test("a stream is closed when the call aborts while reading it", async () => {
  await withCanned(created, async (server) => {
    const stalled = new Readable({ read() {} });
    stalled.push("begun");
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await assert.rejects(open(server).avatars.upload({ file: stalled, name: "a" }, { signal: controller.signal, onProgress }), {
      name: "AbortError",
    });
    assert(stalled.destroyed);
  });
});
