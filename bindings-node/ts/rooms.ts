// The service for callers with a Daily or LiveKit room of their own: the exports of `agenthuman/rooms`.

import { Core } from "./core.js";
import type { RoomParams } from "./generated/rooms/params.js";
import { Resources } from "./generated/rooms/resources.js";
import { INSPECT, type Inspect, MASK } from "./mask.js";
import type { ClientOptions, RequestOptions } from "./options.js";
import type { RawResource, RawResponse } from "./raw.js";
import type { BaseClient } from "./base.js";

export { AgentHumanError, type Attempt } from "./error.js";
export type { Open, Unlisted } from "./generated/choices.js";
export * from "./generated/errors.js";
export type * from "./generated/rooms/choices.js";
export * from "./generated/rooms/models.js";
export * from "./generated/rooms/params.js";
export type * from "./generated/rooms/resources.js";
export type { AvatarInput } from "./inputs.js";
export { Model } from "./model.js";
export { Opened } from "./opened.js";
export { type Page, Pages } from "./pages.js";
export type { RawResource, RawResponse } from "./raw.js";

/** The options of a client. */
export interface RoomsOptions extends Omit<ClientOptions, "token"> {
  /**
   * The maximum number of sessions that `sessions.open` keeps open at the same time: a number, or `"auto"` for the maximum of the
   * plan, which is read once. Further calls wait for their turn, in the order in which they were made. Default: any number.
   */
  maxOpen?: number | "auto" | undefined;
}

/** The methods of a client, each of which resolves to a `RawResponse`. `sessions.open` has no such form. */
export type RawAgentHumanRooms = {
  readonly [Name in Exclude<keyof Resources, keyof BaseClient>]: Omit<RawResource<Resources[Name]>, "open">;
} & {
  request<T = unknown>(method: string, path: string, options?: RequestOptions): Promise<RawResponse<T>>;
};

/**
 * A client of the AgentHuman API for callers with a Daily or LiveKit room of their own, for servers. A session is an avatar in such
 * a room. It is paid by the minute, and has to be ended.
 *
 *     const client = new AgentHumanRooms();
 *     await using opened = await client.sessions.open({ avatar: "PUBLIC/Avatars/sara-office", room: Room.livekit(url, token) });
 *
 * The API key and the base URL come from the options, or from AGENTHUMAN_API_KEY and AGENTHUMAN_BASE_URL.
 */
export class AgentHumanRooms extends Resources {
  /**
   * @throws {ConfigurationError} If an option is invalid.
   * @throws {MalformedAPIKeyError} If the key is malformed.
   */
  constructor(options?: RoomsOptions) {
    // A derived client passes its core.
    const core =
      (options as unknown) instanceof Core ? (options as unknown as Core) : Core.open(options, AgentHumanRooms, CONTRACT);
    super(core, "AgentHumanRooms");
  }

  /**
   * The same methods, but each resolves to a `RawResponse`, which has the value, the status, the headers, the request id and
   * every attempt.
   */
  get withRawResponse(): RawAgentHumanRooms {
    return this.derived(this.rawCore()) as unknown as RawAgentHumanRooms;
  }
}

const CONTRACT = { surface: "rooms", without: ["token"], also: ["maxOpen"] } as const;

/** A room that an avatar joins. Printing it masks the token. */
export class Room implements RoomParams {
  readonly platform: RoomParams["platform"];
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly displayName: string | undefined;

  private constructor({ platform, url, token, displayName }: RoomParams) {
    this.platform = platform;
    this.url = url;
    this.token = token;
    this.displayName = displayName;
  }

  /** A LiveKit room: its URL (`wss://…`), and a token with which the avatar joins it. */
  static livekit(url: string, token: string, options: { displayName?: string } = {}): Room {
    return new Room({ platform: "livekit", url, token, ...options });
  }

  /** A Daily room: its URL (`https://…`), and a token with which the avatar joins it. */
  static daily(url: string, token: string, options: { displayName?: string } = {}): Room {
    return new Room({ platform: "daily", url, token, ...options });
  }

  /** A room of the service's own, which its documentation does not describe. The session says how to join it. */
  static proxy(): Room {
    return new Room({ platform: "proxy" });
  }

  /** Returns the room with its token masked. */
  toJSON(): Record<string, unknown> {
    const { platform, url, token, displayName } = this;
    return { platform, url, token: token && MASK, displayName };
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    return `Room ${inspect(this.toJSON(), options)}`;
  }
}
