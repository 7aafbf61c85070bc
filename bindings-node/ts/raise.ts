// Errors from what the core says: the class by the code, the spelling by the language.

import { AgentHumanError, type ErrorInfo } from "./error.js";
import { ApiStatusError, errorClasses } from "./generated/errors.js";
import { spellings } from "./generated/names.js";
import type { Trace } from "./trace.js";

/** The error of an ErrorInfo. `cause` is what the user's own function threw. */
export function errorFrom(info: ErrorInfo, trace?: Trace, cause?: { cause: unknown }): AgentHumanError {
  const known = (errorClasses as Record<string, typeof AgentHumanError | undefined>)[info.code];
  const errorClass = known ?? (info.status === null ? AgentHumanError : ApiStatusError);
  return new errorClass(info.status === null ? spelled(info) : info, trace, cause);
}

/** The core's own words with names as they are written in JavaScript. The service's words stay as they are. */
function spelled(info: ErrorInfo): ErrorInfo {
  const spell = (text: string) => text.replace(/\b[a-z]+(?:_[a-z0-9]+)+\b/g, (name) => spellings[name] ?? name);
  return {
    ...info,
    message: spell(info.message),
    suggestion: info.suggestion === null ? null : spell(info.suggestion),
    parameter: info.parameter === null ? null : spell(info.parameter),
  };
}
