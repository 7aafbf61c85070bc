// The file of an upload: its description for the core, and reading its chunks.

import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { Unconvertible, count, own, property } from "./convert.js";

/** The content of a file: bytes, a `Blob` or `File`, a stream of Node or of the web, or chunks of bytes. */
export type FileContent =
  Uint8Array | ArrayBuffer | Blob | AsyncIterable<Uint8Array> | Iterable<Uint8Array> | { getReader(): unknown };

/** A file to upload: its path, its content, or either with a name and a media type. */
export type FileInput = string | URL | FileContent | NamedFile;

/** A file with a name and a media type. Set either `path` or `content`. */
export interface NamedFile {
  path?: string | URL | undefined;
  content?: FileContent | undefined;
  /** The file name. Default: that of the path or the `File`. */
  name?: string | undefined;
  /** The media type, such as `image/png`. Default: that of the `Blob`, or of the file extension. */
  contentType?: string | undefined;
  /** The length of a stream in bytes, if known. */
  length?: number | undefined;
}

interface Spec {
  path?: string;
  name?: string;
  content_type?: string;
  length?: number;
}

/** The source of the chunks. */
export interface Chunks {
  /** Returns the next chunk. An empty chunk ends the file. */
  next(): Promise<Uint8Array>;
  /** Closes the file. */
  close(): void;
}

const CHUNK = 64 * 1024;

/** Returns the description of a file for the core, and its chunks unless it is a path, which the core reads. */
export function openFile(input: unknown): { spec: Spec; chunks?: Chunks } {
  if (typeof input === "string" || input instanceof URL) return { spec: { path: path(input) } };
  if (typeof input !== "object" || input === null) throw invalidFile();
  if (isContent(input)) return fromContent(input, {});
  const { path: at, content, ...details } = own(input as NamedFile);
  if (at !== undefined) return { spec: { path: path(at), ...specOf(own(details)) } };
  if (typeof content !== "object" || content === null || !isContent(content)) throw invalidFile();
  return fromContent(content, own(details));
}

function fromContent(content: FileContent, details: NamedFile): { spec: Spec; chunks: Chunks } {
  const spec: Spec = {};
  if (ArrayBuffer.isView(content) || content instanceof ArrayBuffer) spec.length = content.byteLength;
  if (content instanceof Blob) {
    spec.length = content.size;
    if (content.type) spec.content_type = content.type;
    if ("name" in content && typeof content.name === "string") spec.name = content.name;
  }
  // File streams of Node have a path.
  if ("path" in content && typeof content.path === "string") spec.name = basename(content.path);
  return { spec: { ...spec, ...specOf(details) }, chunks: read(content) };
}

function specOf({ name, contentType, length }: NamedFile): Spec {
  for (const text of [name, contentType]) if (text !== undefined && typeof text !== "string") throw invalidFile();
  return {
    ...(name !== undefined && { name }),
    ...(contentType !== undefined && { content_type: contentType }),
    ...(length !== undefined && { length: count(length, "file") }),
  };
}

function path(input: unknown): string {
  if (typeof input === "string") return input;
  if (input instanceof URL && input.protocol === "file:") return fileURLToPath(input);
  throw invalidFile();
}

function isContent(input: object): input is FileContent {
  return (
    ArrayBuffer.isView(input) ||
    input instanceof ArrayBuffer ||
    input instanceof Blob ||
    [Symbol.asyncIterator, Symbol.iterator, "getReader"].some((key) => property(input, key) !== undefined)
  );
}

function invalidFile(): Unconvertible {
  return new Unconvertible(
    "file",
    "file must be a path, bytes, a Blob, a stream, or an object with one of these as path or content",
  );
}

function read(content: FileContent): Chunks {
  const iterator = iterate(content);
  return {
    next: () => nextChunk(iterator),
    close() {
      // While a read is pending, only destroy() closes a stream of Node.
      if ("destroy" in content && typeof content.destroy === "function") (content as { destroy(): void }).destroy();
      void Promise.resolve(iterator.return?.()).catch(() => {});
    },
  };
}

/** Returns the next chunk that is not empty, or an empty one at the end. */
export async function nextChunk(iterator: Pick<AsyncIterator<unknown> | Iterator<unknown>, "next">): Promise<Uint8Array> {
  for (;;) {
    const { done, value } = (await iterator.next()) as IteratorResult<unknown, unknown>;
    if (done) return new Uint8Array();
    if (!(value instanceof Uint8Array)) throw new TypeError("chunks must be Uint8Array");
    if (value.byteLength > 0) return value;
  }
}

function iterate(content: FileContent): AsyncIterator<unknown> | Iterator<unknown> {
  if (content instanceof ArrayBuffer) return slices(new Uint8Array(content));
  if (ArrayBuffer.isView(content)) return slices(new Uint8Array(content.buffer, content.byteOffset, content.byteLength));
  if (content instanceof Blob) return iterate(content.stream());
  if (Symbol.asyncIterator in content) return content[Symbol.asyncIterator]();
  if (Symbol.iterator in content) return content[Symbol.iterator]();
  const reader = (content as ReadableStream).getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}
