// The core as the resources see it: calls by the name of their operation.

import { Unconvertible, convertParams, count, entries, plain, seconds, textPairs } from "./convert.js";
import { type Hooks, drive } from "./drive.js";
import type { AgentHumanError, ErrorInfo } from "./error.js";
import { type Chunks, openFile } from "./file.js";
import { CreatedApiKey } from "./generated/models.js";
import { spellings } from "./generated/names.js";
import type { Model, ModelClass } from "./model.js";
import { type NativeCall, type NativeClient, native } from "./native.js";
import type { CallOptions, ClientOptions, RequestOptions, UploadOptions } from "./options.js";
import { Pages } from "./pages.js";
import { errorFrom } from "./raise.js";
import { Trace } from "./trace.js";

type Source = () => unknown;

/** What a call is made of. */
interface Prepared {
  params: string;
  options: string;
  hooks: Hooks;
  signal: AbortSignal | undefined;
}

export class Core {
  readonly #client: NativeClient;
  readonly #sources: { api_key: Source | undefined; token: Source | undefined };

  /** `caller` is the constructor that the user called. */
  constructor(given: ClientOptions | null | undefined, caller: Function) {
    const trace = new Trace(caller);
    const [sources, settings] = refusing(undefined, trace, () => {
      const options: ClientOptions = Object.fromEntries(entries(given ?? {}, "the options must be an object"));
      return [{ api_key: sourceOf(options.apiKey), token: sourceOf(options.token) }, JSON.stringify(config(options))];
    });
    this.#sources = sources;
    const opened = native.open(settings);
    if (typeof opened === "string") throw errorFrom(JSON.parse(opened) as ErrorInfo, trace);
    this.#client = opened;
  }

  /** Calls an operation that answers with a model. `caller` is the method that the user called. */
  async one<T extends Model>(
    caller: Function,
    operation: string,
    model: ModelClass<T>,
    params: unknown,
    options: CallOptions | undefined,
  ): Promise<T> {
    const { body } = await this.#call(new Trace(caller), operation, params, options);
    return new model(JSON.parse(body) as object);
  }

  /** Calls an operation that answers with nothing. */
  async nothing(caller: Function, operation: string, params: unknown, options: CallOptions | undefined): Promise<void> {
    await this.#call(new Trace(caller), operation, params, options);
  }

  /** A list, which is fetched as it is walked. */
  list<T extends Model>(
    caller: Function,
    operation: string,
    model: ModelClass<T>,
    params: unknown,
    options: CallOptions | undefined,
  ): Pages<T> {
    const trace = new Trace(caller);
    return new Pages(() => {
      const { hooks, signal, ...prepared } = this.#prepare(trace, operation, params, options);
      const pager = this.#client.pages(operation, prepared.params, prepared.options);
      return async () => {
        const call = pager.next();
        if (call === null) return undefined;
        const { body, next } = await drive(call, hooks, signal, trace);
        return { items: (JSON.parse(body) as object[]).map((item) => new model(item)), next };
      };
    });
  }

  /** Sends a request that the table does not know. */
  async request(caller: Function, method: string, path: string, options: RequestOptions | undefined): Promise<unknown> {
    const trace = new Trace(caller);
    const { body, credential, ...rest } = options ?? {};
    const prepared = this.#prepare(trace, "request", {}, rest);
    const call = refusing("request", trace, () => {
      const sent = body === undefined ? undefined : JSON.stringify(plain(body, "body"));
      const by = given(credential, (credential) => text(credential, "credential"));
      return this.#client.request(text(method, "method"), text(path, "path"), sent, by, prepared.options);
    });
    const reply = await drive(call, prepared.hooks, prepared.signal, trace);
    return JSON.parse(reply.body);
  }

  close(): void {
    this.#client.close();
  }

  /** What may be shown of it: the base URL, and the credentials masked. */
  summary(): Record<string, string> {
    const shown = Object.entries(JSON.parse(this.#client.summary()) as Record<string, string>);
    return Object.fromEntries(shown.map(([name, value]) => [spellings[name] ?? name, value]));
  }

  async #call(trace: Trace, operation: string, params: unknown, options: CallOptions | undefined) {
    const prepared = this.#prepare(trace, operation, params, options);
    const call: NativeCall = this.#client.call(operation, prepared.params, prepared.options);
    return drive(call, prepared.hooks, prepared.signal, trace);
  }

  #prepare(trace: Trace, operation: string, params: unknown, given: UploadOptions | null | undefined): Prepared {
    return refusing(operation, trace, () => {
      const { file, store, ...values } = Object.fromEntries(entries(params ?? {}, "the parameters must be an object"));
      const options: UploadOptions = Object.fromEntries(entries(given ?? {}, "the options must be an object"));
      const converted = convertParams(values);
      const called = callOptions(options);
      if (store !== undefined) converted["store"] = Boolean(callable(store, "store"));
      let chunks: Chunks | undefined;
      if (file !== undefined) {
        const opened = openFile(file);
        chunks = opened.chunks;
        converted["file"] = { ...opened.spec, progress: options.onProgress !== undefined };
      }
      const keep = store as ((created: CreatedApiKey) => unknown) | undefined;
      return {
        params: JSON.stringify(converted),
        options: called,
        signal: options.signal,
        hooks: {
          credential: (kind) => this.#sources[kind]?.(),
          chunks,
          onProgress: options.onProgress,
          store: keep && ((created) => keep(new CreatedApiKey(JSON.parse(created) as object))),
        },
      };
    });
  }
}

/** Runs a conversion; what it refuses becomes an error of the core. */
function refusing<T>(operation: string | undefined, trace: Trace, convert: () => T): T {
  try {
    return convert();
  } catch (refused) {
    if (!(refused instanceof Unconvertible)) throw refused;
    throw unconvertible(operation, refused, trace);
  }
}

function unconvertible(operation: string | undefined, { parameter, why }: Unconvertible, trace: Trace): AgentHumanError {
  const info = JSON.parse(native.unconvertible(operation ?? "", parameter, why)) as ErrorInfo;
  return errorFrom({ ...info, operation: operation ?? null }, trace);
}

function callOptions(options: UploadOptions): string {
  const { signal, timeout, maxRetries, headers, onProgress, ...unknown } = options;
  refuseUnknown(unknown);
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== "function") {
    throw new Unconvertible("signal", "signal must be an AbortSignal");
  }
  if (onProgress !== undefined) callable(onProgress, "onProgress");
  return JSON.stringify({
    timeout: given(timeout, (value) => seconds(value, "timeout")),
    max_retries: given(maxRetries, (value) => count(value, "maxRetries")),
    headers: given(headers, (value) => textPairs(value, "headers")),
  });
}

function config(options: ClientOptions): object {
  const { apiKey, apiKeyFile, token, baseURL, timeout, connectTimeout, maxRetries, maxBody, headers, routes, ...unknown } =
    options;
  refuseUnknown(unknown);
  if (apiKey && apiKeyFile) {
    throw new Unconvertible("apiKeyFile", "apiKey and apiKeyFile are both given, and only one can be used");
  }
  return {
    base_url: given(baseURL, (url) => text(url, "baseURL")),
    api_key: credential(apiKey, "apiKey") ?? given(apiKeyFile, (file) => ({ file: text(file, "apiKeyFile") })),
    token: credential(token, "token"),
    timeout: given(timeout, (value) => seconds(value, "timeout")),
    connect_timeout: given(connectTimeout, (value) => seconds(value, "connectTimeout")),
    max_retries: given(maxRetries, (value) => count(value, "maxRetries")),
    max_body: given(maxBody, (value) => count(value, "maxBody")),
    headers: given(headers, (value) => textPairs(value, "headers")),
    routes: given(routes, (value) => textPairs(value, "routes")),
  };
}

/** A name that was misspelt would be ignored otherwise, and its value with it. */
function refuseUnknown(options: object): void {
  for (const name of Object.keys(options)) throw new Unconvertible(name, `there is no option ${JSON.stringify(name)}`);
}

function callable(value: unknown, name: string): unknown {
  if (typeof value !== "function") throw new Unconvertible(name, `${name} must be a function`);
  return value;
}

function credential(value: unknown, option: string): unknown {
  if (typeof value === "function") return { function: true };
  return given(value, (value) => text(value, option));
}

function sourceOf(value: unknown): Source | undefined {
  return typeof value === "function" ? (value as Source) : undefined;
}

function text(value: unknown, option: string): string {
  if (typeof value !== "string") throw new Unconvertible(option, `${option} must be text`);
  return value;
}

function given<T, U>(value: T | undefined | null, convert: (value: T) => U): U | undefined {
  return value === undefined || value === null ? undefined : convert(value);
}
