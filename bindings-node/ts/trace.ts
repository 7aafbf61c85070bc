// Where a call was made, so that an error's stack begins at the caller's own line.

export class Trace {
  #holder: { stack?: unknown } = {};

  /** `caller` is the method that the user called: its frame and those above it are left out. */
  constructor(caller: Function) {
    Error.captureStackTrace(this.#holder, caller);
  }

  /** The lines of the stack, each with a line break in front. */
  frames(): string {
    const stack = this.#holder.stack;
    if (typeof stack !== "string") return "";
    const begin = stack.indexOf("\n    at ");
    return begin < 0 ? "" : stack.slice(begin);
  }
}
