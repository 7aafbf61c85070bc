// Tests without a server: a client whose responses the test provides, and models made from their fields.

import { AssertionError } from "node:assert";
import { AgentHuman } from "./client.js";
import { RESPOND } from "./core.js";
import { AgentHumanError } from "./error.js";
import { errorClasses } from "./generated/errors.js";
import { spellings } from "./generated/names.js";
import { type Stubs as RoomsStubs, returns as roomsReturns } from "./generated/rooms/testing.js";
import { type Stubs, returns } from "./generated/testing.js";
import { Model, type ModelClass } from "./model.js";
import type { Page } from "./pages.js";
import { AgentHumanRooms } from "./rooms.js";

export { Cassette, type CassetteOptions } from "./cassette.js";
export { DUMMY_KEY, DUMMY_TOKEN } from "./factory.js";
/** The factories of the models of `agenthuman/rooms`, such as `rooms.session()`. */
export * as rooms from "./generated/rooms/testing.js";
export {
  type AgentFields,
  type ApiKeyInfoFields,
  type AuthTokenFields,
  type AvatarFields,
  type CreatedApiKeyFields,
  type CreatedAvatarFields,
  type MessageExchangeFields,
  type MessageFields,
  type NewApiKeyInfoFields,
  type OtpRequestedFields,
  type RoleFields,
  type SessionFields,
  type UploadedAvatarFields,
  type UserFields,
  type VoiceFields,
  agent,
  apiKeyInfo,
  authToken,
  avatar,
  createdApiKey,
  createdAvatar,
  message,
  messageExchange,
  newApiKeyInfo,
  otpRequested,
  role,
  session,
  uploadedAvatar,
  user,
  voice,
} from "./generated/testing.js";

/** The name of an operation, such as `sessions.create`; `request` is `client.request`. */
export type MockOperation = keyof Stubs;

/** The name of an operation of `agenthuman/rooms`. */
export type RoomsMockOperation = keyof RoomsStubs;

/** A call that a mock received. */
export interface MockCall<Operation extends string = MockOperation | RoomsMockOperation> {
  /** The operation. */
  readonly operation: Operation;
  /** The parameters that were passed, by name. A file is an object of what is known of it; its content is not read. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Tests read the fields without casts.
  readonly params: Readonly<Record<string, any>>;
  /** The options that were passed for this call. */
  readonly options: {
    /** In milliseconds. */
    readonly timeout?: number;
    readonly maxRetries?: number;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

/** The fields of an error. All have defaults by the kind of error. */
export interface MockErrorFields {
  message?: string;
  suggestion?: string;
  /** The HTTP status. */
  status?: number;
  details?: unknown;
  requestId?: string;
  retryable?: boolean;
  /** In seconds. */
  retryAfter?: number;
  outcomeUnknown?: boolean;
  /** The phase of the call that failed, such as `connect`. */
  phase?: string;
  parameter?: string;
}

/** A call of an operation for which the mock has no response. */
export class UnexpectedCallError extends AssertionError {
  override readonly name = "UnexpectedCallError";
}

/** What an operation returns. */
export interface Returns {
  readonly answer: "one" | "list" | "nothing" | "request";
  readonly model?: ModelClass;
}

/** Responses for the client of a contract, by operation. */
export abstract class Mocked<Client, Stubs extends object> {
  /** The client. */
  readonly client: Client;
  readonly #returns: ReadonlyMap<string, Returns>;
  readonly #factories: string;
  readonly #calls: MockCall<keyof Stubs & string>[] = [];
  readonly #stubs = new Map<string, Stub<never>>();

  /** @internal */
  constructor(client: new (options: object) => Client, returns: ReadonlyMap<string, Returns>, factories: string) {
    this.client = new client({ [RESPOND]: (call: string) => this.#respond(call) });
    this.#returns = returns;
    this.#factories = factories;
  }

  /** Every call that passed the checks of its parameters, in order. */
  get calls(): readonly MockCall<keyof Stubs & string>[] {
    return this.#calls;
  }

  /**
   * Returns what configures the responses of an operation. Responses from an earlier `on` are removed.
   *
   * @throws {TypeError} If the operation is unknown.
   */
  on<O extends keyof Stubs & string>(operation: O): Stubs[O] {
    const found = this.#returns.get(operation);
    if (!found) throw new TypeError(`unknown operation ${JSON.stringify(operation)}`);
    const stub = new stubs[found.answer](operation, found.model);
    this.#stubs.set(operation, stub);
    return stub as unknown as Stubs[O];
  }

  /**
   * Asserts that these operations were called, in this order, and no others.
   *
   * @throws {AssertionError} If they were not.
   */
  assertCalls(...operations: (keyof Stubs & string)[]): void {
    const actual = this.#calls.map((call) => call.operation);
    if (actual.join() === operations.join()) return;
    const message = `expected calls of [${operations.join(", ")}]; got [${actual.join(", ")}]`;
    throw new AssertionError({ message, actual, expected: operations, operator: "assertCalls" });
  }

  /**
   * Asserts that every response was used, and that no call was unexpected.
   *
   * @throws {AssertionError} If a response was not used, or a call was unexpected.
   */
  assertAllCalled(): void {
    const unused = [...this.#stubs].filter(([, stub]) => stub.used < Math.max(1, stub.size));
    if (unused.length > 0) {
      const names = unused.map(([operation, stub]) => `${operation} (${stub.used} of ${stub.size} responses)`);
      throw new AssertionError({ message: `responses that were not used: ${names.join(", ")}` });
    }
    const unexpected = this.#calls.filter((call) => !this.#stubs.get(call.operation)?.size);
    if (unexpected.length > 0) {
      throw new AssertionError({ message: `unexpected calls of ${unexpected.map((call) => call.operation).join(", ")}` });
    }
  }

  /** Removes all responses and recorded calls. */
  reset(): void {
    this.#stubs.clear();
    this.#calls.length = 0;
  }

  async #respond(text: string): Promise<string> {
    const call = callOf<keyof Stubs & string>(text);
    this.#calls.push(call);
    const stub = this.#stubs.get(call.operation);
    const answer = stub?.take();
    if (!stub || !answer) {
      // The values may be secrets.
      const names = Object.keys(call.params);
      const passed = names.length > 0 ? ` with ${names.join(", ")}` : "";
      throw new UnexpectedCallError({
        message: `unexpected call of ${call.operation}${passed}. Add ${this.#example(call.operation)}`,
      });
    }
    return stub.text(await answer(call as MockCall));
  }

  /** How to configure an operation. */
  #example(operation: string): string {
    const { answer, model } = this.#returns.get(operation)!;
    const made = model ? `${this.#factories}${model.name.charAt(0).toLowerCase()}${model.name.slice(1)}()` : "";
    const values = { one: made, list: `[${made}]`, nothing: "", request: "{}" };
    return `mock.on("${operation}").returns(${values[answer]})`;
  }
}

/**
 * Responses for a client, by operation.
 *
 *     const mock = new Mock();
 *     mock.on("sessions.create").returns(session({ id: "5", status: "active" }));
 *     const created = await mock.client.sessions.create({ agentId: "7" });
 *
 * The client checks parameters and returns models and errors as any other client, and sends nothing. It needs no credential and
 * no sandbox.
 */
export class Mock extends Mocked<AgentHuman, Stubs> {
  constructor() {
    super(AgentHuman, returns, "");
  }
}

/**
 * The same for the client of `agenthuman/rooms`. `rooms` has the factories of its models.
 *
 *     const mock = new RoomsMock();
 *     mock.on("sessions.create").returns(rooms.session({ id: "sess_1" }));
 *
 * The session that `sessions.open` returns is ended by `sessions.end`, which needs a response too.
 */
export class RoomsMock extends Mocked<AgentHumanRooms, RoomsStubs> {
  constructor() {
    super(AgentHumanRooms, roomsReturns, "rooms.");
  }
}

type Answer = (call: MockCall) => unknown;

/** The JSON of a response. */
class Ready {
  constructor(readonly text: string) {}
}

/**
 * The responses of one operation. Each is used once, in the order in which they were added; the last one is used for all calls
 * that follow.
 */
export abstract class Stub<V> {
  /** @internal */
  readonly operation: string;
  /** @internal */
  readonly model: ModelClass | undefined;
  readonly #answers: Answer[] = [];
  #used = 0;

  /** @internal */
  constructor(operation: string, model: ModelClass | undefined) {
    this.operation = operation;
    this.model = model;
  }

  /** How many responses were added. */
  get size(): number {
    return this.#answers.length;
  }

  /** How many of them have been used. */
  get used(): number {
    return this.#used;
  }

  /**
   * Adds an error: by its code, by its class, or an error to be thrown as it is.
   *
   * @throws {TypeError} If the code is unknown.
   */
  rejects(error: keyof typeof errorClasses | ErrorClass | Error, fields: MockErrorFields = {}): this {
    if (error instanceof Error) {
      return this.add(() => {
        throw error;
      });
    }
    const code = typeof error === "string" ? error : error.code;
    if (!Object.hasOwn(errorClasses, code)) throw new TypeError(`unknown error code ${JSON.stringify(code)}`);
    const entries = Object.entries(fields).map(([name, value]) => {
      const field = errorFields.get(name);
      if (field === undefined) throw new TypeError(`an error has no field ${name}`);
      return [field, value] as const;
    });
    return this.addText({ error: { code, ...Object.fromEntries(entries) } });
  }

  /** Adds a function that is called with the call, and returns what `returns` takes, or throws. It may be async. */
  responds(respond: (call: MockCall) => V | Promise<V>): this {
    return this.add(respond);
  }

  /** The answer to the next call. @internal */
  take(): Answer | undefined {
    const answer = this.#answers[Math.min(this.#used, this.#answers.length - 1)];
    this.#used = Math.min(this.#used + 1, this.#answers.length);
    return answer;
  }

  /** The JSON of the response that an answer made. @internal */
  text(value: unknown): string {
    return value instanceof Ready ? value.text : JSON.stringify(this.response(value));
  }

  /** @internal */
  abstract response(value: unknown): object;

  /** @internal */
  add(answer: Answer): this {
    this.#answers.push(answer);
    return this;
  }

  /** @internal */
  addText(response: object): this {
    const ready = new Ready(JSON.stringify(response));
    return this.add(() => ready);
  }

  /** @internal */
  addValues(values: readonly unknown[]): this {
    if (values.length === 0) throw new TypeError("returns() takes at least one value");
    for (const response of values.map((value) => this.response(value))) this.addText(response);
    return this;
  }

  /** @internal */
  checked(value: unknown): Model {
    const model = this.model!;
    if (value instanceof model) return value;
    throw new TypeError(`${this.operation} returns a ${model.name}; got ${nameOf(value)}`);
  }
}

/** The responses of an operation that returns one model. */
export class OneStub<T extends Model> extends Stub<T> {
  /**
   * Adds responses.
   *
   * @throws {TypeError} If a value is not the operation's model.
   */
  returns(...values: T[]): this {
    return this.addValues(values);
  }

  /** @internal */
  response(value: unknown): object {
    return { body: this.checked(value) };
  }
}

/** The responses of an operation that returns a list. */
export class ListStub<T extends Model> extends Stub<readonly T[] | Page<T>> {
  /**
   * Adds responses, each of which is one page: its items, or a page with a cursor.
   *
   * @throws {TypeError} If an item is not the operation's model.
   */
  returns(...pages: (readonly T[] | Page<T>)[]): this {
    return this.addValues(pages);
  }

  /**
   * Adds one list of several pages, which can be walked any number of times: each call gets the page that its parameter `after`
   * names.
   *
   * @throws {TypeError} If an item is not the operation's model.
   */
  pages(...pages: (readonly T[])[]): this {
    const cursor = (page: number) => (page < pages.length ? `page-${page + 1}` : null);
    const ready = pages.map((items, page) => new Ready(JSON.stringify(this.response({ items, next: cursor(page + 1) }))));
    const cursors = pages.map((_, page) => (page === 0 ? undefined : cursor(page)));
    return this.add((call) => ready[cursors.indexOf(call.params.after as string | undefined)] ?? []);
  }

  /** @internal */
  response(value: unknown): object {
    const page = (Array.isArray(value) ? { items: value as unknown[], next: null } : value) as Page<unknown> | undefined;
    if (!Array.isArray(page?.items)) throw new TypeError(`${this.operation} returns a list of models; got ${nameOf(value)}`);
    return { body: page.items.map((item) => this.checked(item)), next: page.next };
  }
}

/** The responses of an operation that returns nothing. */
export class NothingStub extends Stub<void> {
  /** Adds a success. */
  returns(value?: undefined): this {
    return this.addValues([value]);
  }

  /** @internal */
  response(value: unknown): object {
    if (value !== undefined) throw new TypeError(`${this.operation} returns nothing; got ${nameOf(value)}`);
    return {};
  }
}

/** The responses of `client.request`. */
export class RequestStub extends Stub<unknown> {
  /** Adds responses: any JSON values. */
  returns(...values: unknown[]): this {
    return this.addValues(values);
  }

  /** @internal */
  response(value: unknown): object {
    return { body: value ?? null };
  }
}

/** A class of errors. */
export interface ErrorClass {
  readonly code: string;
  readonly prototype: AgentHumanError;
}

const stubs = { one: OneStub, list: ListStub, nothing: NothingStub, request: RequestStub };

/** The canonical names of an error's fields. */
const errorFields = new Map<string, string>([
  ["message", "message"],
  ["suggestion", "suggestion"],
  ["status", "status"],
  ["details", "details"],
  ["requestId", "request_id"],
  ["retryable", "retryable"],
  ["retryAfter", "retry_after"],
  ["outcomeUnknown", "outcome_unknown"],
  ["phase", "phase"],
  ["parameter", "parameter"],
] satisfies [keyof MockErrorFields, string][]);

function callOf<Operation extends string>(text: string): MockCall<Operation> {
  const { operation, params, options } = JSON.parse(text) as {
    operation: Operation;
    params: Record<string, unknown>;
    options: { timeout?: number; max_retries?: number; headers?: Record<string, string> };
  };
  const spelled = Object.entries(params).map(([name, value]) => [spellings.get(name) ?? name, value]);
  return {
    operation,
    params: Object.fromEntries(spelled) as Record<string, unknown>,
    options: {
      ...(options.timeout !== undefined && { timeout: options.timeout * 1000 }),
      ...(options.max_retries !== undefined && { maxRetries: options.max_retries }),
      ...(options.headers && { headers: options.headers }),
    },
  };
}

function nameOf(value: unknown): string {
  return value === null ? "null" : typeof value === "object" ? value.constructor.name : typeof value;
}
