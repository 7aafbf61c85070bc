// A sandbox for tests: a local AgentHuman service.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { json } from "./convert.js";
import { platformName } from "./platform.js";
import { places, resolve } from "./program.js";

/** The options of a sandbox. */
export interface SandboxOptions {
  /** The port to listen on. Default: a free port. */
  port?: number | undefined;
  /** A file to keep the data in. Default: the data is in memory. */
  data?: string | undefined;
  /**
   * Requests per minute for each credential, or `off`; "60/5" is 60 in five seconds, for quick tests. Default: `off`. The real
   * service allows 60 per minute.
   */
  rateLimit?: number | `${number}/${number}` | "off" | undefined;
  /**
   * Failures to simulate, such as `sessions.create@3:status=503`: the third call of that operation fails. The command
   * `agenthuman-sandbox --help` lists them.
   */
  faults?: readonly string[] | undefined;
}

/** A running sandbox. Its credentials are valid for this sandbox only. */
export interface Sandbox {
  /** The base URL. */
  readonly url: string;
  /** An API key of the predefined account. */
  readonly apiKey: string;
  /** A token of the predefined account. `reset` replaces it. */
  readonly token: string;
  /** The email address of the predefined account. */
  readonly email: string;
  /** The sandbox's clock. */
  readonly clock: SandboxClock;
  /** The simulated failures. */
  readonly faults: SandboxFaults;
  /**
   * Restores the state after the start: data, mails, clock, faults, replies and the log of requests. The key is valid again.
   * Call it before each test.
   */
  reset(): Promise<void>;
  /** Returns the mails that were sent, the oldest first; with `email` only those to that address. */
  mailbox(email?: string): Promise<SandboxMail[]>;
  /**
   * Returns the one-time code of the latest mail to an address.
   *
   * @throws {Error} If no mail was sent to the address.
   */
  latestCode(email: string): Promise<string>;
  /** Returns the requests to the API since the start or the last `reset`, the oldest first; at most 500. */
  requests(): Promise<SandboxRequest[]>;
  /** Sets the agent's next replies, in this order. Replaces remaining replies. */
  replies(texts: readonly string[]): Promise<void>;
  /** Changes the plan and the minutes of the predefined account, for the clients of `agenthuman/rooms`. */
  setAccount(changes: SandboxAccount): Promise<void>;
  /**
   * Makes everybody leave the room of a session of `agenthuman/rooms`, which ends it; with `silently` three minutes later by the
   * sandbox's clock, when the service notices.
   */
  leave(sessionId: string, options?: { silently?: boolean | undefined }): Promise<void>;
  /** Stops the sandbox, and resolves when it has exited. */
  stop(): Promise<void>;
  /** Stops the sandbox at the end of `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The plan and the minutes of an account. Those that are left out do not change. */
export interface SandboxAccount {
  /** The plan, with its maximum of open sessions: 1, 5, 10 or 20. */
  plan?: "free" | "explorer" | "growth" | "pro" | undefined;
  /** The minutes of each month; null is no limit. */
  includedMinutes?: number | null | undefined;
  /** The purchased minutes, in place of those that are left. */
  purchasedMinutes?: number | undefined;
}

/** The time of a sandbox. It can be moved forward, so that tokens and codes expire. */
export interface SandboxClock {
  /** Returns the sandbox's time. */
  now(): Promise<Date>;
  /** Moves the time forward by a number of seconds, and returns it. */
  advance(seconds: number): Promise<Date>;
}

/** The simulated failures of a sandbox. */
export interface SandboxFaults {
  /** Returns the rules, and how often each was applied. */
  list(): Promise<SandboxFault[]>;
  /** Replaces the rules with others, such as `sessions.create@3:status=503`. */
  set(rules: readonly string[]): Promise<void>;
  /** Removes all rules. */
  clear(): Promise<void>;
}

/** A fault rule, and how often it was applied. */
export interface SandboxFault {
  readonly rule: string;
  /** The number of calls that the rule was compared with. */
  readonly calls: number;
  /** The number of calls that had the fault. */
  readonly fired: number;
}

/** A request that the sandbox received. */
export interface SandboxRequest {
  readonly at: string;
  readonly method: string;
  /** The path without the query. Segments that may be secrets are cut. */
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
  readonly credential: "api_key" | "token" | "cookie" | "none";
  /** The id of the API key, if it is known. */
  readonly key_id: string | null;
  /** The id that errors have as `requestId`. */
  readonly request_id: string;
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
 * The program is that of the package `agenthuman-sandbox`, unless AGENTHUMAN_SANDBOX names another. It does not keep this
 * process alive, and stops when this process ends for any reason.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, data, rateLimit = "off", faults = [] } = options;
  const args = ["--json", "--exit-with-parent", "--port", String(port), "--rate-limit", String(rateLimit)];
  if (data !== undefined) args.push("--data", data);
  for (const fault of faults) args.push("--fault", fault);

  const program = findProgram();
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  // When this process ends for any reason, the system closes the pipe, and the sandbox stops.
  const input = child.stdin;
  const kill = () => void child.kill();
  process.once("exit", kill);
  void gone.then(() => process.removeListener("exit", kill));

  let stderr = "";
  child.stderr.on("data", (text: Buffer) => (stderr = `${stderr}${text.toString()}`.slice(-2000)));
  const lines = createInterface({ input: child.stdout });
  const started = await new Promise<Record<"url" | "api_key" | "token" | "email", string>>((resolve, reject) => {
    lines.once("line", (line) => resolve(JSON.parse(line) as Record<"url" | "api_key" | "token" | "email", string>));
    child.once("error", (cause) => reject(new Error(`starting the sandbox failed: ${program}`, { cause })));
    void gone.then(() => reject(new Error(`the sandbox exited before it was ready: ${stderr.trim() || program}`)));
  });

  for (const handle of [child, input, child.stdout, child.stderr] as { unref?(): void }[]) handle.unref?.();
  const stop = () => {
    child.ref();
    child.kill();
    return gone;
  };
  const { url, api_key: apiKey, email } = started;
  let { token } = started;
  const send = <T>(method: string, path: string, body?: object, key?: string) =>
    control<T>(new URL(`/sandbox/${path}`, url), method, body, key);
  const sandbox: Omit<Sandbox, "token"> = {
    url,
    apiKey,
    email,
    clock: {
      now: async () => new Date((await send<{ now: string }>("GET", "clock")).now),
      advance: async (seconds) => new Date((await send<{ now: string }>("POST", "clock", { advance_seconds: seconds })).now),
    },
    faults: {
      list: async () => (await send<{ faults: SandboxFault[] }>("GET", "faults")).faults,
      set: async (rules) => void (await send("PUT", "faults", { faults: rules })),
      clear: async () => void (await send("DELETE", "faults")),
    },
    reset: async () => void ({ token } = await send<{ token: string }>("POST", "reset")),
    mailbox: async (email) => {
      const query = email === undefined ? "" : `?to=${encodeURIComponent(email)}`;
      const { mails } = await send<{ mails: SandboxMail[] }>("GET", `mailbox${query}`);
      return mails.sort((one, other) => one.id - other.id);
    },
    latestCode: async (email) => {
      const latest = (await sandbox.mailbox(email)).at(-1);
      if (!latest) throw new Error(`no mail was sent to ${email}: call auth.requestOtp first`);
      return latest.code;
    },
    requests: async () => {
      const { entries } = await send<{ entries: LogEntry[] }>("GET", "log");
      return entries.map(({ at, method, path, status, milliseconds, credential, key_id, request_id }) => {
        return {
          at,
          method,
          path,
          status,
          milliseconds,
          credential,
          key_id: key_id === null ? null : String(key_id),
          request_id,
        };
      });
    },
    replies: async (texts) => void (await send("PUT", "replies", { replies: texts })),
    setAccount: async ({ plan, includedMinutes, purchasedMinutes }) => {
      const changes = { plan, included_minutes: includedMinutes, purchased_minutes: purchasedMinutes };
      await send("PUT", "account", changes, apiKey);
    },
    leave: async (sessionId, { silently = false } = {}) => {
      const body = silently ? { gone: "silently" } : {};
      await send("POST", `sessions/${encodeURIComponent(sessionId)}/leave`, body, apiKey);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
  return Object.defineProperty(sandbox, "token", { get: () => token, enumerable: true }) as Sandbox;
}

/** A request in the log of the sandbox. */
type LogEntry = Omit<SandboxRequest, "key_id"> & { readonly key_id: number | null };

/** Longer than any request to the sandbox takes. */
const CONTROL_TIMEOUT = 30_000;

/**
 * Sends a request to the control API of the sandbox, without a proxy and without the program's HTTP agents. Controls of an account
 * need its API key.
 *
 * @throws {Error} If the sandbox rejects the request. The message has the reason.
 */
async function control<T>(url: URL, method: string, body: object | undefined, key: string | undefined): Promise<T> {
  const text = body === undefined ? undefined : json(body);
  const headers = {
    ...(text !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    ...(key !== undefined && { "x-api-key": key }),
  };
  const agent = new Agent({ keepAlive: false });
  const [status, answer] = await new Promise<[number, string]>((resolve, reject) => {
    const sent = request(url, { method, headers, agent, timeout: CONTROL_TIMEOUT }, (response) => {
      response
        .setEncoding("utf8")
        .toArray()
        .then((parts) => resolve([response.statusCode!, parts.join("")]), reject);
    });
    sent.once("timeout", () => sent.destroy(new Error("timed out")));
    sent.once("error", (cause) => reject(new Error(`connecting to the sandbox at ${url.origin} failed`, { cause })));
    sent.end(text);
  });
  const result = JSON.parse(answer) as T & { error?: string };
  if (status >= 400) throw new Error(`the sandbox rejected ${method} ${url.pathname}: ${result.error ?? status}`);
  return result;
}

function findProgram(): string {
  const named = process.env.AGENTHUMAN_SANDBOX;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`AGENTHUMAN_SANDBOX names ${named}, which does not exist.`);
  }
  const itsPackage = `agenthuman-sandbox-${platformName()}`;
  const program = `agenthuman-sandbox${process.platform === "win32" ? ".exe" : ""}`;
  for (const from of places()) {
    const found = resolve(from, "agenthuman-sandbox/package.json");
    const inner = resolve(found ?? from, `${itsPackage}/package.json`);
    if (inner) return join(inner, "..", program);
  }
  throw new Error(
    `There is no sandbox for ${platformName()}: the package agenthuman-sandbox is not published yet. Install it from its ` +
      `file, or build it in a checkout with "cargo build --package agenthuman-sandbox" and set AGENTHUMAN_SANDBOX to its path.`,
  );
}
