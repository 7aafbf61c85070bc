// A sandbox for one's own tests: the AgentHuman service on this machine, started in one line and gone at the end.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
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
  /** A token of its user. */
  readonly token: string;
  /** The address of its user; one-time codes come to `/sandbox/mailbox`. */
  readonly email: string;
  /** Stops it, and resolves once it is gone. */
  stop(): Promise<void>;
  /** Stops it at the end of `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts the AgentHuman service on this machine, for tests.
 *
 *     await using sandbox = await startSandbox();
 *     const client = new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url });
 *
 * The program is the one that AGENTHUMAN_SANDBOX names, or else that of the package `agenthuman-sandbox`. It does not keep
 * the process alive, and ends with it.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, data, rateLimit = "off", faults = [] } = options;
  const given = ["--json", "--port", String(port), "--rate-limit", String(rateLimit)];
  if (data !== undefined) given.push("--data", data);
  for (const fault of faults) given.push("--fault", fault);

  const program = findProgram();
  const child = spawn(program, given, { stdio: ["ignore", "pipe", "pipe"] });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
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

  for (const handle of [child, child.stdout, child.stderr] as { unref?(): void }[]) handle.unref?.();
  const stop = () => {
    child.ref();
    child.kill();
    return gone;
  };
  const { url, api_key: apiKey, token, email } = started;
  return { url, apiKey, token, email, stop, [Symbol.asyncDispose]: stop };
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
