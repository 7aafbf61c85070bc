// A sandbox for one's own tests: the AgentHuman service on this machine, started in one line and gone at the end.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { Agent, request } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { json } from "./convert.js";
import { platformName } from "./platform.js";

/** How a sandbox is started. */
export interface SandboxOptions {
  /** The port to listen on. By default a free one. */
  port?: number | undefined;
  /** A file that keeps the data. By default everything is forgotten at the end. */
  data?: string | undefined;
  /** Requests a minute for each credential, or `off`. By default `off`; the real service allows 60. */
  rateLimit?: number | "off" | undefined;
  /**
   * Faults to answer with, such as `sessions.create@3:status=503`: the third call of that operation fails. The command
   * `agenthuman-sandbox --help` has all of them.
   */
  faults?: readonly string[] | undefined;
}

/** A sandbox that runs. Its credentials are its own, and good for nothing else. */
export interface Sandbox {
  /** Where it listens: the `baseURL` of a client. */
  readonly url: string;
  /** A key of its user. */
  readonly apiKey: string;
  /** A token of its user; a new one after `reset`. */
  readonly token: string;
  /** The address of its user. */
  readonly email: string;
  /** The sandbox's time. */
  readonly clock: SandboxClock;
  /** The faults that it answers with. */
  readonly faults: SandboxFaults;
  /**
   * Returns everything to the state after the start: data, mails, time, faults and replies. The key works again. Call it
   * before each test.
   */
  reset(): Promise<void>;
  /** Returns the mails that were sent, the oldest first; with `email` only those to that address. */
  mailbox(email?: string): Promise<SandboxMail[]>;
  /**
   * Returns the one-time code of the latest mail to an address.
   *
   * @throws {Error} If there is no mail to it.
   */
  latestCode(email: string): Promise<string>;
  /** Sets what the agent replies to the next messages, in this order, in place of earlier replies that are still waiting. */
  replies(texts: readonly string[]): Promise<void>;
  /** Stops it, and resolves once it is gone. */
  stop(): Promise<void>;
  /** Stops it at the end of `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The time of a sandbox. It can be moved forward, so that tokens and codes expire. */
export interface SandboxClock {
  /** Returns the sandbox's time. */
  now(): Promise<Date>;
  /** Moves the time forward by a number of seconds, and returns it. */
  advance(seconds: number): Promise<Date>;
}

/** The faults of a sandbox. */
export interface SandboxFaults {
  /** Returns the rules and how often each was applied. */
  list(): Promise<SandboxFault[]>;
  /** Sets the rules, such as `sessions.create@3:status=503`, in place of all others. */
  set(rules: readonly string[]): Promise<void>;
  /** Removes all rules. */
  clear(): Promise<void>;
}

/** A rule, and what came of it. */
export interface SandboxFault {
  readonly rule: string;
  /** How many calls the rule was compared with. */
  readonly calls: number;
  /** How many of them had the fault. */
  readonly fired: number;
}

/** A mail with a one-time code. */
export interface SandboxMail {
  readonly id: number;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly code: string;
  readonly sent_at: string;
}

/**
 * Starts the AgentHuman service on this machine, for tests.
 *
 *     await using sandbox = await startSandbox();
 *     const client = new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url });
 *
 * The program is the one that AGENTHUMAN_SANDBOX names, or else that of the package `agenthuman-sandbox`. It does not keep
 * the process alive, and ends with it, however the process ends.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, data, rateLimit = "off", faults = [] } = options;
  const given = ["--json", "--exit-with-parent", "--port", String(port), "--rate-limit", String(rateLimit)];
  if (data !== undefined) given.push("--data", data);
  for (const fault of faults) given.push("--fault", fault);

  const program = findProgram();
  const child = spawn(program, given, { stdio: ["pipe", "pipe", "pipe"] });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  // The system closes this pipe when the process is gone, whatever ended it, and then the sandbox ends.
  const input = child.stdin;
  const kill = () => void child.kill();
  process.once("exit", kill);
  void gone.then(() => process.removeListener("exit", kill));

  let said = "";
  child.stderr.on("data", (text: Buffer) => (said = `${said}${text}`.slice(-2000)));
  const lines = createInterface({ input: child.stdout });
  const started = await new Promise<Record<"url" | "api_key" | "token" | "email", string>>((resolve, reject) => {
    lines.once("line", (line) => resolve(JSON.parse(line) as Record<"url" | "api_key" | "token" | "email", string>));
    child.once("error", (cause) => reject(new Error(`the sandbox cannot be started: ${program}`, { cause })));
    void gone.then(() => reject(new Error(`the sandbox ended before it began: ${said.trim() || program}`)));
  });

  for (const handle of [child, input, child.stdout, child.stderr] as { unref?(): void }[]) handle.unref?.();
  const stop = () => {
    child.ref();
    child.kill();
    return gone;
  };
  const { url, api_key: apiKey, email } = started;
  let { token } = started;
  const ask = <T>(method: string, path: string, body?: object) => control<T>(new URL(`/sandbox/${path}`, url), method, body);
  const sandbox: Omit<Sandbox, "token"> = {
    url,
    apiKey,
    email,
    clock: {
      now: async () => new Date((await ask<{ now: string }>("GET", "clock")).now),
      advance: async (seconds) => new Date((await ask<{ now: string }>("POST", "clock", { advance_seconds: seconds })).now),
    },
    faults: {
      list: async () => (await ask<{ faults: SandboxFault[] }>("GET", "faults")).faults,
      set: async (rules) => void (await ask("PUT", "faults", { faults: rules })),
      clear: async () => void (await ask("DELETE", "faults")),
    },
    reset: async () => void ({ token } = await ask<{ token: string }>("POST", "reset")),
    mailbox: async (email) => {
      const query = email === undefined ? "" : `?to=${encodeURIComponent(email)}`;
      const { mails } = await ask<{ mails: SandboxMail[] }>("GET", `mailbox${query}`);
      return mails.sort((one, other) => one.id - other.id);
    },
    latestCode: async (email) => {
      const latest = (await sandbox.mailbox(email)).at(-1);
      if (!latest) throw new Error(`no mail was sent to ${email}: call auth.requestOtp first`);
      return latest.code;
    },
    replies: async (texts) => void (await ask("PUT", "replies", { replies: texts })),
    stop,
    [Symbol.asyncDispose]: stop,
  };
  return Object.defineProperty(sandbox, "token", { get: () => token, enumerable: true }) as Sandbox;
}

/** Longer than the sandbox ever takes. */
const CONTROL_TIMEOUT = 30_000;

/**
 * Sends a request to the sandbox's own controls. It uses no proxy, and none of the program's own agents.
 *
 * @throws {Error} If the sandbox rejects it; the message has its reason.
 */
async function control<T>(url: URL, method: string, body: object | undefined): Promise<T> {
  const text = body === undefined ? undefined : json(body);
  const headers = text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  const agent = new Agent({ keepAlive: false });
  const [status, answer] = await new Promise<[number, string]>((resolve, reject) => {
    const sent = request(url, { method, headers, agent, timeout: CONTROL_TIMEOUT }, (response) => {
      response
        .setEncoding("utf8")
        .toArray()
        .then((parts) => resolve([response.statusCode!, parts.join("")]), reject);
    });
    sent.once("timeout", () => sent.destroy(new Error("timed out")));
    sent.once("error", (cause) => reject(new Error(`the sandbox at ${url.origin} cannot be reached`, { cause })));
    sent.end(text);
  });
  const answered = JSON.parse(answer) as T & { error?: string };
  if (status >= 400) throw new Error(`the sandbox rejected ${method} ${url.pathname}: ${answered.error ?? status}`);
  return answered;
}

function findProgram(): string {
  const named = process.env["AGENTHUMAN_SANDBOX"];
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`AGENTHUMAN_SANDBOX names ${named}, and there is no such file.`);
  }
  const itsPackage = `agenthuman-sandbox-${platformName()}`;
  const program = `agenthuman-sandbox${process.platform === "win32" ? ".exe" : ""}`;
  // From here, and from the program that is tested, since strict package managers hide its packages from this one.
  for (const from of [__filename, join(process.cwd(), "package.json")]) {
    const found = resolve(from, "agenthuman-sandbox/package.json");
    const inner = resolve(found ?? from, `${itsPackage}/package.json`);
    if (inner) return join(inner, "..", program);
  }
  throw new Error(
    `There is no sandbox for ${platformName()}: install it with "npm install --save-dev agenthuman-sandbox", ` +
      `or let AGENTHUMAN_SANDBOX name the program.`,
  );
}

function resolve(from: string, path: string): string | undefined {
  try {
    return createRequire(from).resolve(path);
  } catch {
    return undefined;
  }
}
