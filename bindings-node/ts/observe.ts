// Reports calls to the client's hooks, to a logger, and to OpenTelemetry if it is set up.

import { inspect } from "node:util";
import { AgentHumanError, type Attempt } from "./error.js";
import { masked } from "./mask.js";
import { version } from "./generated/version.js";
import type { Done, Reported } from "./native.js";
import type { ClientOptions, Hooks, LogLevel, Logger } from "./options.js";
import { type RawResponse, responseDetails } from "./raw.js";

/** The levels, from the most verbose. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;

type Result = string | Done | undefined;

export interface Observer {
  /** Whether calls are reported. */
  isWatching(): boolean;
  /** Runs a call, and reports it. */
  watch(operation: string, run: () => Promise<Result>): Promise<Result>;
  /** Logs a failure. */
  warn(text: string): void;
  /** Logs a note for the user, or emits a process warning if there is no logger. */
  notice(text: string): void;
  /** Logs an error of the user's code, or prints it to the console if there is no logger. */
  error(text: string): void;
}

export function observer({ logger, logLevel }: ClientOptions): Observer {
  const log = logTo(logger ?? undefined, logLevel ?? "warn");
  return {
    warn: (text) => log?.("warn", masked(text)),
    notice: (text) => (logger ? log?.("warn", text) : process.emitWarning(text, "AgentHumanWarning")),
    error: (text) => (logger ? log?.("error", masked(text)) : console.error(masked(`agenthuman: ${text}`))),
    isWatching: () => log !== undefined || OTEL in globalThis,
    async watch(operation, run) {
      const span = startSpan(operation);
      const began = performance.now();
      const line = (what: string) => `${operation} ${what} in ${Math.round(performance.now() - began)} ms`;
      let result: Result;
      try {
        result = await run();
      } catch (error) {
        span?.failed(error);
        if (error instanceof AgentHumanError) {
          logAttempts(log, operation, error.attempts);
          log?.("warn", masked(line(`failed: ${error}`)));
        } else {
          log?.("debug", line("aborted"));
        }
        throw error;
      }
      if (result === undefined) {
        span?.end();
        return result;
      }
      const response = responseDetails(result as Done);
      span?.done(response);
      logAttempts(log, operation, response.attempts);
      log?.("debug", masked(line(`status ${response.status}`)));
      return result;
    },
  };
}

/** Returns the function that passes events to the hooks. What a hook throws is logged, and the call continues. */
export function reporter({ onRequest, onResponse, onRetry, onWait }: Hooks, observer: Observer): (reported: Reported) => void {
  const hooks = { on_request: onRequest, on_response: onResponse, on_retry: onRetry, on_wait: onWait };
  return ({ hook, event }) => {
    const name = camel(hook);
    const failed = (error: unknown) => observer.error(`${name} threw ${inspect(error)}`);
    const fields = Object.entries(JSON.parse(event) as Record<string, unknown>);
    try {
      const run = hooks[hook] as ((event: unknown) => unknown) | undefined;
      const result = run?.(Object.fromEntries(fields.map(([name, value]) => [camel(name), value])));
      // A promise is not awaited, but its rejection must not end the process.
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  };
}

function camel(name: string): string {
  return name.replace(/_[a-z]/g, (part) => part[1].toUpperCase());
}

type Log = (level: LogLevel, text: string) => void;

function logTo(logger: Logger | undefined, least: LogLevel | "off"): Log | undefined {
  if (!logger || least === "off") return undefined;
  return (level, text) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    // A logger that fails must not fail the call.
    try {
      logger[level](`agenthuman: ${text}`);
    } catch {}
  };
}

/** Logs the attempts that were retried. */
function logAttempts(log: Log | undefined, operation: string, attempts: readonly Attempt[]): void {
  attempts.slice(0, -1).forEach(({ status, code, durationMs }, index) => {
    log?.(
      "info",
      `${operation} attempt ${index + 1}: ${[status, code].filter((part) => part !== null).join(" ")}, ${durationMs} ms`,
    );
  });
}

/** The global that OpenTelemetry sets when it is set up. */
const OTEL = Symbol.for("opentelemetry.js.api.1");

/** The used parts of `@opentelemetry/api`. */
interface OpenTelemetry {
  trace: { getTracer(name: string, version: string): { startSpan(name: string, options: object): OtelSpan } };
}

interface OtelSpan {
  isRecording(): boolean;
  setAttribute(name: string, value: string | number): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  end(): void;
}

const CLIENT_KIND = 2;
const ERROR_STATUS = 2;
let api: OpenTelemetry | null | undefined;

function openTelemetry(): OpenTelemetry | null {
  if (api !== undefined) return api;
  try {
    api = require("@opentelemetry/api") as OpenTelemetry;
  } catch {
    api = null;
  }
  return api;
}

function startSpan(operation: string) {
  if (!(OTEL in globalThis)) return undefined;
  const attributes = { "agenthuman.operation": operation };
  const tracer = openTelemetry()?.trace.getTracer("agenthuman", version);
  const span = tracer?.startSpan(`agenthuman ${operation}`, { kind: CLIENT_KIND, attributes });
  if (!span) return undefined;
  return {
    end: () => span.end(),
    done({ status, requestId, attempts }: Omit<RawResponse<unknown>, "value">) {
      span.setAttribute("http.response.status_code", status);
      if (requestId !== null) span.setAttribute("agenthuman.request_id", requestId);
      if (attempts.length > 1) span.setAttribute("http.request.resend_count", attempts.length - 1);
      span.end();
    },
    failed(error: unknown) {
      if (error instanceof AgentHumanError) {
        span.setAttribute("error.type", error.code);
        if (error.status !== undefined) span.setAttribute("http.response.status_code", error.status);
        if (error.requestId !== undefined) span.setAttribute("agenthuman.request_id", error.requestId);
        if (error.attempts.length > 1) span.setAttribute("http.request.resend_count", error.attempts.length - 1);
        span.setStatus({ code: ERROR_STATUS, message: masked(error.message) });
      } else {
        span.setAttribute("error.type", "aborted");
      }
      span.end();
    },
  };
}
