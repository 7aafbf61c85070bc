// The base of all errors, and how one is made from what the core says.

import { own } from "./convert.js";
import type { ErrorCode } from "./generated/errors.js";
import { INSPECT, type Inspect, masked } from "./mask.js";
import type { Trace } from "./trace.js";

/** One try at sending a request. */
export interface Attempt {
  /** The HTTP status, or null where there was no answer. */
  readonly status: number | null;
  /** The code it failed with, or null. */
  readonly code: string | null;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
}

/** An attempt as the core describes it. */
export interface AttemptInfo {
  status: number | null;
  code: string | null;
  duration_ms: number;
}

export function attempts(infos: readonly AttemptInfo[]): Attempt[] {
  return infos.map(({ status, code, duration_ms }) => ({ status, code, durationMs: duration_ms }));
}

/** An error as the core describes it. */
export interface ErrorInfo {
  code: string;
  message: string;
  suggestion: string | null;
  /** The service wrote the suggestion. */
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
 * Any failure of this library. `message`, and so the stack and what loggers print, is one line: the reason, the suggestion, and
 * in parentheses the code, the HTTP status, the operation and the request id. No text in it contains a key or a token.
 */
export class AgentHumanError extends Error {
  /** The kind, the same in every language, such as `rate_limited`. */
  declare readonly code: ErrorCode;
  /** One sentence: what was wrong, and where. */
  declare readonly reason: string;
  /** What to do about it. */
  declare readonly suggestion?: string;
  /** The HTTP status, where there was an answer. */
  declare readonly status?: number;
  /** What else the service said of it. */
  declare readonly details?: unknown;
  /** The service's id of the request, to be quoted to its support. */
  declare readonly requestId?: string;
  /** The operation that failed, such as `sessions.create`. */
  declare readonly operation?: string;
  /** Every try: its status, the code it failed with, and its time in milliseconds. */
  declare readonly attempts: readonly Attempt[];
  /** Whether the same call may succeed later. */
  declare readonly retryable: boolean;
  /** Seconds to wait, where the service said so. */
  declare readonly retryAfter?: number;
  /** Whether a write may have happened all the same. */
  declare readonly outcomeUnknown: boolean;
  /** Where the connection broke, or while doing what the deadline passed. */
  declare readonly phase?: string;
  /** The parameter or option that was refused. */
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

  /** Returns the name, the message and the fields, for loggers that write JSON; not the cause, whose text is the user's own. */
  toJSON(): Record<string, unknown> {
    const { name, message } = this;
    return own({ name, message, ...(this as object) });
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const fields = { ...this } as Record<string, unknown>;
    // The message has them.
    delete fields["reason"];
    delete fields["suggestion"];
    if (Array.isArray(fields["attempts"]) && fields["attempts"].length === 0) delete fields["attempts"];
    if (this.cause !== undefined) fields["cause"] = this.cause;
    return masked(`${this.stack ?? this} ${inspect(fields, options)}`);
  }
}

/** Gives a class its name, which a bundler may have changed. @internal */
export function named(errorClass: { prototype: Error }, name: string): void {
  Object.defineProperty(errorClass.prototype, "name", own({ value: name, writable: true, configurable: true }));
}

named(AgentHumanError, "AgentHumanError");
