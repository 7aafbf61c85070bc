// Checks the options of clients and calls, and converts them to JSON for the core.

import {
  Unconvertible,
  Unknown,
  canonicalName,
  count,
  ifSet,
  json,
  named,
  seconds,
  secondsOrZero,
  textPairs,
} from "./convert.js";
import { LEVELS } from "./observe.js";
import type { ClientOptions, DefaultOptions, UploadOptions } from "./options.js";

const CLIENT_OPTIONS = namesOf<ClientOptions>({
  apiKey: true,
  apiKeyFile: true,
  apiKeyCommand: true,
  token: true,
  environment: true,
  baseURL: true,
  timeout: true,
  maxRateLimitWait: true,
  onRequest: true,
  onResponse: true,
  onRetry: true,
  onWait: true,
  connectTimeout: true,
  caFile: true,
  clientCert: true,
  clientKey: true,
  proxy: true,
  appInfo: true,
  allowInsecureHttp: true,
  maxRetries: true,
  maxResponseBytes: true,
  headers: true,
  routes: true,
  logger: true,
  logLevel: true,
});

const CALL_OPTIONS = namesOf<UploadOptions>({
  signal: true,
  timeout: true,
  maxRetries: true,
  headers: true,
  onProgress: true,
});

const DEFAULT_OPTIONS = namesOf<DefaultOptions>({ timeout: true, maxRetries: true });

/** Returns the names of all options. The compiler checks that none is missing. */
function namesOf<T>(names: Record<keyof T, true>): string[] {
  return Object.keys(names);
}

/** Checks the defaults of a derived client. */
export function defaultOptions(options: DefaultOptions): DefaultOptions {
  rejectUnknown(options, DEFAULT_OPTIONS);
  ifSet(options.timeout, (value) => seconds(value, "timeout"));
  ifSet(options.maxRetries, (value) => count(value, "maxRetries"));
  return options;
}

/** Converts the options of a call, and the defaults of its client. Empty if there are none. */
export function callOptions(options: UploadOptions, defaults: DefaultOptions): string {
  rejectUnknown(options, CALL_OPTIONS);
  const { signal, headers, onProgress } = options;
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== "function") {
    throw new Unconvertible("signal", "signal must be an AbortSignal");
  }
  if (onProgress !== undefined) callable(onProgress, "onProgress");
  const timeout = options.timeout ?? defaults.timeout;
  const maxRetries = options.maxRetries ?? defaults.maxRetries;
  if (timeout === undefined && maxRetries === undefined && headers === undefined) return "";
  return json({
    timeout: ifSet(timeout, (value) => seconds(value, "timeout")),
    max_retries: ifSet(maxRetries, (value) => count(value, "maxRetries")),
    headers: ifSet(headers, (value) => textPairs(value, "headers")),
  });
}

/** A contract of the service beside the first, and the options that its client has not, or has also. */
export interface Contract {
  readonly surface: string;
  readonly without: readonly string[];
  readonly also: readonly string[];
}

/** Converts the options of a client. */
export function clientConfig(options: ClientOptions & { readonly maxOpen?: unknown }, contract?: Contract): string {
  const { apiKey, apiKeyFile, apiKeyCommand, token, baseURL, timeout, connectTimeout, maxRetries, maxResponseBytes } = options;
  const { headers, routes, maxOpen, logger, logLevel, maxRateLimitWait, caFile, allowInsecureHttp, environment } = options;
  const known = CLIENT_OPTIONS.filter((name) => !contract?.without.includes(name));
  rejectUnknown(options, [...known, ...(contract?.also ?? [])]);
  for (const [name, isSet, isPreceded] of [
    ["apiKeyFile", apiKeyFile, apiKey],
    ["apiKeyCommand", apiKeyCommand, apiKey ?? apiKeyFile],
  ] as const) {
    if (isSet && isPreceded) throw new Unconvertible(name, "set only one of apiKey, apiKeyFile and apiKeyCommand");
  }
  ifSet(logger, (logger) => LEVELS.forEach((level) => callable((logger as Partial<typeof logger>)[level], `logger.${level}`)));
  if (logLevel !== undefined && logLevel !== "off" && !LEVELS.includes(logLevel)) {
    throw new Unconvertible("logLevel", `logLevel must be one of off, ${LEVELS.join(", ")}`);
  }
  const { onRequest, onResponse, onRetry, onWait, clientCert, clientKey, proxy, appInfo } = options;
  const hooks = Object.entries({ onRequest, onResponse, onRetry, onWait }).filter(([, hook]) => hook !== undefined);
  hooks.forEach(([name, hook]) => callable(hook, name));
  return json({
    surface: contract?.surface,
    max_open: ifSet(maxOpen, (max) => (max === "auto" ? max : count(max, "maxOpen"))),
    base_url: ifSet(baseURL, (url) => text(url, "baseURL")),
    api_key:
      credential(apiKey, "apiKey") ??
      ifSet(apiKeyFile, (file) => ({ file: text(file, "apiKeyFile") })) ??
      ifSet(apiKeyCommand, (command) => ({ command: lineOrParts(command, "apiKeyCommand") })),
    token: credential(token, "token"),
    environment: ifSet(environment, (name) => text(name, "environment")),
    timeout: ifSet(timeout, (value) => seconds(value, "timeout")),
    max_rate_limit_wait: ifSet(maxRateLimitWait, (value) => secondsOrZero(value, "maxRateLimitWait")),
    hooks: hooks.map(([name]) => canonicalName(name)),
    connect_timeout: ifSet(connectTimeout, (value) => seconds(value, "connectTimeout")),
    ca_file: ifSet(caFile, (file) => text(file, "caFile")),
    // The variable that Node.js itself uses.
    ca_variable: "NODE_EXTRA_CA_CERTS",
    client_cert: ifSet(clientCert, (value) => pem(value, "clientCert")),
    client_key: ifSet(clientKey, (value) => pem(value, "clientKey")),
    proxy: ifSet(proxy, (url) => text(url, "proxy")),
    app_info: ifSet(appInfo, (app) => named(app, "appInfo must be an object")),
    package: { language: "node", runtime: runtime() },
    allow_insecure_http: ifSet(allowInsecureHttp, (value) => flag(value, "allowInsecureHttp")),
    max_retries: ifSet(maxRetries, (value) => count(value, "maxRetries")),
    max_response_bytes: ifSet(maxResponseBytes, (value) => count(value, "maxResponseBytes")),
    headers: ifSet(headers, (value) => textPairs(value, "headers")),
    routes: ifSet(routes, (value) => textPairs(value, "routes")),
  });
}

/** Rejects unknown options, such as misspelt names. */
function rejectUnknown(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) if (!known.includes(name)) throw new Unknown("option", name, known);
}

export function callable(value: unknown, name: string): unknown {
  if (typeof value !== "function") throw new Unconvertible(name, `${name} must be a function`);
  return value;
}

function flag(value: unknown, option: string): boolean {
  if (typeof value !== "boolean") throw new Unconvertible(option, `${option} must be true or false`);
  return value;
}

export function text(value: unknown, option: string): string {
  if (typeof value !== "string") throw new Unconvertible(option, `${option} must be a string`);
  return value;
}

function lineOrParts(value: unknown, option: string): unknown {
  if (Array.isArray(value) && value.every((part) => typeof part === "string")) return value;
  if (typeof value !== "string") throw new Unconvertible(option, `${option} must be a string or an array of strings`);
  return value;
}

/** The path, or the text of a PEM file. The core tells them apart. */
function pem(value: unknown, option: string): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : text(value, option);
}

/** Bun and Deno have a version of Node.js, too. */
function runtime(): string {
  const { bun, deno, node } = process.versions;
  return bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node.js ${node}`;
}

function credential(value: unknown, option: string): unknown {
  if (typeof value === "function") return { function: true };
  return ifSet(value, (value) => text(value, option));
}
