// Company certificates, from `caFile` and from the environment variables of Node.js and OpenSSL.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { generate } from "selfsigned";
import { madeUpKey } from "./support/credentials.mjs";
import { node } from "./support/run.mjs";
import { sessionRow } from "./support/rows.mjs";

const WAYS = ["caFile", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"];

const folder = mkdtempSync(path.join(tmpdir(), "agenthuman-"));
const caFile = path.join(folder, "ca.pem");
let server;

before(async () => {
  const days = { notAfterDate: new Date(Date.now() + 86_400_000) };
  const isAuthority = [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, critical: true },
  ];
  const authority = await generate([{ name: "commonName", value: "A company" }], { ...days, extensions: isAuthority });
  const isLocalhost = [
    { name: "basicConstraints", cA: false },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] },
  ];
  const issued = await generate([{ name: "commonName", value: "localhost" }], {
    ...days,
    extensions: isLocalhost,
    ca: { key: authority.private, cert: authority.cert },
  });
  writeFileSync(caFile, authority.cert);
  const session = JSON.stringify({ success: true, session: sessionRow(5) });
  server = https.createServer({ key: issued.private, cert: issued.cert }, (_request, response) => response.end(session));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

after(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** Gets a session in a separate process, since the environment is read once. */
async function session(way, file) {
  const options = { apiKey: madeUpKey(), baseURL: `https://localhost:${server.address().port}` };
  const variables = { NODE_EXTRA_CA_CERTS: undefined, SSL_CERT_FILE: undefined, SSL_CERT_DIR: undefined, NO_PROXY: "*" };
  if (way === "caFile") options.caFile = file;
  else if (way) variables[way] = file;
  const text = `
    import { AgentHuman } from "agenthuman";
    try {
      const session = await new AgentHuman(${JSON.stringify(options)}).sessions.get("5");
      console.log(JSON.stringify({ session }));
    } catch (error) {
      console.log(JSON.stringify({ error }));
    }`;
  const { stdout, stderr } = await node(text, { env: variables });
  assert(stdout, stderr);
  return JSON.parse(stdout);
}

test("an unknown authority is a TLS error that names the option, and is not retried", async () => {
  const { error } = await session();
  assert.equal(error.code, "tls");
  assert.match(error.message, /caFile/);
  assert.deepEqual([error.attempts.length, error.retryable], [1, false]);
});

for (const way of WAYS) {
  test(`the certificates of ${way} are trusted`, async () => {
    const outcome = await session(way, way === "SSL_CERT_DIR" ? folder : caFile);
    assert.equal(outcome.session?.id, "5", JSON.stringify(outcome));
  });

  for (const content of [undefined, "no certificate"]) {
    test(`${way}, a path ${content ? "without certificates" : "that does not exist"}, is named`, async () => {
      const file = path.join(folder, content ? "none" : "missing");
      if (content) writeFileSync(file, content);
      const { error } = await session(way, file);
      assert.equal(error?.code, "configuration");
      assert.equal(error.parameter, way);
      assert(error.reason.includes(way) && error.reason.includes(file), error.reason);
    });
  }
}
