// Prints the public API of the package as JSON, in canonical names: from its declarations with the TypeScript compiler, and
// from the classes. `cargo xtask parity` compares it with the tables and the other languages.

import { fileURLToPath } from "node:url";
import ts from "typescript";
import * as agenthuman from "agenthuman";
import * as rooms from "agenthuman/rooms";

const [entry, roomsEntry, ...helperEntries] = ["index", "rooms", "sandbox", "testing"].map((name) =>
  fileURLToPath(new URL(`../dist/${name}.d.ts`, import.meta.url)),
);
const program = ts.createProgram([entry, roomsEntry, ...helperEntries], {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.Node16,
  moduleResolution: ts.ModuleResolutionKind.Node16,
  strict: true,
  types: ["node"],
});
const checker = program.getTypeChecker();
const exportsOf = (file) => checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)));
const exported = new Map(exportsOf(entry).map((symbol) => [symbol.name, symbol]));
const exportedByRooms = new Map(exportsOf(roomsEntry).map((symbol) => [symbol.name, symbol]));

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const instanceType = (name, from = exported) => checker.getDeclaredTypeOfSymbol(resolved(from.get(name)));
const resolved = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
const typeOf = (symbol) => checker.getTypeOfSymbol(symbol);
const isMethod = (symbol) => Boolean(symbol.flags & ts.SymbolFlags.Method);
/** Private members and symbols are not public. */
const publicProperties = (type) => checker.getPropertiesOfType(type).filter(({ name }) => /^[a-z]\w*$/i.test(name));
/** Returns only the members that the class itself declares. */
const ownProperties = (name) =>
  publicProperties(instanceType(name)).filter((symbol) => symbol.parent === resolved(exported.get(name)));

function parametersOf(method) {
  const [signature] = typeOf(method).getCallSignatures();
  return signature.getParameters().flatMap((parameter) => {
    if (parameter.name === "options") return [];
    if (parameter.name !== "params") return [snake(parameter.name)];
    const type = checker.getNonNullableType(typeOf(parameter));
    return checker.getPropertiesOfType(type).map(({ name }) => snake(name));
  });
}

function operations(client = instanceType("AgentHuman")) {
  const found = {};
  for (const resource of publicProperties(client).filter((symbol) => !isMethod(symbol) && symbol.name !== "withRawResponse")) {
    for (const method of publicProperties(typeOf(resource)).filter(isMethod)) {
      found[`${snake(resource.name)}.${snake(method.name)}`] = parametersOf(method);
    }
  }
  return found;
}

function errors() {
  const classes = Object.values(agenthuman).filter((value) => value.prototype instanceof agenthuman.AgentHumanError);
  return Object.fromEntries(
    classes.map((errorClass) => [
      errorClass.code,
      { class: errorClass.prototype.name, parent: Object.getPrototypeOf(errorClass).prototype.name },
    ]),
  );
}

function models(module = agenthuman, from = exported) {
  const classes = Object.entries(module).filter(([, value]) => value.prototype instanceof agenthuman.Model);
  const [fields, aliases] = [{}, {}];
  for (const [name] of classes) {
    const isAlias = (symbol) => Boolean(symbol.flags & ts.SymbolFlags.Accessor);
    const own = publicProperties(instanceType(name, from)).filter((symbol) => !isMethod(symbol));
    fields[name] = own.filter((symbol) => !isAlias(symbol)).map((symbol) => symbol.name);
    if (own.some(isAlias)) aliases[name] = own.filter(isAlias).map((symbol) => symbol.name);
  }
  return { models: fields, aliases };
}

/**
 * The members of the classes for tests, without options, fields, errors, and the base of the mocks. Stubs are configured as each
 * language does it.
 */
function helpers() {
  const isOther = ({ name }) => /(Fields|Options|Account|Error|ErrorClass|Stub)$|^(Mocked|Returns)$/.test(name);
  const types = helperEntries
    .flatMap(exportsOf)
    .map(resolved)
    .filter(({ flags }) => flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface));
  return Object.fromEntries(
    types
      .filter((symbol) => !isOther(symbol))
      .map((symbol) => [symbol.name, publicProperties(checker.getDeclaredTypeOfSymbol(symbol)).map(({ name }) => snake(name))]),
  );
}

/** Logging is built into Python and Rust, where it has no options. */
const OF_NODE_ONLY = ["logger", "logLevel"];

function options(type = instanceType("ClientOptions")) {
  const names = publicProperties(type).map(({ name }) => name);
  return names.filter((name) => !OF_NODE_ONLY.includes(name)).map((name) => (name === "baseURL" ? "base_url" : snake(name)));
}

function events() {
  const hooks = publicProperties(instanceType("Hooks")).map((hook) => {
    const [signature] = checker.getNonNullableType(typeOf(hook)).getCallSignatures();
    const event = typeOf(signature.getParameters()[0]);
    return [snake(hook.name), publicProperties(event).map(({ name }) => snake(name))];
  });
  return Object.fromEntries(hooks);
}

const errorFields = ownProperties("AgentHumanError")
  .filter((symbol) => !isMethod(symbol))
  // An `Error`'s `message` is what Node.js prints: the whole line.
  .map(({ name }) => (name === "reason" ? "message" : snake(name)));

console.log(
  JSON.stringify(
    {
      language: "node",
      operations: operations(),
      errors: errors(),
      error_fields: errorFields,
      ...models(),
      helpers: helpers(),
      options: options(),
      contracts: {
        rooms: {
          operations: operations(instanceType("AgentHumanRooms", exportedByRooms)),
          models: models(rooms, exportedByRooms).models,
          options: options(instanceType("RoomsOptions", exportedByRooms)),
        },
      },
      events: events(),
    },
    null,
    2,
  ),
);
