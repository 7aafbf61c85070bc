// The calls of a client, by the name of their operation.

import { inspect } from "node:util";
import { Bridge } from "./bridge.js";
import { type Contract, clientConfig, callOptions, callable, defaultOptions, text } from "./settings.js";
import { Unconvertible, Unknown, convertParams, ifSet, named, own, plain } from "./convert.js";
import { type Hooks, type Respond, drive } from "./drive.js";
import type { AgentHumanError, ErrorInfo } from "./error.js";
import { type Chunks, openFile } from "./file.js";
import { CreatedApiKey } from "./generated/models.js";
import { spellings } from "./generated/names.js";
import { Model, type ModelClass } from "./model.js";
import { type Done, type NativeCassette, type Reported, native } from "./native.js";
import { type Observer, observer, reporter } from "./observe.js";
import type { CallOptions, ClientOptions, DefaultOptions, RequestOptions, UploadOptions } from "./options.js";
import { Opened } from "./opened.js";
import { type Page, Pages } from "./pages.js";
import { errorFrom, errorOf } from "./raise.js";
import { rawResponse } from "./raw.js";
import { Items } from "./items.js";
import { Trace } from "./trace.js";
import { callerKinds } from "./within.js";

/** The converted parameters and options of a call. */
interface Prepared {
  params: string;
  options: string;
  hooks: Hooks;
}

/** The parameters that stay on this side: the core learns only that they are there. */
const HOST_PARAMS: ReadonlySet<string> = new Set(["file", "store"]);

/** The option with which a mock provides responses. It is a symbol, so that users cannot set it. */
export const RESPOND = Symbol("respond");

/** The option with which a cassette records and replays. */
export const CASSETTE = Symbol("cassette");

/** A request to the relay, and the user's functions that it may need. */
export interface Exchange extends Required<Pick<Hooks, "chunks" | "signal" | "authorize" | "policy" | "onOpen">> {
  method: string;
  /** The path below the relay's mount point, and the query. */
  target: string;
  /** Names and values, alternating. */
  headers: string[];
}

/** The response of the relay. */
export interface Delivery {
  status: number;
  /** Names and values, alternating. */
  headers: string[];
  body: string;
  /** Reports whether the response was sent. If not, the session that it opened is ended. */
  delivered: (wasSent: boolean) => void;
}

/** Receives errors that the backend's functions threw. */
export type OnRelayError = (error: unknown, context: { readonly function: string }) => void;

/** Starts a call and returns its number, or null after the last page. `within`: see `callerKinds`. */
type Begin = (detailed: boolean, within: string[] | undefined) => number | null;

/** The parts that a client shares with those that are derived from it. */
interface Shared {
  readonly bridge: Bridge;
  readonly sources: Hooks["sources"];
  readonly observer: Observer;
  readonly onEvent: (reported: Reported) => void;
  readonly respond: Respond | undefined;
}

/** What the methods return. */
type Returns = "value" | "rawResponse";

export class Core {
  readonly #shared: Shared;
  readonly #defaults: DefaultOptions;
  readonly #returns: Returns;

  private constructor(shared: Shared, defaults: DefaultOptions, returns: Returns) {
    this.#shared = shared;
    this.#defaults = defaults;
    this.#returns = returns;
  }

  /** Creates a client. `caller` is the constructor that the user called, for the stack trace. */
  static open(input: ClientOptions | null | undefined, caller: Function, contract?: Contract): Core {
    const trace = new Trace(caller);
    const [options, settings] = converting(undefined, trace, () => {
      const options: ClientOptions = named(input ?? {}, "the options must be an object");
      return [options, clientConfig(options, contract)];
    });
    const sources = { api_key: sourceOf(options.apiKey), token: sourceOf(options.token) };
    const watcher = observer(options);
    const { [RESPOND]: respond, [CASSETTE]: cassette } = options as { [RESPOND]?: Respond; [CASSETTE]?: NativeCassette };
    const bridge = Bridge.open((onStep) => {
      if (respond) return native.openMock(contract?.surface ?? "server", onStep);
      return cassette ? cassette.open(settings, onStep) : native.open(settings, onStep);
    });
    if (typeof bridge === "string") throw errorFrom(JSON.parse(bridge) as ErrorInfo, trace);
    return new Core({ bridge, sources, observer: watcher, onEvent: reporter(options, watcher), respond }, {}, "value");
  }

  /** Returns a client with other defaults that shares everything else with this one. */
  withOptions(caller: Function, input: DefaultOptions): Core {
    const changed = converting(undefined, new Trace(caller), () => defaultOptions(named(input, "the options must be an object")));
    const { timeout = this.#defaults.timeout, maxRetries = this.#defaults.maxRetries } = changed;
    return new Core(this.#shared, own({ timeout, maxRetries }), this.#returns);
  }

  /** Returns a client whose methods return a `RawResponse`. */
  withRawResponse(): Core {
    return new Core(this.#shared, this.#defaults, "rawResponse");
  }

  /** Calls an operation that returns a model. `caller` is the method that the user called, for the stack trace. */
  async one<T extends Model>(
    caller: Function,
    operation: string,
    model: ModelClass<T>,
    params: object | undefined,
    options: CallOptions | undefined,
  ): Promise<T> {
    const done = await this.#call(new Trace(caller), operation, params, options);
    return this.#result(new model(parsed(done) as object), done);
  }

  /** Opens a session, and returns it with what ends it. */
  async open<T extends Model & { readonly id: string }>(
    caller: Function,
    operation: string,
    model: ModelClass<T>,
    params: object | undefined,
    options: CallOptions | undefined,
  ): Promise<Opened<T>> {
    const trace = new Trace(caller);
    const session = new model(parsed(await this.#call(trace, operation, params, options)) as object);
    return new Opened(session, async () => {
      await this.#call(new Trace(this.open), "sessions.end", { id: session.id }, undefined);
    });
  }

  /** Calls an operation without a result. */
  async nothing(
    caller: Function,
    operation: string,
    params: object | undefined,
    options: CallOptions | undefined,
  ): Promise<void> {
    // eslint-disable-next-line @typescript-eslint/no-confusing-void-expression -- The result may be a `RawResponse`.
    return this.#result(undefined, await this.#call(new Trace(caller), operation, params, options));
  }

  /** Returns a list, which is fetched during iteration. */
  list<T extends Model>(
    caller: Function,
    operation: string,
    model: ModelClass<T>,
    params: object | undefined,
    options: CallOptions | undefined,
  ): Pages<T> {
    const trace = new Trace(caller);
    const start = () => {
      const prepared = this.#prepare(trace, operation, params, options);
      const pager = this.#shared.bridge.client.pages(operation, prepared.params, prepared.options);
      const begin: Begin = (detailed, within) => pager.next(detailed, within);
      return async () => {
        const done = await this.#run(operation, begin, prepared, trace);
        return done === undefined ? undefined : this.#result<Page<T>>({ items: items(model, done), next: nextOf(done) }, done);
      };
    };
    // The types of raw responses are in `RawResource`.
    if (this.#returns === "rawResponse") return firstPage(start) as unknown as Pages<T>;
    return new Pages(start);
  }

  /** Sends a request to a path without an operation. */
  async request(caller: Function, method: string, path: string, options: RequestOptions | undefined): Promise<unknown> {
    const trace = new Trace(caller);
    const { body, credential, ...rest } = own(options ?? {});
    const prepared = this.#prepare(trace, "request", {}, rest);
    const sent = converting("request", trace, () => ({
      body: body === undefined ? undefined : JSON.stringify(plain(body, "body")),
      credential: ifSet(credential, (credential) => text(credential, "credential")),
      method: text(method, "method"),
      path: text(path, "path"),
    }));
    const begin: Begin = (...how) => this.#shared.bridge.client.request(own(sent), prepared.options, ...how);
    const done = (await this.#run("request", begin, prepared, trace))!;
    return this.#result(parsed(done), done);
  }

  /**
   * Creates a relay that uses this client, and another for rooms, and returns its handler. `onError` receives errors of the
   * backend's functions.
   */
  relay(
    rooms: Core | undefined,
    options: object,
    onError: OnRelayError | undefined,
    trace: Trace,
  ): (exchange: Exchange) => Promise<Delivery> {
    const converted = JSON.stringify(convertParams(options as Record<string, unknown>, "option"));
    const relay = this.#shared.bridge.client.relay(rooms === undefined ? undefined : rooms.#shared.bridge.client, converted);
    const sourcesOf = (contract: string) => (contract === "rooms" && rooms ? rooms : this).#shared.sources;
    if (typeof relay === "string") throw errorFrom(JSON.parse(relay) as ErrorInfo, trace);
    const report = (functionName: string, why: string, error: unknown, token: string) => {
      if (onError) {
        try {
          onError(error ?? new TypeError(`${functionName} ${why}`), { function: functionName });
          return;
        } catch (failed) {
          error = failed;
          why = "failed, and onError threw";
        }
      }
      const stack = error instanceof Error ? (error.stack ?? `${error}`) : error === undefined ? "" : inspect(error);
      const text = `relay: ${functionName} ${why}${stack && `: ${stack}`}`;
      this.#shared.observer.error(token ? text.replaceAll(token, "[token]") : text);
    };
    return async ({ method, target, headers, ...functions }) => {
      const authorization = headers.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === "authorization");
      const token = authorization < 0 ? "" : headers[authorization + 1].replace(/^\S+ /, "");
      const onFailed: Hooks["onFailed"] = (what, why, error) => {
        // An incomplete body is not an error of the backend.
        if (what !== "chunk") report(what, why, error, token);
      };
      const hooks: Hooks = {
        ...functions,
        sources: this.#shared.sources,
        sourcesOf,
        onProgress: undefined,
        onEvent: undefined,
        onWarning: undefined,
        onNote: undefined,
        onFailed,
        store: undefined,
        respond: undefined,
      };
      const done = (await drive(this.#shared.bridge, () => relay.handle(method, target, headers), hooks, trace)) as Done;
      if (done.status! >= 500 || done.cause) {
        const id = done.headers![done.headers!.indexOf("x-request-id") + 1];
        this.#shared.observer.warn(`relay: status ${done.status}, request id ${id}${done.cause ? `: ${done.cause}` : ""}`);
      }
      const { status, body, opened } = done;
      const delivered = (wasSent: boolean) => opened !== undefined && relay.delivered(opened, wasSent);
      return { status: status!, headers: done.headers!, body: body!, delivered };
    };
  }

  close(): void {
    this.#shared.bridge.client.close();
  }

  /** Returns the base URL and the masked credentials. */
  summary(): Record<string, string> {
    const entries = Object.entries(JSON.parse(this.#shared.bridge.client.summary()) as Record<string, string>);
    return Object.fromEntries(entries.map(([name, value]) => [spellings.get(name) ?? name, value]));
  }

  async #call(
    trace: Trace,
    operation: string,
    input: object | undefined,
    callInput: CallOptions | undefined,
  ): Promise<string | Done> {
    const prepared = this.#prepare(trace, operation, input, callInput);
    const { params, options } = prepared;
    const begin: Begin = (...how) => this.#shared.bridge.client.call(operation, params, options, ...how);
    return (await this.#run(operation, begin, prepared, trace))!;
  }

  /** Returns what the user's method resolves to. The types of raw responses are in `RawResource`. */
  #result<T>(value: T, done: string | Done): T {
    return this.#returns === "value" ? value : (rawResponse(value, done as Done) as T);
  }

  #run(operation: string, begin: Begin, { hooks }: Prepared, trace: Trace): Promise<string | Done | undefined> {
    const within = callerKinds(this.#shared.bridge);
    const run = (detailed: boolean) => drive(this.#shared.bridge, () => begin(detailed, within), hooks, trace);
    const isWatched = this.#shared.observer.isWatching();
    return isWatched ? this.#shared.observer.watch(operation, () => run(true)) : run(this.#returns === "rawResponse");
  }

  #prepare(trace: Trace, operation: string, input: object | undefined, callInput: UploadOptions | null | undefined): Prepared {
    return converting(operation, trace, () => {
      const values = named(input ?? {}, "the parameters must be an object");
      const { file, store } = values;
      const options: UploadOptions = named(callInput ?? {}, "the options must be an object");
      const converted = convertParams(values, "parameter", HOST_PARAMS);
      const settings = callOptions(options, this.#defaults);
      if (store !== undefined) converted.store = Boolean(callable(store, "store"));
      let chunks: Chunks | undefined;
      if (file !== undefined) {
        const opened = openFile(file);
        chunks = opened.chunks;
        converted.file = own({ ...opened.spec, progress: options.onProgress !== undefined });
      }
      const keep = store as ((created: CreatedApiKey) => unknown) | undefined;
      return {
        params: JSON.stringify(converted),
        options: settings,
        hooks: {
          sources: this.#shared.sources,
          sourcesOf: undefined,
          signal: options.signal,
          chunks,
          onProgress: options.onProgress,
          onEvent: this.#shared.onEvent,
          onWarning: this.#shared.observer.warn,
          onNote: this.#shared.observer.notice,
          onFailed: undefined,
          authorize: undefined,
          policy: undefined,
          onOpen: undefined,
          respond: this.#shared.respond,
          store: keep && ((created) => keep(new CreatedApiKey(JSON.parse(created) as object))),
        },
      };
    });
  }
}

async function firstPage<T>(start: () => () => Promise<T>): Promise<T> {
  return await start()();
}

function parsed(done: string | Done): unknown {
  if (typeof done === "string") return JSON.parse(done);
  // Only lists of models are returned as items.
  return JSON.parse(done.body ?? "null");
}

function items<T extends Model>(model: ModelClass<T>, done: string | Done): T[] {
  if (typeof done !== "string" && done.items) return Model.ofItems(model, new Items(done.items, model.shape));
  return (parsed(done) as object[]).map((item) => new model(item));
}

function nextOf(done: string | Done): string | null {
  return typeof done === "string" ? null : (done.next ?? null);
}

/** Runs a conversion. If it rejects a value, throws the error that the core creates. */
export function converting<T>(operation: string | undefined, trace: Trace, convert: () => T): T {
  try {
    return convert();
  } catch (refused) {
    if (refused instanceof Unconvertible) {
      throw ofCall(native.unconvertible(operation ?? "", refused.parameter, refused.why));
    }
    if (refused instanceof Unknown) {
      const { what, name, known } = refused;
      throw ofCall(what === "option" ? native.unknownOption(name, known) : native.unknownParameter(name, known));
    }
    throw refused;
  }

  function ofCall(json: string): AgentHumanError {
    return errorOf({ ...(JSON.parse(json) as ErrorInfo), operation: operation ?? null }, trace);
  }
}

function sourceOf(value: unknown): (() => unknown) | undefined {
  return typeof value === "function" ? (value as () => unknown) : undefined;
}
