/**
 * The client of the AgentHuman API for servers, with its models and errors.
 *
 * @module agenthuman
 */

export { AgentHuman } from "./client.js";
export { AgentHumanError, type Attempt } from "./error.js";
export type { FileContent, FileInput, NamedFile } from "./file.js";
export type * from "./generated/choices.js";
export * from "./generated/errors.js";
export * from "./generated/models.js";
export * from "./generated/params.js";
export type * from "./generated/resources.js";
export { Model } from "./model.js";
export type {
  AppInfo,
  CallEvent,
  CallOptions,
  ClientOptions,
  DefaultOptions,
  HeaderPairs,
  Hooks,
  LogLevel,
  Logger,
  Progress,
  RateLimitWait,
  RequestEvent,
  RequestOptions,
  ResponseEvent,
  RetryEvent,
  UploadOptions,
} from "./options.js";
export { type Page, Pages } from "./pages.js";
export type { RawAgentHuman, RawResource, RawResponse } from "./raw.js";
