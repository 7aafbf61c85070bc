// The options of a client and of a call.

import type { Attempt } from "./error.js";

/** The options of a single call. */
export interface CallOptions {
  /**
   * Drops the request at once when it aborts; the call rejects with the signal's `reason`. A rotation that leaves two keys
   * rejects with an `AbortError` that names them, and whose `cause` is the reason.
   */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds for the whole call with its retries; waits for the rate limit do not count. For a list: for each page. For
   * an upload: milliseconds without progress. Default: the client's timeout.
   */
  timeout?: number | undefined;
  /** Maximum number of retries. Default: that of the client. */
  maxRetries?: number | undefined;
  /** Additional headers. Headers that the client sets itself are rejected. */
  headers?: HeaderPairs | undefined;
  /**
   * Receives the status, the request id and the attempts of the response before the call resolves; for a list, of each page.
   * If it throws, the call rejects with that error. For a failed call, the error has the same fields.
   */
  onResponse?: ((response: ResponseInfo) => void) | undefined;
}

/** The status, the request id and the attempts of a response. */
export interface ResponseInfo {
  /** The operation, such as `sessions.create`. */
  readonly operation: string;
  /** The HTTP status. */
  readonly status: number;
  /** The service's id of the request, if it sent one. Quote it to support. */
  readonly requestId?: string;
  /** Every attempt. The last one succeeded. */
  readonly attempts: readonly Attempt[];
}

/** The options of an upload. */
export interface UploadOptions extends CallOptions {
  /** Receives the progress of the upload. If it throws, the call rejects with that error. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** The progress of an upload, in bytes. */
export interface Progress {
  readonly sent: number;
  /** Missing if the length is unknown. */
  readonly total?: number;
}

/** Headers by name, or as pairs, such as a `Headers` object. */
export type HeaderPairs = Readonly<Record<string, string>> | Iterable<readonly [string, string]>;

/**
 * The options of a client. If a credential is set here, none is read from the environment. An empty environment variable
 * counts as not set.
 */
export interface ClientOptions {
  /**
   * The API key, or a function that returns it. The function runs at first use, and again if the service rejects the key.
   * Inside the function, a call of this client that needs the key fails at once. Default: AGENTHUMAN_API_KEY, or the key in the
   * file AGENTHUMAN_API_KEY_FILE.
   */
  apiKey?: string | (() => string | Promise<string>) | undefined;
  /** The path of a file that contains only the API key. It is read again when it changes. */
  apiKeyFile?: string | undefined;
  /**
   * A user's token, or a function that returns it. The function runs at first use, and again if the token has expired or is
   * rejected. Inside the function, a call of this client that needs the token fails at once. Default: AGENTHUMAN_TOKEN.
   */
  token?: string | (() => string | Promise<string>) | undefined;
  /** Accepts API keys of this environment only, so that a program that is meant for test keys never uses a live one. */
  environment?: "live" | "test" | undefined;
  /** The base URL of the API, which may have a path. Default: AGENTHUMAN_BASE_URL, or `https://api.agenthuman.com`. */
  baseURL?: string | undefined;
  /**
   * Milliseconds for a whole call with its retries; waits for the rate limit do not count. For an upload: milliseconds without
   * progress. Default: 60,000.
   */
  timeout?: number | undefined;
  /**
   * Maximum time, in milliseconds, that a call waits for the rate limit while the service accepts no request with the same
   * kind of credential. Each accepted request restarts this time, so that a long queue may take as long as it needs while it
   * moves; use a call's `signal` to limit its total time. The wait does not count against `timeout`. A call that would have
   * to wait longer fails at once: with a timeout whose `phase` is `rate_limit`, or with the 429 that it received. 0: never
   * wait. Default: 120,000.
   */
  maxRateLimitWait?: number | undefined;
  /**
   * Called when a call begins to wait for the rate limit, and again for each further window of the limit.
   * If it throws, the logger receives a warning, and the call continues.
   */
  onWait?: ((wait: RateLimitWait) => void) | undefined;
  /** Milliseconds for opening one connection. Default: 5,000. */
  connectTimeout?: number | undefined;
  /**
   * The path of a file of PEM certificates to trust in addition to the platform's, such as those of a company's certificate
   * authority. Those of NODE_EXTRA_CA_CERTS are trusted, too. SSL_CERT_FILE and SSL_CERT_DIR replace the platform's
   * certificates.
   */
  caFile?: string | undefined;
  /**
   * Allows an `http` base URL on another machine of a private network, such as a sandbox in a container. For development only:
   * the connection is not encrypted, so the client sends test keys only, and rejects live keys and tokens. Default: false.
   */
  allowInsecureHttp?: boolean | undefined;
  /**
   * Maximum number of retries of a call. Attempts are retried only if that is safe. A request that is sent again after a wait
   * for the rate limit does not count, but 0 turns that off, too. Default: 2.
   */
  maxRetries?: number | undefined;
  /** Maximum size of a response body, in bytes after decompression. Default: 16 MiB. */
  maxResponseBytes?: number | undefined;
  /** Headers for every request. Headers that the client sets itself are rejected. */
  headers?: HeaderPairs | undefined;
  /** The API's dialect: `agents`, which is the default and the only one. */
  dialect?: "agents" | undefined;
  /** Paths that replace those of operations, by operation name, such as `{ "voices.list": "/v1/voice-list" }`. */
  routes?: Readonly<Record<string, string>> | undefined;
  /** Receives log lines without secrets. `console` is a logger. Default: none. */
  logger?: Logger | undefined;
  /**
   * The minimum level of log lines: `debug` for every call, `info` for every attempt that was retried, `warn` for failed calls
   * and for the first wait for the rate limit in each window. Default: `warn`.
   */
  logLevel?: LogLevel | "off" | undefined;
}

/** A call that waits for the rate limit. */
export interface RateLimitWait {
  /** The call's operation, such as `sessions.create`. */
  readonly operation: string;
  /** Always `rate_limit`, like the `phase` of an error. */
  readonly phase: "rate_limit";
  /** Seconds until the limit allows calls again. Calls further back in the queue may have to wait longer. */
  readonly seconds: number;
  /** The number of calls of this client that wait for the same limit, including this one. */
  readonly queued: number;
}

/** The level of a log line. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** A logger, such as `console`. */
export type Logger = Readonly<Record<LogLevel, (text: string) => void>>;

/** The options of `client.request`. */
export interface RequestOptions extends CallOptions {
  /** The JSON to send. */
  body?: unknown;
  /** The credential to send. Default: the API key, or the token if the client has no key. */
  credential?: "api_key" | "token" | "none" | undefined;
}
