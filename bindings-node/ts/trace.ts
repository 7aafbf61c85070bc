// The stack trace of a call, so that an error's stack begins at the user's line.

export class Trace {
  #holder: { stack?: unknown } = {};

  /** `caller` is the method that the user called. Its frame and those above it are removed. */
  constructor(caller: Function) {
    Error.captureStackTrace(this.#holder, caller);
  }

  /** Returns the lines of the stack, each after a line break. */
  frames(): string {
    const stack = this.#holder.stack;
    if (typeof stack !== "string") return "";
    const begin = stack.indexOf("\n    at ");
    return begin < 0 ? "" : stack.slice(begin);
  }
}
