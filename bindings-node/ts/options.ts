// The options of a client and of a call.

import type { Attempt } from "./error.js";

/** What a single call may change. */
export interface CallOptions {
  /**
   * Drops the request at once when it aborts; the call rejects with the signal's `reason`. A rotation that leaves two keys
   * rejects with an `AbortError` that names them, and whose `cause` is the reason.
   */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds for the whole call with its retries, without waits for the rate limit; of a list, for each page; of an
   * upload, without progress. By default the client's.
   */
  timeout?: number | undefined;
  /** How often the call is repeated where repeating does no harm. By default the client's. */
  maxRetries?: number | undefined;
  /** More headers. Those that the client sets itself are refused. */
  headers?: HeaderPairs | undefined;
  /**
   * Told how the answer came, before the call resolves; of a list, for each page. What it throws, the call rejects with.
   * An error tells the same by its own fields.
   */
  onResponse?: ((response: ResponseInfo) => void) | undefined;
}

/** How the answer of a call came. */
export interface ResponseInfo {
  /** The operation, such as `sessions.create`. */
  readonly operation: string;
  /** The HTTP status. */
  readonly status: number;
  /** The service's id of the request, to be quoted to its support; absent where it gave none. */
  readonly requestId?: string;
  /** Every try, the last of which succeeded. */
  readonly attempts: readonly Attempt[];
}

/** What a call that uploads a file may change. */
export interface UploadOptions extends CallOptions {
  /** Told how far the upload is. What it throws, the call rejects with. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** How far an upload is, in bytes. */
export interface Progress {
  readonly sent: number;
  /** Absent where the length is not known. */
  readonly total?: number;
}

/** Headers by name, or as pairs, which a `Headers` object is too. */
export type HeaderPairs = Readonly<Record<string, string>> | Iterable<readonly [string, string]>;

/**
 * Settings of a client. If a credential is given here, none is read from the environment. An empty environment variable
 * counts as not set.
 */
export interface ClientOptions {
  /**
   * The API key, or a function that gives it: asked at first use, and again when the service refuses the key it gave.
   * Inside the function, a call of this client that needs the key fails at once. By default AGENTHUMAN_API_KEY.
   */
  apiKey?: string | (() => string | Promise<string>) | undefined;
  /** The path of a file that holds the API key alone; it is read again when it changes. */
  apiKeyFile?: string | undefined;
  /**
   * A user's token, or a function that gives it: asked at first use, and again when the token has expired or is refused.
   * Inside the function, a call of this client that needs the token fails at once. By default AGENTHUMAN_TOKEN.
   */
  token?: string | (() => string | Promise<string>) | undefined;
  /** Where the API is; a path is kept as a prefix. By default AGENTHUMAN_BASE_URL, else `https://api.agenthuman.com`. */
  baseURL?: string | undefined;
  /**
   * Milliseconds for a whole call with its retries, without waits for the rate limit; of an upload, without progress.
   * Default: 60,000.
   */
  timeout?: number | undefined;
  /**
   * The longest time, in milliseconds, that a call waits for the rate limit while the service accepts no request at all
   * with the same kind of credential. Each accepted request starts this time anew, so that a long queue, which moves with
   * every window, may take as long as it needs; a call's `signal` bounds its whole time. The wait does not count against
   * `timeout`. A call that would have to wait longer fails at once: with a timeout whose `phase` is `rate_limit`, or with
   * the 429 that it received. 0: never wait. Default: 120,000.
   */
  maxRateLimitWait?: number | undefined;
  /**
   * Called when a call begins to wait for the rate limit, and again for each further window that the call waits through.
   * If it throws, the logger receives a warning and the call goes on.
   */
  onWait?: ((wait: RateLimitWait) => void) | undefined;
  /** Milliseconds for making one connection. By default 5,000. */
  connectTimeout?: number | undefined;
  /**
   * The path of a file of PEM certificates to trust beside the platform's own, such as those of a company's certificate
   * authority; those of NODE_EXTRA_CA_CERTS are trusted too. SSL_CERT_FILE and SSL_CERT_DIR replace the platform's
   * certificates.
   */
  caFile?: string | undefined;
  /**
   * Allows an `http` base URL on another machine of a private network, such as a sandbox in a container. For development:
   * everyone on the way can read what is sent, so only test keys are sent, never a live key or a token. By default false.
   */
  allowInsecureHttp?: boolean | undefined;
  /**
   * How often a failed attempt is retried if that can do no harm. Waits for the rate limit do not count; 0 means that no
   * request is sent twice, one refused by the limit included. Default: 2.
   */
  maxRetries?: number | undefined;
  /** The largest body read of an answer, in bytes after decompression. By default 16 MiB. */
  maxResponseBytes?: number | undefined;
  /** Headers for every request. Those that the client sets itself are refused. */
  headers?: HeaderPairs | undefined;
  /** Which of the API's dialects the service speaks. By default `agents`, the only one so far. */
  dialect?: "agents" | undefined;
  /** Other paths for operations that live elsewhere on the service, such as `{ "voices.list": "/v1/voice-list" }`. */
  routes?: Readonly<Record<string, string>> | undefined;
  /** Told how calls went, in lines without secrets; `console` is one. By default nobody is. */
  logger?: Logger | undefined;
  /**
   * The least that the logger is told: `debug` every call, `info` every attempt that was repeated, `warn` every call that
   * failed, and the first that waits for the rate limit in each window. By default `warn`.
   */
  logLevel?: LogLevel | "off" | undefined;
}

/** A call that waits for the rate limit. */
export interface RateLimitWait {
  /** The call's operation, such as `sessions.create`. */
  readonly operation: string;
  /** The same word as the `phase` of an error. */
  readonly phase: "rate_limit";
  /** Seconds until the limit lets calls through again. Calls far back in the queue may have to wait for longer. */
  readonly seconds: number;
  /** How many calls of this client wait for the same limit, this one included. */
  readonly queued: number;
}

/** How much a line matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What lines are given to, such as `console`. */
export type Logger = { readonly [level in LogLevel]: (text: string) => void };

/** What `client.request` may be told. */
export interface RequestOptions extends CallOptions {
  /** The JSON to send. */
  body?: unknown;
  /** The credential to send. By default the one that is held, the API key before the token. */
  credential?: "api_key" | "token" | "none" | undefined;
}
