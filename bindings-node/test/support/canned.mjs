// A server that sends canned responses, and records the requests.

import { once } from "node:events";
import net from "node:net";

/**
 * Starts one. `answer` is an answer, or a function of the request and its number from 0 that gives one:
 * { status, headers, body (JSON) | text, cut (bytes promised and never sent), hold (no answer at all) }.
 */
export async function canned(answer = { status: 200, body: { success: true } }) {
  const requests = [];
  const sockets = new Set();
  const connections = [];
  const waiting = [];
  const server = net.createServer((socket) => {
    let received = Buffer.alloc(0);
    let begun = false;
    const gone = new Promise((resolve) => socket.once("close", resolve));
    connections.push(gone);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("data", async (data) => {
      received = Buffer.concat([received, data]);
      const request = parse(received);
      if (!request || begun) return;
      begun = true;
      request.gone = gone;
      const index = requests.push(request) - 1;
      for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
      const response = typeof answer === "function" ? await answer(request, index) : answer;
      if (!response.hold) socket.end(serialize(response));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    /** Of each connection, a promise of its end. */
    connections,
    /** Waits until so many requests have come. */
    received: (count) => new Promise((resolve) => (requests.length >= count ? resolve() : waiting.push({ count, resolve }))),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Calls `run` with a server, and closes the server afterwards. */
export async function withCanned(answer, run) {
  const server = await canned(answer);
  try {
    return await run(server);
  } finally {
    await server.close();
  }
}

function parse(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first, ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const [method, target] = first.split(" ");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const rest = bytes.subarray(end + 4);
  const body = headers["transfer-encoding"] === "chunked" ? dechunked(rest) : whole(rest, Number(headers["content-length"] ?? 0));
  if (!body) return undefined;
  const [path, query] = target.split("?");
  return { method, path, query: Object.fromEntries(new URLSearchParams(query)), headers, body };
}

function whole(bytes, length) {
  return bytes.length >= length ? bytes.subarray(0, length) : undefined;
}

function dechunked(bytes) {
  const chunks = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, end).toString("latin1"), 16);
    if (bytes.length < end + 2 + size + 2) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

function serialize({ status = 200, headers = {}, body, text, cut = 0 }) {
  const content = Buffer.from(text ?? JSON.stringify(body) ?? "");
  const own = new Map([
    ["content-type", "application/json"],
    ["content-length", String(content.length + cut)],
    ["connection", "close"],
  ]);
  for (const [name, value] of Object.entries(headers)) own.set(name.toLowerCase(), value);
  const lines = [...own].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} Canned\r\n${lines}\r\n`), content]);
}

/** Returns the parts of a multipart body by name: texts, and files with their headers. */
export function multipart(request) {
  const boundary = /boundary="?([^";]+)/.exec(request.headers["content-type"])[1];
  const parts = {};
  for (const part of request.body.toString("utf8").split(`--${boundary}`).slice(1, -1)) {
    const end = part.indexOf("\r\n\r\n");
    const head = part.slice(0, end);
    const text = part.slice(end + 4, -2);
    const name = /[; ]name="((?:[^"\\]|\\.)*)"/.exec(head)[1];
    const filename = /filename="((?:[^"\\]|\\.)*)"/.exec(head)?.[1];
    parts[name] = filename === undefined ? text : { filename, content_type: /content-type: *([^\r\n]+)/i.exec(head)[1], text };
  }
  return parts;
}
