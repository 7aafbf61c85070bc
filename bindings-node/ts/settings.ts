// The options of a client and of a call, checked and turned into the JSON that the core takes.

import { Unconvertible, Unknown, count, given, json, seconds, secondsOrZero, textPairs } from "./convert.js";
import { LEVELS } from "./observe.js";
import type { ClientOptions, UploadOptions } from "./options.js";

const CLIENT_OPTIONS = namesOf<ClientOptions>({
  apiKey: true,
  apiKeyFile: true,
  token: true,
  baseURL: true,
  timeout: true,
  maxRateLimitWait: true,
  onWait: true,
  connectTimeout: true,
  caFile: true,
  allowInsecureHttp: true,
  maxRetries: true,
  maxResponseBytes: true,
  headers: true,
  routes: true,
  dialect: true,
  logger: true,
  logLevel: true,
});

const CALL_OPTIONS = namesOf<UploadOptions>({
  signal: true,
  timeout: true,
  maxRetries: true,
  headers: true,
  onProgress: true,
  onResponse: true,
});

/** The names of all options, of which the compiler sees that none is missing. */
function namesOf<T>(names: Record<keyof T, true>): string[] {
  return Object.keys(names);
}

/** The settings of a call; empty where there are none. */
export function callOptions(options: UploadOptions): string {
  refuseUnknown(options, CALL_OPTIONS);
  const { signal, timeout, maxRetries, headers, onProgress, onResponse } = options;
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== "function") {
    throw new Unconvertible("signal", "signal must be an AbortSignal");
  }
  if (onProgress !== undefined) callable(onProgress, "onProgress");
  if (onResponse !== undefined) callable(onResponse, "onResponse");
  if (timeout === undefined && maxRetries === undefined && headers === undefined) return "";
  return json({
    timeout: given(timeout, (value) => seconds(value, "timeout")),
    max_retries: given(maxRetries, (value) => count(value, "maxRetries")),
    headers: given(headers, (value) => textPairs(value, "headers")),
  });
}

/** The settings of a client. */
export function clientConfig(options: ClientOptions): string {
  const { apiKey, apiKeyFile, token, baseURL, timeout, connectTimeout, maxRetries, maxResponseBytes, headers, routes } = options;
  const { dialect, logger, logLevel, maxRateLimitWait, onWait, caFile, allowInsecureHttp } = options;
  refuseUnknown(options, CLIENT_OPTIONS);
  if (apiKey && apiKeyFile) {
    throw new Unconvertible("apiKeyFile", "apiKey and apiKeyFile are both given, and only one can be used");
  }
  given(logger, (logger) => LEVELS.forEach((level) => callable((logger as Partial<typeof logger>)[level], `logger.${level}`)));
  if (logLevel !== undefined && logLevel !== "off" && !LEVELS.includes(logLevel)) {
    throw new Unconvertible("logLevel", `logLevel must be one of off, ${LEVELS.join(", ")}`);
  }
  if (onWait !== undefined) callable(onWait, "onWait");
  return json({
    dialect: given(dialect, (name) => text(name, "dialect")),
    base_url: given(baseURL, (url) => text(url, "baseURL")),
    api_key: credential(apiKey, "apiKey") ?? given(apiKeyFile, (file) => ({ file: text(file, "apiKeyFile") })),
    token: credential(token, "token"),
    timeout: given(timeout, (value) => seconds(value, "timeout")),
    max_rate_limit_wait: given(maxRateLimitWait, (value) => secondsOrZero(value, "maxRateLimitWait")),
    on_wait: onWait !== undefined,
    connect_timeout: given(connectTimeout, (value) => seconds(value, "connectTimeout")),
    ca_file: given(caFile, (file) => text(file, "caFile")),
    // By which Node.js itself finds a company's certificates.
    ca_variable: "NODE_EXTRA_CA_CERTS",
    allow_insecure_http: given(allowInsecureHttp, (value) => flag(value, "allowInsecureHttp")),
    max_retries: given(maxRetries, (value) => count(value, "maxRetries")),
    max_response_bytes: given(maxResponseBytes, (value) => count(value, "maxResponseBytes")),
    headers: given(headers, (value) => textPairs(value, "headers")),
    routes: given(routes, (value) => textPairs(value, "routes")),
  });
}

/** A name that was misspelt would be ignored otherwise, and its value with it. */
function refuseUnknown(options: object, known: readonly string[]): void {
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
  if (typeof value !== "string") throw new Unconvertible(option, `${option} must be text`);
  return value;
}

function credential(value: unknown, option: string): unknown {
  if (typeof value === "function") return { function: true };
  return given(value, (value) => text(value, option));
}
