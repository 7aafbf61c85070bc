// The options of a client and of a call.

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
}

/** The defaults of the calls of a derived client. */
export type DefaultOptions = Pick<CallOptions, "timeout" | "maxRetries">;

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
export interface ClientOptions extends Hooks {
  /**
   * The API key, or a function that returns it. The function runs at first use, and again if the service rejects the key.
   * Inside the function, a call of this client that needs the key fails at once. Default: AGENTHUMAN_API_KEY, the key in the
   * file AGENTHUMAN_API_KEY_FILE, or the key that the command AGENTHUMAN_API_KEY_COMMAND prints.
   */
  apiKey?: string | (() => string | Promise<string>) | undefined;
  /** The path of a file that contains only the API key. It is read again when it changes. */
  apiKeyFile?: string | undefined;
  /**
   * A command that prints only the API key: the program and its arguments, or a text that is split as a shell does
   * (`"op read op://dev/agenthuman/key"`). It runs without a shell, for at most 30 seconds, at first use and again if the service
   * rejects the key.
   */
  apiKeyCommand?: string | readonly string[] | undefined;
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
  /** Milliseconds for opening one connection. Default: 5,000. */
  connectTimeout?: number | undefined;
  /**
   * The path of a file of PEM certificates to trust in addition to the platform's, such as those of a company's certificate
   * authority. Those of NODE_EXTRA_CA_CERTS are trusted, too. SSL_CERT_FILE and SSL_CERT_DIR replace the platform's
   * certificates.
   */
  caFile?: string | undefined;
  /**
   * The certificate with which the client identifies itself to a server that demands one (mutual TLS): the path of a PEM file,
   * or its content. A proxy does not receive it.
   */
  clientCert?: string | Uint8Array | undefined;
  /** The private key of `clientCert`, not encrypted. Default: the key in the file of `clientCert`. */
  clientKey?: string | Uint8Array | undefined;
  /**
   * The URL of the proxy, which may have a user name and a password (`http://user:password@host:3128`), or `"direct"` for no
   * proxy. Default: HTTPS_PROXY, ALL_PROXY and NO_PROXY, or else the operating system's settings. An `http` base URL is never
   * reached through a proxy.
   */
  proxy?: string | undefined;
  /** The name of your program, for the header `User-Agent`. */
  appInfo?: AppInfo | undefined;
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

/** The name of a program. */
export interface AppInfo {
  /** 1 to 64 letters, digits and characters of ``!#$%&'*+-.^_`|~``. */
  readonly name: string;
  /** Of the same characters. */
  readonly version?: string | undefined;
  /** The URL of the program's page: `http` or `https`, at most 200 characters. */
  readonly url?: string | undefined;
}

/**
 * The hooks of a client: functions that receive events of its calls. What a hook throws, and the rejection of a promise that it
 * returns, is logged (or printed to the console if there is no logger), and the call continues. A promise is not awaited.
 */
export interface Hooks {
  /** Called before each attempt of a call is sent. */
  onRequest?: ((event: RequestEvent) => void) | undefined;
  /** Called at the end of each attempt: with the response, or with the kind of the failure if there is none. */
  onResponse?: ((event: ResponseEvent) => void) | undefined;
  /** Called when a request is going to be sent again, with the reason and the delay. */
  onRetry?: ((event: RetryEvent) => void) | undefined;
  /** Called when a call begins to wait for the rate limit, and again for each further window of the limit. */
  onWait?: ((event: RateLimitWait) => void) | undefined;
}

/** The fields that all events have. */
export interface CallEvent {
  /** The call's operation, such as `sessions.create`. */
  readonly operation: string;
  /** The number of the attempt. The first is 1. */
  readonly attempt: number;
  /** The HTTP method. */
  readonly method: string;
  /** The path below the base URL, without the query. Secrets in it are masked. */
  readonly path: string;
}

/** A request that is about to be sent. */
export interface RequestEvent extends CallEvent {
  /** The request's headers, by lower-case name. Credentials and other secrets are masked. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The end of an attempt: a response, or a failure without one. */
export interface ResponseEvent extends CallEvent {
  /** The HTTP status; null if there was no response. */
  readonly status: number | null;
  /** The kind of error; null if the attempt succeeded. */
  readonly code: string | null;
  /** The duration of the attempt in milliseconds. */
  readonly durationMs: number;
  /** The service's id of the request. Quote it to support. */
  readonly requestId: string | null;
  /** The response's headers, by lower-case name, without cookies. Secrets are masked. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A request that is going to be sent again. */
export interface RetryEvent extends CallEvent {
  /** The HTTP status of the attempt that failed; null if there was no response. */
  readonly status: number | null;
  /** Why the attempt failed: the code of an error, such as `rate_limited`, `server` or `connection`. */
  readonly reason: string;
  /** Milliseconds before the next attempt. After a 429 it may take longer: see `onWait`. */
  readonly delayMs: number;
}

/** A call that waits for the rate limit. */
export interface RateLimitWait extends CallEvent {
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
