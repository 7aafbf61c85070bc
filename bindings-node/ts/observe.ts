// Telling how calls went: to a function of the call's own, to a logger, and to OpenTelemetry where it is installed and set up.

import { type Attempt, type AttemptInfo, attempts as read } from "./error.js";
import { AgentHumanError } from "./error.js";
import { masked } from "./mask.js";
import { version } from "./generated/version.js";
import type { Done } from "./native.js";
import type { ClientOptions, LogLevel, Logger, ResponseInfo } from "./options.js";

/** From the most to the least. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;

type Result = string | Done | undefined;

export interface Observer {
  /** Whether somebody wants to be told of calls. */
  isWatching(onResponse: unknown): boolean;
  /** Runs a call, and tells of it. */
  watch(
    operation: string,
    onResponse: ((response: ResponseInfo) => void) | undefined,
    run: () => Promise<Result>,
  ): Promise<Result>;
  /** Tells the logger of something that failed. */
  warn(text: string): void;
  /** Tells the logger, or the process's warnings if there is none, of something that the user has to know. */
  notice(text: string): void;
  /** Tells the logger, or the console if there is none, of an error of the user's own code. */
  error(text: string): void;
}

export function observer({ logger, logLevel }: ClientOptions): Observer {
  const log = logTo(logger ?? undefined, logLevel ?? "warn");
  return {
    warn: (text) => log?.("warn", masked(text)),
    notice: (text) => (logger ? log?.("warn", text) : process.emitWarning(text, "AgentHumanWarning")),
    error: (text) => (logger ? log?.("error", masked(text)) : console.error(masked(`agenthuman: ${text}`))),
    isWatching: (onResponse) => onResponse !== undefined || log !== undefined || OTEL in globalThis,
    async watch(operation, onResponse, run) {
      const span = startSpan(operation);
      const began = performance.now();
      const said = (what: string) => `${operation} ${what} in ${Math.round(performance.now() - began)} ms`;
      let result: Result;
      try {
        result = await run();
      } catch (error) {
        span?.failed(error);
        if (error instanceof AgentHumanError) {
          logAttempts(log, operation, error.attempts);
          log?.("warn", masked(said(`failed: ${error}`)));
        } else {
          log?.("debug", said("was given up"));
        }
        throw error;
      }
      if (result === undefined) {
        span?.end();
        return result;
      }
      const response = responseOf(operation, result);
      span?.done(response);
      logAttempts(log, operation, response.attempts);
      log?.("debug", masked(said(`answered ${response.status}`)));
      onResponse?.(response);
      return result;
    },
  };
}

function responseOf(operation: string, result: string | Done): ResponseInfo {
  const told = typeof result === "string" ? undefined : result.response;
  const { status, request_id, attempts } = JSON.parse(told ?? `{"attempts":[]}`) as {
    status: number;
    request_id: string | null;
    attempts: AttemptInfo[];
  };
  return { operation, status, ...(request_id !== null && { requestId: request_id }), attempts: read(attempts) };
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

/** Those that another one followed. */
function logAttempts(log: Log | undefined, operation: string, attempts: readonly Attempt[]): void {
  attempts.slice(0, -1).forEach(({ status, code, durationMs }, index) => {
    log?.(
      "info",
      `${operation} attempt ${index + 1}: ${[status, code].filter((part) => part !== null).join(" ")}, ${durationMs} ms`,
    );
  });
}

/** Where the package puts what a program has set up. Without it, nobody takes spans. */
const OTEL = Symbol.for("opentelemetry.js.api.1");

/** The few things of `@opentelemetry/api` that are used. */
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
    done({ status, requestId, attempts }: ResponseInfo) {
      span.setAttribute("http.response.status_code", status);
      if (requestId !== undefined) span.setAttribute("agenthuman.request_id", requestId);
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
