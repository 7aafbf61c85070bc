// The relay in the frameworks that backends use: each serves a conversation of a phone.

import { createServer } from "node:http";
import { test } from "node:test";
import { serve } from "@hono/node-server";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import serverless from "serverless-http";
import { converse, listening, withRelay } from "./support.mjs";

const below = (url) => (path, init) => fetch(`${url}/agenthuman${path}`, init);

test("Express", () =>
  withRelay({}, (relay) => listening(createServer(express().use("/agenthuman", relay.express())), (url) => converse(below(url)))));

test("Fastify, in front of its body parsers", () =>
  withRelay({ basePath: "/agenthuman" }, async (relay) => {
    const app = Fastify();
    const handle = relay.express();
    app.addHook("onRequest", (request, reply, done) => {
      if (!request.raw.url.startsWith("/agenthuman/")) return done();
      reply.hijack();
      handle(request.raw, reply.raw);
    });
    await app.ready();
    await listening(app.server, (url) => converse(below(url)));
    await app.close();
  }));

test("Hono", () =>
  withRelay({ basePath: "/agenthuman" }, async (relay) => {
    const app = new Hono().all("/agenthuman/*", (context) => relay.fetch(context.req.raw));
    await converse((path, init) => app.request(`/agenthuman${path}`, init));
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
    await new Promise((resolve) => (server.listening ? resolve() : server.once("listening", resolve)));
    await listening(server, (url) => converse(below(url)));
  }));

test("a route handler of Next's form", () =>
  withRelay({ basePath: "/api/agenthuman" }, (relay) => {
    const route = { GET: relay.fetch, POST: relay.fetch, PUT: relay.fetch };
    return converse((path, init) => route[init.method](new Request(`http://shop.test/api/agenthuman${path}`, init)));
  }));

test("serverless-http, as AWS Lambda calls it", () =>
  withRelay({}, async (relay) => {
    const handler = serverless(express().use("/agenthuman", relay.express()));
    await converse(async (path, { method, headers, body }) => {
      const event = {
        version: "2.0",
        rawPath: `/agenthuman${path}`,
        rawQueryString: "",
        headers,
        body,
        isBase64Encoded: false,
        requestContext: { http: { method, path: `/agenthuman${path}`, sourceIp: "127.0.0.1" }, stage: "$default" },
      };
      const answer = await handler(event, {});
      return new Response(answer.body || null, { status: answer.statusCode, headers: answer.headers });
    });
  }));
