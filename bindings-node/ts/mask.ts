// Taking credentials out of what is printed for people.

/** The symbol by which `console.log` and `util.inspect` ask an object how it prints. */
export const INSPECT = Symbol.for("nodejs.util.inspect.custom");

export type Inspect = (value: unknown, options?: object) => string;

export const MASK = "[redacted]";

/**
 * Removes API keys and tokens from a text. The core has the same rules (core/src/redact.rs); they are repeated here because an
 * object may be printed while the native library is not loaded.
 */
export function masked(text: string): string {
  return text
    .replace(/ah_(live|test)_[0-9A-Za-z]{6,}/g, "ah_$1_…")
    .replace(/eyJ[0-9A-Za-z_-]{6,}(\.[0-9A-Za-z_-]*)*/g, "[token]");
}
