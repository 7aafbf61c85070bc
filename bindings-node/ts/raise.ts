// Creates errors from the core's description.

import { AgentHumanError, type ErrorInfo } from "./error.js";
import { APIStatusError, errorClasses } from "./generated/errors.js";
import { spellings } from "./generated/names.js";
import { native } from "./native.js";
import type { Trace } from "./trace.js";

/** Creates the error for an ErrorInfo. `cause` is the error that the user's function threw. */
export function errorFrom(info: ErrorInfo, trace?: Trace, cause?: { cause: unknown }): AgentHumanError {
  return errorOf(spelled(info), trace, cause);
}

/** The same for an ErrorInfo with names in JavaScript spelling. */
export function errorOf(info: ErrorInfo, trace?: Trace, cause?: { cause: unknown }): AgentHumanError {
  const known = (errorClasses as Record<string, typeof AgentHumanError | undefined>)[info.code];
  const errorClass = known ?? (info.status === null ? AgentHumanError : APIStatusError);
  const { code, message, suggestion, status, operation, request_id } = info;
  return new errorClass(info, native.errorLine(code, message, suggestion, status, operation, request_id), trace, cause);
}

/** Converts names in the core's texts to JavaScript spelling. Texts of the service are not changed. */
function spelled(info: ErrorInfo): ErrorInfo {
  const { parameter } = info;
  const spell = (path: string) =>
    path
      .split(".")
      .map((name) => spellings.get(name) ?? name)
      .join(".");
  const spellNames = (text: string) =>
    // Text in quotes is a value of the user, or the name of the parameter.
    text.replace(/"(?:[^"\\]|\\.)*"|\b[a-z]+(?:_[a-z0-9]+)+\b/g, (found) => {
      if (!found.startsWith('"')) return spell(found);
      return found === `"${parameter}"` ? `"${spell(parameter!)}"` : found;
    });
  return {
    ...info,
    message: info.status === null ? spellNames(info.message) : info.message,
    suggestion: info.suggestion === null || info.suggested_by_service ? info.suggestion : spellNames(info.suggestion),
    parameter: parameter === null ? null : spell(parameter),
  };
}
