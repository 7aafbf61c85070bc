// Masks credentials in printed text.

/** The symbol of the method that `console.log` and `util.inspect` call to print an object. */
export const INSPECT = Symbol.for("nodejs.util.inspect.custom");

export type Inspect = (value: unknown, options?: object) => string;

export const MASK = "[redacted]";

/**
 * Removes API keys and tokens from a text. The core has the same rules (core/src/redact.rs). They are repeated here since
 * objects may be printed before the native library is loaded.
 */
export function masked(text: string): string {
  return text
    .replace(/ah_(live|test)_[0-9A-Za-z]{6,}/g, "ah_$1_…")
    .replace(/eyJ[0-9A-Za-z_-]{6,}(\.[0-9A-Za-z_-]*)*/g, "[token]");
}
