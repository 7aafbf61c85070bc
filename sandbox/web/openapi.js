// Extracts the operations of an OpenAPI document for the playground.

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const ALTERNATIVES = /^\^\(([\w|-]+)\)\$$/;
const LONG_TEXTS = ['content', 'context', 'custom_greeting', 'description', 'prompt', 'transcript'];

/** `prefix` is the path below which the server has the operations. */
export function operationsOf(document, prefix = '') {
  const operations = [];
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      if (item[method]) operations.push({ ...operation(document, path, method, item[method]), path: prefix + path, prefix });
    }
  }
  return operations;
}

function operation(document, path, method, described) {
  return {
    id: described.operationId,
    group: described.tags?.[0] ?? 'other',
    method: method.toUpperCase(),
    path,
    summary: described.summary ?? '',
    evidence: described['x-evidence'] ?? 'assumed',
    credentials: (described.security ?? []).flatMap((scheme) => Object.keys(scheme)),
    parameters: (described.parameters ?? []).map((parameter) => read(document, resolve(document, parameter))),
    body: bodyOf(document, described.requestBody),
    isList: isList(document, described),
  };
}

function read(document, { name, in: place, required = false, schema, description, 'x-evidence': evidence }) {
  const kind = kindOf(document, schema, name);
  return { name, place, required, ...kind, hint: description ?? kind.hint, evidence: evidence ?? kind.evidence };
}

function bodyOf(document, described) {
  if (!described) return null;
  const [[type, { schema }]] = Object.entries(resolve(document, described).content);
  const { properties = {}, required = [] } = plain(document, schema);
  const fields = Object.entries(properties).map(([name, property]) => ({
    name,
    place: 'body',
    required: required.includes(name),
    ...kindOf(document, property, name),
  }));
  fields.sort((one, other) => other.required - one.required);
  return { isMultipart: type.startsWith('multipart/'), fields };
}

function resolve(document, described) {
  if (!described?.$ref) return described ?? {};
  const parts = described.$ref.slice(2).split('/');
  return resolve(document, parts.reduce((at, part) => at?.[part.replaceAll('~1', '/').replaceAll('~0', '~')], document));
}

/** Resolves the references of a schema, and removes null from its alternatives. */
function plain(document, schema) {
  const { $ref, ...others } = schema ?? {};
  if ($ref) return { ...plain(document, resolve(document, schema)), ...others };
  const found = others;
  const choices = found.oneOf ?? found.anyOf;
  const chosen = choices?.map((choice) => resolve(document, choice)).find((choice) => choice.type !== 'null');
  const parts = (found.allOf ?? []).map((part) => plain(document, part));
  return Object.assign({}, ...parts, found, chosen ? plain(document, chosen) : {});
}

/** Returns the kind of input for a value: choice, flag, integer, number, json, file, text or long text. */
function kindOf(document, schema, name) {
  const found = plain(document, schema);
  const type = [found.type].flat().find((name) => name !== 'null');
  const common = { hint: found.description ?? '', default: found.default, evidence: found['x-evidence'] };
  const choices = found.enum?.filter((value) => value !== null) ?? found.pattern?.match(ALTERNATIVES)?.[1].split('|');
  if (choices) return { ...common, kind: 'choice', choices };
  if (type === 'boolean') return { ...common, kind: 'flag' };
  if (type === 'integer') return { ...common, kind: 'integer', minimum: found.minimum, maximum: found.maximum };
  if (type === 'number') return { ...common, kind: 'number' };
  if (type === 'object' || type === 'array') return { ...common, kind: 'json' };
  if (found.format === 'binary' || found.contentMediaType) return { ...common, kind: 'file' };
  return { ...common, kind: LONG_TEXTS.includes(name) ? 'long text' : 'text', format: found.format };
}

function isList(document, described) {
  const content = resolve(document, described.responses?.['200']).content?.['application/json'];
  const answer = plain(document, content?.schema);
  const isArray = (schema) => [plain(document, schema).type].flat().includes('array');
  return isArray(answer) || Object.values(answer.properties ?? {}).some(isArray);
}
