// The relay, which a backend mounts so that its phone apps use AgentHuman without an API key. The native library implements
// it; this module mounts it, and calls the backend's functions.

import type { IncomingMessage, ServerResponse } from "node:http";
import { coreOfAny } from "./base.js";
import type { AgentHuman } from "./client.js";
import { Unconvertible, ifSet, named, own, plain } from "./convert.js";
import { type Delivery, type Exchange, type OnRelayError, converting } from "./core.js";
import type { AgentHumanError } from "./error.js";
import { type Chunks, nextChunk } from "./file.js";
import type { RoomParams } from "./generated/rooms/params.js";
import type { AgentHumanRooms } from "./rooms.js";
import { callable, text } from "./settings.js";
import { Trace } from "./trace.js";

/** The options of a relay. */
export interface RelayOptions {
  /**
   * The client that calls the API, with the backend's credential: an `AgentHuman` for sessions with agents, or an
   * `AgentHumanRooms` for sessions in rooms.
   */
  client: AgentHuman | AgentHumanRooms;
  /** The client for sessions in rooms, if `client` is one for agents. Default: none, and the relay opens no rooms. */
  rooms?: AgentHumanRooms | undefined;
  /**
   * Returns the user's id for the app's own token, or null if the token is invalid. An id has 1 to 256 bytes, no control
   * characters and no unpaired surrogates. If it throws, `onError` receives the error, and the phone a plain 500.
   */
  authorize: (request: RelayRequest) => string | null | undefined | Promise<string | null | undefined>;
  /** Decides what a user may do. Return null to reject the request. If it throws, `onError` receives the error. */
  policy: (user: string, request: PolicyRequest) => Decision | null | Promise<Decision | null>;
  /**
   * Notes a session that was opened for a user, such as in the backend's database, before the phone gets it. If it throws,
   * `onError` receives the error, the session is ended, and the phone gets a plain 500. It is not called for sessions in rooms.
   */
  onOpen?: ((user: string, session: UserSession) => unknown) | undefined;
  /**
   * The secrets that sign grants, at least 32 bytes each. The first signs, all verify, so that secrets can be rotated.
   * Default: AGENTHUMAN_RELAY_SECRETS, separated by commas. If that is not set when the relay is created, for example while
   * Next.js builds, it is read at the first request.
   */
  secrets?: readonly string[] | undefined;
  /** The audience of the grants. Relays with the same secrets but different audiences reject each other's grants. */
  audience?: string | undefined;
  /** The origins of web front ends that may call from a browser, such as `https://app.example.com`. Default: none. */
  origins?: readonly string[] | undefined;
  /** The lifetime of a grant in seconds. Default: 900. */
  grantSeconds?: number | undefined;
  /** How long after a session was opened or resumed its grants can be renewed, in seconds. Default: 28,800, which is 8 hours. */
  sessionSeconds?: number | undefined;
  /** The maximum size of a request body, in bytes. Default: 65,536. */
  maxRequestBytes?: number | undefined;
  /**
   * The maximum number of requests per minute for each user and copy of the backend. 0: no limit. Default: 30, half of what
   * the API allows for a key.
   */
  requestsPerMinute?: number | undefined;
  /**
   * The maximum number of open sessions for each user and copy of the backend. 0: no limit. Default: 3. A session whose grant
   * has expired without renewal is ended when its place is needed.
   */
  openSessionsPerUser?: number | undefined;
  /**
   * The time limit of each run of `authorize`, `policy`, `onOpen` and a credential function, in seconds: more than 0,
   * and at most 600. Default: 10. After it the phone gets 503 with `Retry-After`.
   */
  functionTimeout?: number | undefined;
  /**
   * How long a phone's request for new messages may wait for one, in seconds: 0 to 300. Default: 20. 0: it is answered at once, for
   * hosts that are paid by time.
   */
  waitSeconds?: number | undefined;
  /**
   * Receives errors that `authorize`, `policy`, `onOpen` and credential functions throw, and errors in mounting the relay. Default: they
   * are logged with their stack by the client's logger, or printed to the console if there is none.
   */
  onError?: OnRelayError | undefined;
  /**
   * The prefix of the path at which the relay is mounted, such as `/agenthuman`. Not needed if the framework strips it, like
   * Express in `app.use`.
   */
  basePath?: string | undefined;
}

/** A relay, which can be mounted in two ways. */
export interface Relay {
  /** Handles a request of the Fetch API, for Hono, Next.js, Deno and Bun. Rejects if the request is aborted. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Returns a handler for Express, Connect and `node:http`. Mount it before any body parser. */
  readonly express: () => (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void) => void;
}

/**
 * A request of a user, by its `operation`: to open a session, to open one in a room, to list or resume the user's sessions, or
 * to list agents.
 */
export type PolicyRequest = OpenSessionRequest | OpenRoomRequest | ListSessionsRequest | ResumeSessionRequest | ListAgentsRequest;

/** A request to open a session. The phone's parameters are checked for their types only. */
export interface OpenSessionRequest {
  /** The name of the operation. */
  readonly operation: "sessions.create";
  /** The requested agent. */
  readonly agent_id: string | null;
  /** The requested type of session, such as `agent_chat`. */
  readonly session_type: string | null;
  /** Data for the policy. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** The number of other open sessions of the user, as far as this copy of the backend knows. */
  readonly open_sessions: number;
  readonly agents?: undefined;
}

/** A request to open a session in a room. The phone's parameters are checked for their types only. */
export interface OpenRoomRequest {
  /** The name of the operation. */
  readonly operation: "rooms.create";
  /** The requested avatar: its id, or the URL of a picture. */
  readonly avatar: string | null;
  /** Data for the policy. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** The number of other open sessions in rooms of the user, as far as this copy of the backend knows. */
  readonly open_sessions: number;
  readonly agent_id?: undefined;
  readonly session_type?: undefined;
  readonly agents?: undefined;
}

/** A request to list the user's sessions. */
export interface ListSessionsRequest {
  /** The name of the operation. */
  readonly operation: "sessions.list";
  /** The ids of the user's open sessions that this copy of the backend knows, the last opened first. */
  readonly sessions: readonly string[];
  /** The number of sessions in a list. */
  readonly limit: number;
  readonly agent_id?: undefined;
  readonly session_type?: undefined;
  readonly metadata?: undefined;
  readonly agents?: undefined;
}

/** A session that the relay opened for the user. */
export interface UserSession {
  readonly session_id: string;
  readonly agent_id: string | null;
  /** The type of session, such as `agent_chat`. */
  readonly session_type: string | null;
  /** `active`, or `completed` if it has ended. */
  readonly status: string | null;
  /** The metadata that the policy chose when the session was opened. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

/** A request to resume a session of the user. */
export interface ResumeSessionRequest extends UserSession {
  /** The name of the operation. */
  readonly operation: "sessions.resume";
  readonly agents?: undefined;
}

/** A request to list the agents. */
export interface ListAgentsRequest {
  /** The name of the operation. */
  readonly operation: "agents.list";
  /** All agents, in the form for phones. */
  readonly agents: readonly RelayAgent[];
}

/** An agent, in the form for phones. */
export interface RelayAgent {
  readonly id: string;
  readonly name?: string | null;
  readonly language?: string | null;
  readonly avatar_id?: string | null;
  readonly avatar_name?: string | null;
  readonly avatar_url?: string | null;
  readonly voice_id?: string | null;
}

/** The decision about a request. The request's parameters have no effect unless they are repeated here. */
export type Decision = OpenSession | OpenRoom | ListSessions | ResumeSession | ListAgents | Refused;

/** Opens a session. */
export interface OpenSession {
  /** The agent to talk with. */
  agent_id: string | number;
  /** The type of session. Default: that of the API. */
  session_type?: string | null | undefined;
  /** Data to store with the session. It is not sent to the phone. */
  metadata?: object | null | undefined;
  /** The operations that the grant allows. Default: all operations on a session. */
  operations?: readonly string[] | null | undefined;
  /** The lifetime of its grants in seconds. Default: `grantSeconds` of the relay. */
  grant_seconds?: number | null | undefined;
  /** How long its grants can be renewed, in seconds. Default: `sessionSeconds` of the relay. */
  session_seconds?: number | null | undefined;
}

/** Opens a session in a room. The avatar and the app join the same room, each with a token of its own. */
export interface OpenRoom {
  /** The avatar: its id, or the URL of a picture of a face. */
  avatar: string;
  /** The room that the avatar joins, with the avatar's token: `Room.livekit(url, token)`. */
  room: RoomParams;
  /** The token with which the app joins the room. Required for a room of yours. */
  participant_token?: string | null | undefined;
  /** The ratio of the picture: `4:3`, `3:4` or `1:1`. Default: that of the API. */
  aspect_ratio?: string | null | undefined;
  /** Data to store with the session. It is not sent to the phone. */
  metadata?: object | null | undefined;
  /** The operations that the grant allows. Default: all operations on a session. */
  operations?: readonly string[] | null | undefined;
  /** The lifetime of its grants in seconds. Default: `grantSeconds` of the relay. */
  grant_seconds?: number | null | undefined;
  /** How long its grants can be renewed, in seconds. Default: `sessionSeconds` of the relay. */
  session_seconds?: number | null | undefined;
}

/** Lists these sessions, if the relay opened them for the user. */
export interface ListSessions {
  /** Their ids, at most 1,000, of which the first `limit` are listed. */
  sessions: readonly (string | number)[];
}

/** Resumes the session. */
export interface ResumeSession {
  /** The id in the request. */
  session_id: string | number;
  /** The operations that the grant allows. Default: all operations on a session. */
  operations?: readonly string[] | null | undefined;
  /** The lifetime of its grants in seconds. Default: `grantSeconds` of the relay. */
  grant_seconds?: number | null | undefined;
  /** How long from now its grants can be renewed, in seconds. Default: `sessionSeconds` of the relay. */
  session_seconds?: number | null | undefined;
}

/** Lists these agents. */
export interface ListAgents {
  /** Their ids. */
  agents: readonly (string | number)[];
}

/** Rejects the request. */
export interface Refused {
  /** The reason, for the user. */
  refused: string;
}

/** A request: the argument of `authorize`. Printing it does not print its headers. */
export interface RelayRequest {
  readonly method: string;
  /** The path below the relay's mount point, without the query. */
  readonly path: string;
  readonly headers: Headers;
  /** The app's own token, from the header `Authorization: Bearer …`, or null. */
  readonly token: string | null;
  /** The request of the framework. */
  readonly raw: Request | IncomingMessage;
}

class IncomingRequest implements RelayRequest {
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
 * Creates a relay, which a backend mounts so that its phone apps use AgentHuman without an API key.
 *
 *     const relay = createRelay({
 *       client: new AgentHuman(),
 *       authorize: ({ token }) => userOf(token),
 *       policy: (user, request) => (request.agents ? { agents: ["7"] } : { agent_id: "7", metadata: { user } }),
 *     });
 *     app.use("/agenthuman", relay.express());
 *
 * @throws {ConfigurationError} If an option is invalid. If there are no secrets, a warning is emitted, and requests fail.
 */
export function createRelay(options: RelayOptions): Relay {
  const trace = new Trace(createRelay);
  return converting(undefined, trace, () => {
    const { client, rooms, authorize, policy, onOpen, basePath, onError, ...rest } = named(
      options,
      "the options must be an object",
    );
    const core = coreOfAny(client);
    if (!core) throw new Unconvertible("client", "client must be an AgentHuman or AgentHumanRooms client");
    const roomsCore = ifSet(rooms, coreOfAny);
    if (rooms && !roomsCore) throw new Unconvertible("rooms", "rooms must be an AgentHumanRooms client");
    const functions = {
      authorize: callable(authorize, "authorize"),
      policy: callable(policy, "policy"),
      onOpen: ifSet(onOpen, (value) => callable(value, "onOpen")),
    };
    const base = ifSet(basePath, prefix) ?? "";
    const report = ifSet(onError, (value) => callable(value, "onError")) as OnRelayError | undefined;
    return mount(
      whenSecretsAreSet(rest.secrets, () => core.relay(roomsCore, rest, report, trace)),
      functions as Functions,
      base,
      report,
    );
  });
}

type Answer = (exchange: Exchange) => Promise<Delivery>;

/**
 * Opens the relay now, or at the first request if there are no secrets yet, such as during a build of Next.js, which loads
 * the module.
 */
function whenSecretsAreSet(secrets: unknown, open: () => Answer): Answer {
  let answer: Answer | undefined;
  try {
    answer = open();
  } catch (error) {
    const isUnset = ifSet(secrets, Boolean) === undefined && !process.env[SECRETS]?.trim();
    if (!isUnset || (error as AgentHumanError).parameter !== "secrets") throw error;
    process.emitWarning(`The relay has no secrets: set ${SECRETS}, or the option secrets. Until then its requests fail.`, {
      code: "AGENTHUMAN_RELAY_SECRETS",
    });
  }
  return async (exchange) => (answer ??= open())(exchange);
}

const SECRETS = "AGENTHUMAN_RELAY_SECRETS";

/** Returns the decision with the fields of its room, since a `Room` masks its token in JSON. */
function withRoom(decision: Decision | null): Decision | null {
  return decision !== null && "room" in decision ? { ...decision, room: { ...decision.room } } : decision;
}

type Functions = Pick<RelayOptions, "authorize" | "policy" | "onOpen">;

function prefix(basePath: unknown): string {
  const path = text(basePath, "basePath");
  if (!path.startsWith("/")) throw new Unconvertible("basePath", "basePath must start with /");
  return path.replace(/\/+$/, "");
}

function mount(answer: Answer, functions: Functions, base: string, onError: OnRelayError | undefined): Relay {
  const policy = async (user: string, request: string) => {
    const decision = await functions.policy(user, JSON.parse(request) as PolicyRequest);
    return JSON.stringify(plain(withRoom(decision ?? null), "policy"));
  };
  const onOpen = (user: string, session: string) => functions.onOpen?.(user, JSON.parse(session) as UserSession);
  /** Handles a request of either kind. */
  const serve = (
    raw: Request | IncomingMessage,
    headers: () => Headers,
    parts: Omit<Exchange, "method" | "authorize" | "policy" | "onOpen">,
  ): Promise<Delivery> => {
    const authorize = () => functions.authorize(new IncomingRequest(raw, parts.target, headers));
    return answer({ ...parts, method: asText(raw.method ?? ""), authorize, policy, onOpen });
  };

  return {
    async fetch(request) {
      if (!isRequest(request)) throw new TypeError("The argument of relay.fetch must be a Request of the Fetch API.");
      if (request.bodyUsed) throw bodyWasRead();
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
        if (next) {
          next(error);
          return;
        }
        if (onError) onError(error, { function: "request" });
        else process.emitWarning(error as Error);
        response.statusCode = 500;
        response.setHeader("content-type", "application/json");
        response.end(FAILED);
      };
      if (!isIncoming(request)) {
        fail(new TypeError("The arguments of the relay's handler must be a request and a response of node:http or Express."));
        return;
      }
      const body = bodyOf(request);
      if (body === undefined) {
        fail(bodyWasRead());
        return;
      }
      const disconnected = new AbortController();
      response.once("close", () => disconnected.abort());
      if (response.closed) disconnected.abort();
      // Express strips the mount point from `url`, and keeps the full path in `originalUrl`.
      const { originalUrl } = request as { originalUrl?: string };
      const whole = asText((base ? originalUrl : undefined) ?? request.url ?? "/");
      const headers = headersOf(request);
      const parts = { target: below(base, whole), headers, chunks: body, signal: disconnected.signal };
      serve(request, () => new Headers(pairs(headers)), parts)
        .then(({ status, headers, body, delivered }) => {
          if (disconnected.signal.aborted) {
            delivered(false);
            return;
          }
          response.once("close", () => delivered(response.writableFinished));
          response.once("finish", () => delivered(true));
          response.statusCode = status;
          const own = pairs(headers);
          for (const [name] of own) response.removeHeader(name);
          for (const [name, value] of own) response.appendHeader(name, value);
          response.end(body);
        })
        // If the client has disconnected, there is no one to respond to.
        .catch((error: unknown) => (disconnected.signal.aborted ? undefined : fail(error)));
    },
  };
}

/** The response to the phone if the relay is mounted incorrectly. */
const FAILED = JSON.stringify({ success: false, error: { code: "server", message: "The service failed (5xx)." } });

/** Converts a value of another type, which some adapters pass. */
function asText(value: unknown): string {
  return String(value);
}

function isRequest(value: unknown): value is Request {
  const request = value as Partial<Request> | null | undefined;
  return typeof request?.url === "string" && typeof request.headers?.get === "function";
}

function isIncoming(value: unknown): value is IncomingMessage {
  const request = value as Partial<IncomingMessage> | null | undefined;
  return typeof request?.headers === "object" && typeof request.on === "function";
}

/**
 * Returns the headers as received: names and values, alternating. Adapters of serverless platforms set only `headers`, with
 * some numbers as values.
 */
function headersOf({ rawHeaders, headers }: IncomingMessage): string[] {
  const raw = (rawHeaders ?? []).map(String);
  const known = new Set(raw.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()));
  for (const [name, value] of Object.entries(headers as Record<string, unknown>)) {
    if (known.has(name.toLowerCase()) || value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) raw.push(name, String(one));
  }
  return raw;
}

/** Returns the body: from a platform or a parser that has buffered it, or from the stream. Undefined if it is lost. */
function bodyOf(request: IncomingMessage): Chunks | undefined {
  const { rawBody, body } = request as { rawBody?: unknown; body?: unknown };
  const buffered = [rawBody, body].find((value) => typeof value === "string" || value instanceof Uint8Array);
  if (rawBody instanceof Uint8Array || typeof rawBody === "string") return bufferedChunks(rawBody);
  if (!request.readableDidRead && typeof request.iterator === "function") return nodeChunks(request);
  if (buffered !== undefined) return bufferedChunks(buffered);
  const { "content-length": length, "transfer-encoding": coding } = request.headers;
  return Number(length ?? 0) > 0 || coding !== undefined ? undefined : bufferedChunks("");
}

function bufferedChunks(body: string | Uint8Array): Chunks {
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

/** Returns the path below the mount point, or `/` if it is elsewhere. */
function below(base: string, target: string): string {
  if (base === "") return target;
  const rest = target.startsWith(base) ? target.slice(base.length) : "";
  return rest.startsWith("/") ? rest : "/";
}

function pairs(headers: readonly string[]): [string, string][] {
  return headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]] as [string, string]] : []));
}

function bodyWasRead(): Error {
  return new TypeError(
    "The body of this request was already read: mount the relay before any body parser, or keep its bytes in request.rawBody.",
  );
}

/** Reads the body on demand. The server handles the rest of it. */
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
  // By default, ending the iterator would close the connection before the response is sent.
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
