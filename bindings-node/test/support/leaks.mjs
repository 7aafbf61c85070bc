// Prints every error in every way. It runs as a child process with the secrets in its environment; the parent searches its
// output for them. With LEAK=1 it prints the secrets, to prove that they are found.

import { inspect } from "node:util";
import { AgentHuman } from "agenthuman";
import { canned } from "./canned.mjs";

const { SECRET_KEY: key, SECRET_TOKEN: token, SECRET_CODE: code, LEAK, UNCAUGHT } = process.env;
const everything = `${key} ${token} ${code}`;
const printed = [];

function print(what, error) {
  if (!(error instanceof Error)) throw new Error(`${what}: no error`);
  printed.push(what);
  console.log(`== ${what}`);
  console.log(error);
  console.error(error);
  console.log(`${error}`, error.message, error.stack, JSON.stringify(error));
  console.log(
    inspect(error, { showHidden: true, depth: 9 }),
    inspect(error, { customInspect: false, depth: 9 }),
    inspect({ error }, { depth: 9 }),
  );
  console.dir(error, { depth: 9 });
}

const failed = (promise) =>
  promise.then(
    () => undefined,
    (error) => error,
  );

function thrown(run) {
  try {
    return void run();
  } catch (error) {
    return error;
  }
}

/** Error responses of every kind that contain a text. */
const answersWith = (text) => ({
  401: { status: 401, body: { success: false, error: `Invalid API key ${text}` } },
  400: { status: 400, body: { error: { message: text, suggestion: text, details: { [text]: [text] } } } },
  302: { status: 302, headers: { location: `https://${key}:${token}@example.com/?a=${key}` }, text: `see ${text}` },
  500: { status: 500, headers: { "x-request-id": key }, text: `<p>${text}</p>` },
  text: { status: 200, text: `no json: ${text}` },
  cut: { status: 200, text: `{"success":true,"key":"${text}`, cut: 99 },
  rejected: { status: 200, body: { success: false, error: text } },
  hold: { hold: true },
});
// Only the call that sends the code knows that it is a secret.
const answers = { verify: answersWith(everything), other: answersWith(`${key} ${token}`) };

const server = await canned(({ path, headers }) => answers[path.endsWith("/verify") ? "verify" : "other"][headers["x-case"]]);
const settings = { baseURL: server.url, maxRetries: 0, timeout: 1000 };
const client = new AgentHuman({ apiKey: key, token, ...settings });

for (const name of Object.keys(answers.other)) {
  const options = { timeout: 300, headers: { "x-case": name } };
  print(`${name} to a code`, await failed(client.auth.verifyOtp("ada@example.com", code, options)));
  print(`${name} to a key`, await failed(client.sessions.get("7", options)));
  print(`${name} to a token`, await failed(client.apiKeys.create({ name: "a", environment: "live" }, options)));
  print(`${name} to a list`, await failed(client.agents.list({}, options).all()));
  print(`${name} to a request`, await failed(client.request("GET", "/v1/x", { ...options, credential: "token" })));
}
await server.close();
print("a server that is gone", await failed(client.sessions.list().all()));

print(
  "a bad key",
  thrown(() => new AgentHuman({ apiKey: `${key}x` })),
);
print(
  "a key with a line break",
  thrown(() => new AgentHuman({ apiKey: `${key}\n` })),
);
print(
  "a key as a token",
  thrown(() => new AgentHuman({ token: key })),
);
print(
  "a token as a key",
  thrown(() => new AgentHuman({ apiKey: token })),
);
print(
  "a token with Bearer",
  thrown(() => new AgentHuman({ token: `Bearer ${token}` })),
);
print(
  "a URL with user-info",
  thrown(() => new AgentHuman({ baseURL: `https://${key}:${token}@example.com` })),
);
print(
  "a URL with a query",
  thrown(() => new AgentHuman({ baseURL: `https://example.com?key=${key}` })),
);
print(
  "a URL that is none",
  thrown(() => new AgentHuman({ baseURL: `${token}` })),
);
print(
  "a key that is an object",
  thrown(() => new AgentHuman({ apiKey: { key } })),
);
print(
  "a header that is none",
  thrown(() => new AgentHuman({ apiKey: key, headers: { "x-a": `${key}\n${token}` } })),
);
print("a wrong code", await failed(client.auth.verifyOtp("ada@example.com", `${code}9`)));
print("a code that is no text", await failed(client.auth.verifyOtp("ada@example.com", { code })));
print("a parameter that is wrong", await failed(client.sessions.create({ agentId: [key], metadata: token })));
print("an id that is wrong", await failed(client.sessions.get(`${key}\n`)));
const fails = () => {
  throw new Error(`the vault gave ${key} and ${token}`);
};
const failing = new AgentHuman({ apiKey: fails, token: () => Promise.reject(new Error(token)), ...settings });
for (const call of [() => failing.sessions.get("7"), () => failing.auth.me()]) {
  const error = await failed(call());
  console.log(error);
  // The cause is the user's own error, which may be printed unmasked.
  delete error.cause;
  print("a function that fails", error);
}
print(
  "a function that gives a bad key",
  await failed(new AgentHuman({ apiKey: () => `${key}x`, ...settings }).sessions.get("7")),
);

console.log(client, `${client}`, JSON.stringify(client), inspect(client, { showHidden: true, depth: 9, customInspect: false }));
console.log(inspect(client.sessions, { showHidden: true, depth: 9 }), structuredClone(client), process.memoryUsage().rss > 0);
if (LEAK) console.log(everything);
console.log(`printed ${printed.length}`);
if (UNCAUGHT) await client.sessions.get(`${key}\n`);
