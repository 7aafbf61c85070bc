// The relay: what a backend mounts so that its phone apps use AgentHuman without an API key. The rules are the core's; here
// are the two ways of mounting it, and the backend's own two functions.

import type { IncomingMessage, ServerResponse } from "node:http";
import { type AgentHuman, coreOf } from "./client.js";
import { Unconvertible, given, named, own, plain } from "./convert.js";
import { type Delivery, type Exchange, type OnRelayError, refusing } from "./core.js";
import type { AgentHumanError } from "./error.js";
import { type Chunks, nextChunk } from "./file.js";
import { callable, text } from "./settings.js";
import { Trace } from "./trace.js";

/** What a relay is set up with. */
export interface RelayOptions {
  /** The client that it uses, with the backend's own credential. */
  client: AgentHuman;
  /**
   * Says whose request it is, by the app's own token: the user's id, or null if the token is not valid. An id has 1 to 256
   * bytes, no control characters and no unpaired surrogates. `onError` gets what it throws, and the phone a plain 500.
   */
  authorize: (request: RelayRequest) => string | null | undefined | Promise<string | null | undefined>;
  /** Says what becomes of a user's wish; null is no. `onError` gets what it throws, too. */
  policy: (user: string, wish: Wish) => Decision | null | Promise<Decision | null>;
  /**
   * What grants are signed with, each of 32 bytes or more: the first signs, all verify, so that they can be rotated. By
   * default AGENTHUMAN_RELAY_SECRETS, separated by commas. If that is not set when the relay is made, as while Next.js
   * builds, it is read at the first request.
   */
  secrets?: readonly string[] | undefined;
  /** Whom the grants are for; relays of one secret that must not take each other's grants have different ones. */
  audience?: string | undefined;
  /** The origins of web front ends that may call from a browser, such as `https://app.example.com`. By default none. */
  origins?: readonly string[] | undefined;
  /** How long a grant is good, in seconds. By default 900. */
  grantSeconds?: number | undefined;
  /** How long after a session's begin its grants can be renewed, in seconds. By default 28,800, which is 8 hours. */
  sessionSeconds?: number | undefined;
  /** The largest body of a request, in bytes. By default 65,536. */
  maxRequestBytes?: number | undefined;
  /**
   * The maximum number of requests a minute of each user, at each copy of the backend; 0 is no limit. Default: 30, half of
   * what the API allows to a key.
   */
  requestsPerMinute?: number | undefined;
  /**
   * The maximum number of sessions that a user has open at once, at each copy of the backend; 0 is no limit. Default: 3. A
   * session whose grant has expired unrenewed is ended when its place is needed.
   */
  openSessionsPerUser?: number | undefined;
  /**
   * The time limit of each run of `authorize`, `policy` and a function that returns a credential, in seconds: more than 0,
   * and at most 600. Default: 10. After it the phone gets 503 with `Retry-After`.
   */
  functionTimeout?: number | undefined;
  /**
   * Gets what `authorize`, `policy` and credential functions throw, and errors of how the relay is mounted. By default the
   * client's logger does, or the console if there is none, with the stack.
   */
  onError?: OnRelayError | undefined;
  /**
   * What the path begins with where the relay is mounted, such as `/agenthuman`. It is not needed where the framework takes
   * it off, as Express does in `app.use`.
   */
  basePath?: string | undefined;
}

/** A relay, for every way of mounting it. */
export interface Relay {
  /** Answers a request, as Hono, Next, Deno and Bun hand it over. Rejects where the request was aborted. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** A handler for Express, Connect and `node:http`. It comes before any body parser. */
  readonly express: () => (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void) => void;
}

/** What a user wishes: to open a session, or, with `agents`, to see agents. */
export type Wish = SessionWish | AgentsWish;

/** That a session be opened. What the phone gave is checked for its form only. */
export interface SessionWish {
  /** The name of the operation. */
  readonly operation: string;
  /** The agent wished for. */
  readonly agent_id: string | null;
  /** How the session is to be held, such as `agent_chat`. */
  readonly session_type: string | null;
  /** Data for the policy. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** How many other sessions the user has open, as far as this copy of the backend knows. */
  readonly open_sessions: number;
  readonly agents?: undefined;
}

/** That the agents be shown. */
export interface AgentsWish {
  /** The name of the operation. */
  readonly operation: string;
  /** All that there are, as a phone would see them. */
  readonly agents: readonly RelayAgent[];
}

/** An agent as a phone would see it. */
export interface RelayAgent {
  readonly id: string;
  readonly name?: string | null;
  readonly language?: string | null;
  readonly avatar_id?: string | null;
  readonly avatar_name?: string | null;
  readonly avatar_url?: string | null;
  readonly voice_id?: string | null;
}

/** What becomes of a wish. The wish itself counts for nothing that is not repeated here. */
export type Decision = Opening | Shown | Refused;

/** A session is opened like this. */
export interface Opening {
  /** The agent to talk with. */
  agent_id: string | number;
  /** How the session is held; the API's own default where it is not given. */
  session_type?: string | null | undefined;
  /** Data kept with the session. The phone never sees it. */
  metadata?: object | null | undefined;
  /** The names of the operations that the grant allows; by default all that are about a session. */
  operations?: readonly string[] | null | undefined;
  /** How long each of its grants is good, in seconds; by default the relay's `grantSeconds`. */
  grant_seconds?: number | null | undefined;
  /** For how long its grants can be renewed, in seconds; by default the relay's `sessionSeconds`. */
  session_seconds?: number | null | undefined;
}

/** These agents are shown. */
export interface Shown {
  /** Their ids. */
  agents: readonly (string | number)[];
}

/** No. */
export interface Refused {
  /** Why, for the user to read. */
  refused: string;
}

/** A request as `authorize` sees it. It never prints what its headers hold. */
export interface RelayRequest {
  readonly method: string;
  /** The path from where the relay is mounted, without the query. */
  readonly path: string;
  readonly headers: Headers;
  /** The app's own token: what follows `Bearer` in `Authorization`. Null where that is of another kind. */
  readonly token: string | null;
  /** The request as the framework gave it. */
  readonly raw: Request | IncomingMessage;
}

class Asked implements RelayRequest {
  readonly method: string;
  readonly path: string;
  readonly #headers: () => Headers;
  readonly #raw: Request | IncomingMessage;

  constructor(raw: Request | IncomingMessage, target: string, headers: () => Headers) {
    this.method = raw.method ?? "";
    this.path = target.split("?", 1)[0]!;
    this.#headers = headers;
    this.#raw = raw;
  }

  get headers(): Headers {
    return this.#headers();
  }

  get token(): string | null {
    return /^bearer (.*)$/i.exec(this.headers.get("authorization") ?? "")?.[1]?.trim() ?? null;
  }

  get raw(): Request | IncomingMessage {
    return this.#raw;
  }
}

/**
 * Makes a relay: what a backend mounts so that its phone apps use AgentHuman without an API key.
 *
 *     const relay = createRelay({
 *       client: new AgentHuman(),
 *       authorize: ({ token }) => userOf(token),
 *       policy: (user, wish) => (wish.agents ? { agents: ["7"] } : { agent_id: "7", metadata: { user } }),
 *     });
 *     app.use("/agenthuman", relay.express());
 *
 * @throws {ConfigurationError} If an option is invalid. If there are no secrets, a warning is emitted, and requests fail.
 */
export function createRelay(options: RelayOptions): Relay {
  const trace = new Trace(createRelay);
  return refusing(undefined, trace, () => {
    const { client, authorize, policy, basePath, onError, ...rest } = named(options, "the options must be an object");
    const core = coreOf(client);
    if (!core) throw new Unconvertible("client", "client must be an AgentHuman client");
    const functions = { authorize: callable(authorize, "authorize"), policy: callable(policy, "policy") };
    const base = given(basePath, prefix) ?? "";
    const report = given(onError, (value) => callable(value, "onError")) as OnRelayError | undefined;
    return mounted(
      whenSecretsAreSet(rest.secrets, () => core.relay(rest, report, trace)),
      functions as Functions,
      base,
      report,
    );
  });
}

type Answer = (exchange: Exchange) => Promise<Delivery>;

/**
 * Opens the relay now, or at the first request if it has no secrets yet: a build that loads the module, such as that of
 * Next.js, has none.
 */
function whenSecretsAreSet(secrets: unknown, open: () => Answer): Answer {
  let answer: Answer | undefined;
  try {
    answer = open();
  } catch (error) {
    const isUnset = given(secrets, Boolean) === undefined && !process.env[SECRETS]?.trim();
    if (!isUnset || (error as AgentHumanError).parameter !== "secrets") throw error;
    process.emitWarning(`The relay has no secrets: set ${SECRETS}, or the option secrets. Until then its requests fail.`, {
      code: "AGENTHUMAN_RELAY_SECRETS",
    });
  }
  return async (exchange) => (answer ??= open())(exchange);
}

const SECRETS = "AGENTHUMAN_RELAY_SECRETS";

type Functions = Pick<RelayOptions, "authorize" | "policy">;

function prefix(basePath: unknown): string {
  const path = text(basePath, "basePath");
  if (!path.startsWith("/")) throw new Unconvertible("basePath", "basePath must begin with /");
  return path.replace(/\/+$/, "");
}

function mounted(answer: Answer, functions: Functions, base: string, onError: OnRelayError | undefined): Relay {
  const policy = async (user: string, wish: string) => {
    const decision = await functions.policy(user, JSON.parse(wish) as Wish);
    return JSON.stringify(plain(decision ?? null, "policy"));
  };
  /** The one way of a request, however it came. */
  const serve = (
    raw: Request | IncomingMessage,
    headers: () => Headers,
    parts: Omit<Exchange, "method" | "authorize" | "policy">,
  ): Promise<Delivery> => {
    const authorize = () => functions.authorize(new Asked(raw, parts.target, headers));
    return answer({ ...parts, method: `${raw.method ?? ""}`, authorize, policy });
  };

  return {
    async fetch(request) {
      if (!isRequest(request)) throw new TypeError("relay.fetch takes a Request of the Fetch API.");
      if (request.bodyUsed) throw wasRead();
      const { pathname, search } = new URL(request.url);
      const { status, headers, body, delivered } = await serve(request, () => request.headers, {
        target: below(base, pathname + search),
        headers: [...request.headers].flat(),
        chunks: webChunks(request),
        signal: request.signal,
      });
      delivered(!request.signal?.aborted);
      return new Response(body || null, own({ status, headers: pairs(headers) }));
    },

    express: () => (request, response, next) => {
      const fail = (error: unknown) => {
        if (next) return next(error);
        if (onError) onError(error, { function: "request" });
        else process.emitWarning(error as Error);
        response.statusCode = 500;
        response.setHeader("content-type", "application/json");
        response.end(FAILED);
      };
      if (!isIncoming(request)) {
        return fail(new TypeError("The relay's handler takes the request and the response of node:http, or of Express."));
      }
      const body = bodyOf(request);
      if (body === undefined) return fail(wasRead());
      const gone = new AbortController();
      response.once("close", () => gone.abort());
      if (response.closed) gone.abort();
      // Express takes off what the relay is mounted at, and keeps the whole.
      const { originalUrl } = request as { originalUrl?: string };
      const whole = `${(base ? originalUrl : undefined) ?? request.url ?? "/"}`;
      const headers = headersOf(request);
      const parts = { target: below(base, whole), headers, chunks: body, signal: gone.signal };
      serve(request, () => new Headers(pairs(headers)), parts)
        .then(({ status, headers, body, delivered }) => {
          if (gone.signal.aborted) return delivered(false);
          response.once("close", () => delivered(response.writableFinished));
          response.once("finish", () => delivered(true));
          response.statusCode = status;
          const own = pairs(headers);
          for (const [name] of own) response.removeHeader(name);
          for (const [name, value] of own) response.appendHeader(name, value);
          response.end(body);
        })
        // Where the request is gone, nobody is left to be told.
        .catch((error: unknown) => (gone.signal.aborted ? undefined : fail(error)));
    },
  };
}

/** What the phone gets if the relay is mounted where it cannot work. */
const FAILED = JSON.stringify({ success: false, error: { code: "server", message: "The service failed (5xx)." } });

function isRequest(value: unknown): value is Request {
  const request = value as Partial<Request> | null | undefined;
  return typeof request?.url === "string" && typeof request.headers?.get === "function";
}

function isIncoming(value: unknown): value is IncomingMessage {
  const request = value as Partial<IncomingMessage> | null | undefined;
  return typeof request?.headers === "object" && typeof request.on === "function";
}

/**
 * The headers as they came, each name followed by its value. Adapters of serverless platforms set `headers` alone, and some
 * of its values are numbers.
 */
function headersOf({ rawHeaders, headers }: IncomingMessage): string[] {
  const raw = (rawHeaders ?? []).map((text: unknown) => `${text as string}`);
  const known = new Set(raw.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()));
  for (const [name, value] of Object.entries(headers as Record<string, unknown>)) {
    if (known.has(name.toLowerCase()) || value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) raw.push(name, `${one as string}`);
  }
  return raw;
}

/** The body, from where it is: what a platform or a parser has kept of it, or the stream. Undefined if it is lost. */
function bodyOf(request: IncomingMessage): Chunks | undefined {
  const { rawBody, body } = request as { rawBody?: unknown; body?: unknown };
  const kept = [rawBody, body].find((value) => typeof value === "string" || value instanceof Uint8Array);
  if (rawBody instanceof Uint8Array || typeof rawBody === "string") return keptChunks(rawBody);
  if (!request.readableDidRead && typeof request.iterator === "function") return nodeChunks(request);
  if (kept !== undefined) return keptChunks(kept as string | Uint8Array);
  const { "content-length": length, "transfer-encoding": coding } = request.headers;
  return Number(length ?? 0) > 0 || coding !== undefined ? undefined : keptChunks("");
}

function keptChunks(body: string | Uint8Array): Chunks {
  let left: Uint8Array = typeof body === "string" ? Buffer.from(body) : body;
  return {
    next: () => {
      const chunk = left;
      left = new Uint8Array();
      return Promise.resolve(chunk);
    },
    close: () => {},
  };
}

/** What of a path comes after where the relay is mounted. Elsewhere there is nothing. */
function below(base: string, target: string): string {
  if (base === "") return target;
  const rest = target.startsWith(base) ? target.slice(base.length) : "";
  return rest.startsWith("/") ? rest : "/";
}

function pairs(headers: readonly string[]): [string, string][] {
  return headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]!] as [string, string]] : []));
}

function wasRead(): Error {
  return new TypeError(
    "The body of this request was read already: mount the relay before any body parser, or keep the body's bytes as request.rawBody.",
  );
}

/** The body is begun when it is asked for. What is left of it is the server's matter: it knows how to go on. */
function webChunks({ body }: Request): Chunks {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return {
    next: async () => {
      reader ??= body?.getReader() as typeof reader;
      return reader ? nextChunk({ next: () => reader!.read() as Promise<IteratorResult<unknown>> }) : new Uint8Array();
    },
    close: () => reader?.releaseLock(),
  };
}

function nodeChunks(request: IncomingMessage): Chunks {
  // Ending an iterator of the usual kind would end the connection, and the answer is still to be sent.
  const iterator = request.iterator({ destroyOnReturn: false });
  return {
    next: () => nextChunk(iterator),
    close: () =>
      void iterator
        .return?.()
        .then(() => request.resume())
        .catch(() => {}),
  };
}
