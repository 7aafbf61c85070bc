// A proxy with a password, the certificate of a client, and the header `User-Agent`, on the wire.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { arch, tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { generate } from "selfsigned";
import { AgentHuman, APIConnectionError, ProxyError } from "agenthuman";
import { withCanned } from "./support/canned.mjs";
import { madeUpKey } from "./support/credentials.mjs";
import { sessionRow } from "./support/rows.mjs";

const folder = mkdtempSync(path.join(tmpdir(), "agenthuman-"));
const caFile = path.join(folder, "ca.pem");
/** The certificate of a client and its key, and those of another one. */
let client, other;
let service, proxy;
const tunnels = [];

before(async () => {
  const days = { notAfterDate: new Date(Date.now() + 86_400_000) };
  const authority = await generate([{ name: "commonName", value: "A company" }], {
    ...days,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  const issue = (name, extensions) =>
    generate([{ name: "commonName", value: name }], {
      ...days,
      extensions: [{ name: "basicConstraints", cA: false }, ...extensions],
      ca: { key: authority.private, cert: authority.cert },
    });
  writeFileSync(caFile, authority.cert);
  const issued = await issue("localhost", [
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] },
  ]);
  [client, other] = await Promise.all(["one", "other"].map((name) => issue(name, [{ name: "extKeyUsage", clientAuth: true }])));
  const session = JSON.stringify({ success: true, session: sessionRow(5) });
  const demanding = { key: issued.private, cert: issued.cert, ca: authority.cert, requestCert: true, rejectUnauthorized: true };
  service = https.createServer(demanding, (_request, response) => response.end(session));
  const expected = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
  proxy = http.createServer().on("connect", (request, socket) => {
    const isAllowed = request.headers["proxy-authorization"] === expected;
    tunnels.push([request.url, isAllowed]);
    if (!isAllowed) return socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    const target = net.connect(service.address().port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      target.pipe(socket).pipe(target);
    });
    for (const end of [socket, target]) end.on("error", () => [socket, target].forEach((end) => end.destroy()));
  });
  for (const server of [service, proxy]) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
});

after(() => {
  for (const server of [service, proxy]) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(folder, { recursive: true });
});

const open = (options) =>
  new AgentHuman({
    apiKey: madeUpKey(),
    baseURL: `https://localhost:${service.address().port}`,
    caFile,
    clientCert: Buffer.from(client.cert),
    clientKey: Buffer.from(client.private),
    proxy: "direct",
    maxRetries: 0,
    ...options,
  });

test("a proxy with a password is used, and the password is not printed", async () => {
  const at = `127.0.0.1:${proxy.address().port}`;
  const using = open({ proxy: `http://me:p%40ss@${at}` });
  assert.equal((await using.sessions.get("5")).id, "5");
  assert.deepEqual(tunnels.splice(0), [[`localhost:${service.address().port}`, true]]);
  assert.equal(using.toJSON().proxy, `http://me:…@${at}`);
  await assert.rejects(open({ proxy: `http://me:hunter2@${at}` }).sessions.get("5"), (error) => {
    assert(error instanceof ProxyError, error);
    assert.doesNotMatch(inspect(error), /hunter2/);
    return true;
  });
  assert.equal(tunnels.splice(0).length, 1);
  await open().sessions.get("5");
  assert.deepEqual(tunnels, []);
});

test("a client identifies itself with its certificate", async () => {
  const [certificate, key, both] = ["cert.pem", "key.pem", "both.pem"].map((name) => path.join(folder, name));
  writeFileSync(certificate, client.cert);
  writeFileSync(key, client.private);
  writeFileSync(both, `${client.cert}\n${client.private}`);
  for (const options of [
    {},
    { clientCert: certificate, clientKey: key },
    { clientCert: client.cert, clientKey: client.private },
    { clientCert: both, clientKey: undefined },
  ]) {
    assert.equal((await open(options).sessions.get("5")).id, "5");
  }
  await assert.rejects(open({ clientCert: undefined, clientKey: undefined }).sessions.get("5"), APIConnectionError);
});

test("options that are invalid are rejected when the client is created, without a secret", () => {
  const secret = other.private.split("\n")[1];
  for (const [option, value, reason] of [
    ["clientKey", other.private, /clientKey does not belong to clientCert/],
    ["clientKey", "/no/such/key.pem", /clientKey could not be read as a file .*\/no\/such\/key.pem/],
    ["clientKey", other.private.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"), /clientKey has an encrypted private key/],
    ["clientCert", other.private, /clientCert contains no certificate/],
    ["clientCert", 5, /clientCert must be a string/],
    ["proxy", `http://me:hunt#${secret}@proxy.test`, /proxy is not a valid proxy URL/],
    ["appInfo", { name: "a\r\nx: y" }, /appInfo: name must be/],
    ["appInfo", { name: "a", url: `https://me:${secret}@x.example` }, /appInfo: url must be/],
    ["appInfo", "shop", /appInfo must be an object/],
  ]) {
    assert.throws(
      () => open({ [option]: value }),
      (error) => {
        assert.match(error.reason, reason);
        assert(!inspect(error).includes(secret), option);
        return true;
      },
    );
  }
});

test("the user agent names package, runtime, platform and program", () =>
  withCanned({ body: { session: sessionRow(5) } }, async (server) => {
    const from = (options) => new AgentHuman({ apiKey: madeUpKey(), baseURL: server.url, ...options }).sessions.get("5");
    await from({});
    await from({ appInfo: { name: "shop", version: "2.1", url: "https://shop.example" } });
    const { version } = await import("agenthuman/package.json", { with: { type: "json" } }).then((module) => module.default);
    const machine = { x64: "x86_64", arm64: "aarch64" }[arch()];
    const platform = { darwin: "macos", win32: "windows" }[process.platform] ?? process.platform;
    const agent = `agenthuman-node/${version} (Node.js ${process.versions.node}; ${platform} ${machine})`;
    assert.deepEqual(
      server.requests.map(({ headers }) => headers["user-agent"]),
      [agent, `${agent} shop/2.1 (https://shop.example)`],
    );
  }));
