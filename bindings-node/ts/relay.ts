// The relay: what a backend mounts so that its phone apps use AgentHuman without an API key. The rules are the core's; here
// are the two ways of mounting it, and the backend's own two functions.

import type { IncomingMessage, ServerResponse } from "node:http";
import { type AgentHuman, coreOf } from "./client.js";
import { Unconvertible, given, named, plain } from "./convert.js";
import { type Exchange, refusing } from "./core.js";
import type { AgentHumanError } from "./error.js";
import { type Chunks, nextChunk } from "./file.js";
import type { Done } from "./native.js";
import { callable, text } from "./settings.js";
import { Trace } from "./trace.js";

/** What a relay is set up with. */
export interface RelayOptions {
  /** The client that it uses, with the backend's own credential. */
  client: AgentHuman;
  /**
   * Says whose request it is, by the app's own token: the user's id, or null where the token is not good. What it throws is
   * shown to nobody: the phone is told of a failure of the server, and the client's logger the name of the error's class.
   */
  authorize: (request: RelayRequest) => string | null | undefined | Promise<string | null | undefined>;
  /** Says what becomes of a user's wish; null is no. What it throws is shown to nobody either. */
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
  maxBody?: number | undefined;
  /** How many requests a user may make a minute, at each copy of the backend; 0 is no limit. By default 120. */
  requestsPerMinute?: number | undefined;
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
    const { client, authorize, policy, basePath, ...rest } = named(options, "the options must be an object");
    const core = coreOf(client);
    if (!core) throw new Unconvertible("client", "client must be an AgentHuman client");
    const functions = { authorize: callable(authorize, "authorize"), policy: callable(policy, "policy") };
    const base = given(basePath, prefix) ?? "";
    return mounted(
      whenSecretsAreSet(rest.secrets, () => core.relay(rest, trace)),
      functions as Functions,
      base,
    );
  });
}

type Answer = (exchange: Exchange) => Promise<Done>;

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

function mounted(answer: Answer, functions: Functions, base: string): Relay {
  const policy = async (user: string, wish: string) => {
    const decision = await functions.policy(user, JSON.parse(wish) as Wish);
    return JSON.stringify(plain(decision ?? null, "policy"));
  };
  /** The one way of a request, however it came. */
  const serve = (
    raw: Request | IncomingMessage,
    headers: () => Headers,
    parts: Omit<Exchange, "method" | "authorize" | "policy">,
  ): Promise<Done> => {
    const authorize = () => functions.authorize(new Asked(raw, parts.target, headers));
    return answer({ ...parts, method: raw.method ?? "", authorize, policy });
  };

  return {
    async fetch(request) {
      if (request.bodyUsed) throw wasRead();
      const { pathname, search } = new URL(request.url);
      const { status, headers, body } = await serve(request, () => request.headers, {
        target: below(base, pathname + search),
        headers: [...request.headers].flat(),
        chunks: webChunks(request),
        signal: request.signal,
      });
      return new Response(body || null, { status: status!, headers: pairs(headers!) });
    },

    express: () => (request, response, next) => {
      const fail = (error: unknown) => {
        if (next) return next(error);
        process.emitWarning(error as Error);
        response.statusCode = 500;
        response.end();
      };
      if (request.readableDidRead) return fail(wasRead());
      const gone = new AbortController();
      response.once("close", () => gone.abort());
      if (response.closed) gone.abort();
      // Express takes off what the relay is mounted at, and keeps the whole.
      const { originalUrl } = request as { originalUrl?: string };
      const whole = (base ? originalUrl : undefined) ?? request.url ?? "/";
      const parts = {
        target: below(base, whole),
        headers: request.rawHeaders,
        chunks: nodeChunks(request),
        signal: gone.signal,
      };
      serve(request, () => new Headers(pairs(request.rawHeaders)), parts).then(
        ({ status, headers, body }) => {
          response.statusCode = status!;
          const own = pairs(headers!);
          for (const [name] of own) response.removeHeader(name);
          for (const [name, value] of own) response.appendHeader(name, value);
          response.end(body);
        },
        // Where the request is gone, nobody is left to be told.
        (error: unknown) => (gone.signal.aborted ? undefined : fail(error)),
      );
    },
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
  return new TypeError("The body of this request was read already: mount the relay before any body parser.");
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
