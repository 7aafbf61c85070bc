// Names of the other contract's client, which say where they belong.

import { own } from "./convert.js";
import { spellings } from "./generated/names.js";
import { native } from "./native.js";

/** Makes reading one of these properties an error that names the class that has it. Types do not have them. */
export function nameElsewhere(prototype: object, surface: string, path: string, names: readonly string[]): void {
  for (const name of names) {
    const get = (): never => {
      throw new TypeError(native.elsewhere(surface, `${path}${name}`) ?? `${path}${name} is not supported`);
    };
    Object.defineProperty(prototype, spellings.get(name) ?? name, own({ get, configurable: true }));
  }
}
