// The base class of all errors.

import { own } from "./convert.js";
import type { ErrorCode } from "./generated/errors.js";
import { INSPECT, type Inspect, masked } from "./mask.js";
import type { Trace } from "./trace.js";

/** One HTTP request of a call. */
export interface Attempt {
  /** The HTTP status, or null if there was no response. */
  readonly status: number | null;
  /** The error code, or null if the attempt succeeded. */
  readonly code: string | null;
  /** The duration in milliseconds. */
  readonly durationMs: number;
}

/** An attempt from the core. */
export interface AttemptInfo {
  status: number | null;
  code: string | null;
  duration_ms: number;
}

export function attempts(infos: readonly AttemptInfo[]): Attempt[] {
  return infos.map(({ status, code, duration_ms }) => ({ status, code, durationMs: duration_ms }));
}

/** An error from the core. */
export interface ErrorInfo {
  code: string;
  message: string;
  suggestion: string | null;
  /** Whether the service wrote the suggestion. */
  suggested_by_service?: boolean;
  status: number | null;
  details: unknown;
  request_id: string | null;
  operation: string | null;
  attempts: AttemptInfo[];
  retryable: boolean;
  retry_after: number | null;
  outcome_unknown: boolean;
  phase: string | null;
  parameter: string | null;
}

/**
 * The base class of all errors of this package. `message` (and so the stack and logs) is one line: the reason, the suggestion, and
 * in parentheses the code, the HTTP status, the operation and the request id. It contains no key or token.
 */
export class AgentHumanError extends Error {
  /** The kind of error, the same in every language, such as `rate_limited`. */
  declare readonly code: ErrorCode;
  /** The description of the error, in one sentence. */
  declare readonly reason: string;
  /** How to fix it. */
  declare readonly suggestion?: string;
  /** The HTTP status, if there was a response. */
  declare readonly status?: number;
  /** Further details from the service. */
  declare readonly details?: unknown;
  /** The service's id of the request. Quote it to support. */
  declare readonly requestId?: string;
  /** The operation that failed, such as `sessions.create`. */
  declare readonly operation?: string;
  /** Every attempt: its status, its error code if it failed, and its duration in milliseconds. */
  declare readonly attempts: readonly Attempt[];
  /** Whether the same call may succeed later. */
  declare readonly retryable: boolean;
  /** Seconds to wait before the next call, if the service sent them. */
  declare readonly retryAfter?: number;
  /** Whether a write may have taken effect although the call failed. */
  declare readonly outcomeUnknown: boolean;
  /** The phase of the call in which the connection failed or the deadline passed. */
  declare readonly phase?: string;
  /** The invalid parameter or option. */
  declare readonly parameter?: string;

  /** @internal */
  constructor(info: ErrorInfo, line: string, trace?: Trace, cause?: { cause: unknown }) {
    super(line, cause);
    const fields = {
      code: info.code,
      reason: info.message,
      suggestion: info.suggestion,
      status: info.status,
      details: info.details,
      requestId: info.request_id,
      operation: info.operation,
      attempts: attempts(info.attempts),
      retryable: info.retryable,
      retryAfter: info.retry_after,
      outcomeUnknown: info.outcome_unknown,
      phase: info.phase,
      parameter: info.parameter,
    };
    for (const [name, value] of Object.entries(fields)) {
      if (value !== null && value !== undefined) {
        Object.defineProperty(this, name, own({ value, enumerable: true, configurable: true }));
      }
    }
    if (trace) {
      const value = `${this}${trace.frames()}`;
      Object.defineProperty(this, "stack", own({ value, writable: true, configurable: true }));
    }
  }

  /** Returns the name, the message and the fields, for JSON loggers. Without the cause, which may contain secrets. */
  toJSON(): Record<string, unknown> {
    const { name, message } = this;
    return own({ name, message, ...(this as object) });
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const fields = { ...this } as Record<string, unknown>;
    // The message contains them.
    delete fields.reason;
    delete fields.suggestion;
    if (Array.isArray(fields.attempts) && fields.attempts.length === 0) delete fields.attempts;
    if (this.cause !== undefined) fields.cause = this.cause;
    return masked(`${this.stack ?? this} ${inspect(fields, options)}`);
  }
}

/** Sets the name of a class, since bundlers may change it. @internal */
export function named(errorClass: { prototype: Error }, name: string): void {
  Object.defineProperty(errorClass.prototype, "name", own({ value: name, writable: true, configurable: true }));
}

named(AgentHumanError, "AgentHumanError");
