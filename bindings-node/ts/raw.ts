// Responses with their status, headers and attempts.

import type { BaseClient } from "./base.js";
import { type Attempt, type AttemptInfo, attempts } from "./error.js";
import type { Resources } from "./generated/resources.js";
import type { Done } from "./native.js";
import type { RequestOptions } from "./options.js";
import type { Page, Pages } from "./pages.js";

/** A method's result, with the status, the headers and the attempts of its response. */
export interface RawResponse<T> {
  /** The value that the method returns without `withRawResponse`. */
  readonly value: T;
  /** The HTTP status. */
  readonly status: number;
  /** The response's headers, by lower-case name, without cookies. */
  readonly headers: Readonly<Record<string, string>>;
  /** The service's id of the request, or null if it sent none. Quote it to support. */
  readonly requestId: string | null;
  /** Every attempt: its status, its error code if it failed, and its duration in milliseconds. The last one succeeded. */
  readonly attempts: readonly Attempt[];
}

/** The methods of a resource, each of which resolves to a `RawResponse`; those of lists to that of the first page. */
export type RawResource<R> = {
  readonly [Name in keyof R]: R[Name] extends (...args: infer A) => Pages<infer T>
    ? (...args: A) => Promise<RawResponse<Page<T>>>
    : R[Name] extends (...args: infer A) => Promise<infer T>
      ? (...args: A) => Promise<RawResponse<T>>
      : never;
};

/** The methods of a client, each of which resolves to a `RawResponse`. */
export type RawAgentHuman = {
  readonly [Name in Exclude<keyof Resources, keyof BaseClient>]: RawResource<Resources[Name]>;
} & {
  request<T = unknown>(method: string, path: string, options?: RequestOptions): Promise<RawResponse<T>>;
};

/** Returns the response of a call that was made with details. */
export function rawResponse<T>(value: T, done: Done): RawResponse<T> {
  return { value, ...responseDetails(done) };
}

/** Returns the details of a response. */
export function responseDetails(done: Done): Omit<RawResponse<unknown>, "value"> {
  const response = JSON.parse(done.response!) as {
    status: number;
    headers: Record<string, string>;
    request_id: string | null;
    attempts: AttemptInfo[];
  };
  const { status, headers, request_id: requestId } = response;
  return { status, headers, requestId, attempts: attempts(response.attempts) };
}
