// The file of an upload: what the core is told of it, and where its chunks are read from.

import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { Unconvertible, count, own, property } from "./convert.js";

/** What a file's bytes can be read from: bytes, a `Blob` or `File`, a stream of Node or of the web, or chunks of bytes. */
export type FileContent =
  Uint8Array | ArrayBuffer | Blob | AsyncIterable<Uint8Array> | Iterable<Uint8Array> | { getReader(): unknown };

/** A file to upload: its path, its content, or either with what the service is to be told of it. */
export type FileInput = string | URL | FileContent | NamedFile;

/** A file, and what the service is told of it. Either `path` or `content` is given. */
export interface NamedFile {
  path?: string | URL | undefined;
  content?: FileContent | undefined;
  /** The file's name; by default the path's own, or the `File`'s. */
  name?: string | undefined;
  /** The media type, such as `image/png`; by default the `Blob`'s, or by the name's ending. */
  contentType?: string | undefined;
  /** The length of a stream in bytes, where it is known. */
  length?: number | undefined;
}

interface Spec {
  path?: string;
  name?: string;
  content_type?: string;
  length?: number;
}

/** Where chunks are read from. */
export interface Chunks {
  /** The next chunk; an empty one ends the file. */
  next(): Promise<Uint8Array>;
  /** Lets go of a file that was not read to its end. */
  close(): void;
}

const CHUNK = 64 * 1024;

/** What the core is told of a file, and its chunks where the core does not read them from a path itself. */
export function openFile(input: unknown): { spec: Spec; chunks?: Chunks } {
  if (typeof input === "string" || input instanceof URL) return { spec: { path: path(input) } };
  if (typeof input !== "object" || input === null) throw refused();
  if (isContent(input)) return described(input, {});
  const { path: at, content, ...told } = own(input as NamedFile);
  if (at !== undefined) return { spec: { path: path(at), ...describe(own(told)) } };
  if (typeof content !== "object" || content === null || !isContent(content)) throw refused();
  return described(content, own(told));
}

function described(content: FileContent, told: NamedFile): { spec: Spec; chunks: Chunks } {
  const spec: Spec = {};
  if (ArrayBuffer.isView(content) || content instanceof ArrayBuffer) spec.length = content.byteLength;
  if (content instanceof Blob) {
    spec.length = content.size;
    if (content.type) spec.content_type = content.type;
    if ("name" in content && typeof content.name === "string") spec.name = content.name;
  }
  // The stream of a file knows where it reads from.
  if ("path" in content && typeof content.path === "string") spec.name = basename(content.path);
  return { spec: { ...spec, ...describe(told) }, chunks: read(content) };
}

function describe({ name, contentType, length }: NamedFile): Spec {
  for (const text of [name, contentType]) if (text !== undefined && typeof text !== "string") throw refused();
  return {
    ...(name !== undefined && { name }),
    ...(contentType !== undefined && { content_type: contentType }),
    ...(length !== undefined && { length: count(length, "file") }),
  };
}

function path(input: unknown): string {
  if (typeof input === "string") return input;
  if (input instanceof URL && input.protocol === "file:") return fileURLToPath(input);
  throw refused();
}

function isContent(input: object): input is FileContent {
  return (
    ArrayBuffer.isView(input) ||
    input instanceof ArrayBuffer ||
    input instanceof Blob ||
    [Symbol.asyncIterator, Symbol.iterator, "getReader"].some((key) => property(input, key) !== undefined)
  );
}

function refused(): Unconvertible {
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
      // A stream of Node that is being waited for is let go of by destroy alone.
      if ("destroy" in content && typeof content.destroy === "function") content.destroy();
      void Promise.resolve(iterator.return?.()).catch(() => {});
    },
  };
}

/** The next chunk that has bytes; an empty one at the end. */
export async function nextChunk(iterator: Pick<AsyncIterator<unknown> | Iterator<unknown>, "next">): Promise<Uint8Array> {
  for (;;) {
    const { done, value } = await iterator.next();
    if (done) return new Uint8Array();
    if (!(value instanceof Uint8Array)) throw new TypeError("a chunk is not a Uint8Array");
    if (value.byteLength > 0) return value;
  }
}

function iterate(content: FileContent): AsyncIterator<unknown> | Iterator<unknown> {
  if (content instanceof ArrayBuffer) return slices(new Uint8Array(content));
  if (ArrayBuffer.isView(content)) return slices(new Uint8Array(content.buffer, content.byteOffset, content.byteLength));
  if (content instanceof Blob) return iterate(content.stream() as unknown as FileContent);
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
