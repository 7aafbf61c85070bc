// The relay in server frameworks.

import { once } from "node:events";
import http from "node:http";
import { test } from "node:test";
import { serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import serverless from "serverless-http";
import { converse } from "./support.mjs";

const { relay } = await import("../relay.mjs");

async function at(server) {
  if (!server.listening) await once(server, "listening");
  try {
    await converse((path, init) => fetch(`http://127.0.0.1:${server.address().port}${path}`, init));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

// Express strips the path of `app.use`, so a relay with a `basePath` is mounted at the root.
const inExpress = () => express().use(relay.express());

test("Express", () => at(http.createServer(inExpress()).listen(0, "127.0.0.1")));

test("Fastify, before its body parser", async () => {
  const app = fastify();
  const handle = relay.express();
  app.addHook("onRequest", (request, reply, done) => {
    if (!request.url.startsWith("/agenthuman/")) return done();
    reply.hijack();
    handle(request.raw, reply.raw);
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  await at(app.server);
  await app.close();
});

test("Hono", () => {
  const app = new Hono().all("/agenthuman/*", (context) => relay.fetch(context.req.raw));
  return at(serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }));
});

test("serverless-http, as AWS Lambda calls it", () => {
  const handle = serverless(inExpress());
  return converse(async (path, { method, headers, body }) => {
    const requestContext = { http: { method, path, sourceIp: "127.0.0.1" } };
    const event = { version: "2.0", rawPath: path, rawQueryString: "", headers, body, requestContext, isBase64Encoded: false };
    const { statusCode, body: text } = await handle(event, {});
    return { status: statusCode, text: async () => text };
  });
});
