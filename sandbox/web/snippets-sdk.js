// Code that calls the client library, in Python and Node.

const VARIABLES = { api_key: 'AGENTHUMAN_API_KEY', jwt: 'AGENTHUMAN_TOKEN' };
const POSITIONAL = ['auth.request_otp', 'auth.verify_otp'];
const MAX_LINE = 100;

/** Returns the library's method for a request, with its positional and named arguments. */
function callOf({ operation, request }) {
  let [group, verb] = operation.id.split('.');
  const named = { ...Object.fromEntries(request.query), ...request.json };
  for (const [name, part] of request.parts ?? []) named[name] = typeof part === 'string' ? part : part.name;
  if (named.scope === 'mine' && verb === 'list') verb = 'list_mine';
  delete named.scope;
  const leading = Object.values(request.pathValues);
  if (POSITIONAL.includes(operation.id)) {
    leading.push(...Object.values(named));
    return { group, verb, leading, named: [], isList: false };
  }
  if ('limit' in named) named.limit = Number(named.limit);
  for (const name of Object.keys(named)) {
    // Ids are strings in the libraries, even if they are integers in requests.
    if (name.endsWith('_id') && named[name] !== null) named[name] = String(named[name]);
  }
  return { group, verb, leading, named: Object.entries(named), isList: operation.isList };
}

function credentialNote({ kind }, comment) {
  const variable = VARIABLES[kind];
  return variable ? [`${comment} Reads ${variable} from the environment.`] : [];
}

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const singular = (group) => ({ api_keys: 'api_key' })[group] ?? group.replace(/s$/, '');

function onLines(head, args, tail) {
  const line = `${head}(${args.join(', ')})${tail}`;
  if (line.length <= MAX_LINE) return line;
  return `${head}(\n${args.map((arg) => `    ${arg},\n`).join('')})${tail}`;
}

export function python(snippet) {
  const { group, verb, leading, named, isList } = callOf(snippet);
  const { prefix } = snippet.operation;
  const args = [...leading.map(pythonValue), ...named.map(([name, value]) => `${name}=${pythonValue(value)}`)];
  const call = `client.${group}.${verb}`;
  const lines = [
    prefix ? 'from agenthuman.rooms import AgentHumanRooms' : 'from agenthuman import AgentHuman',
    '',
    ...credentialNote(snippet.request.credential, '#'),
    `client = ${prefix ? 'AgentHumanRooms' : 'AgentHuman'}(base_url=${pythonValue(snippet.origin + prefix)})`,
  ];
  if (isList) {
    const item = singular(group === 'agents' && verb === 'sessions' ? 'sessions' : group);
    lines.push(`for ${item} in ${onLines(call, args, ':')}`, `    print(${item})`);
  } else {
    lines.push(`result = ${onLines(call, args, '')}`, 'print(result)');
  }
  return lines.join('\n');
}

function pythonValue(value) {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`;
  if (typeof value === 'object') {
    return `{${Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${pythonValue(item)}`).join(', ')}}`;
  }
  return JSON.stringify(value);
}

export function node(snippet) {
  const { group, verb, leading, named, isList } = callOf(snippet);
  const { prefix } = snippet.operation;
  const args = leading.map(nodeValue);
  if (named.length) args.push(`{ ${named.map(([name, value]) => `${camel(name)}: ${nodeValue(value)}`).join(', ')} }`);
  const call = `client.${camel(group)}.${camel(verb)}`;
  const lines = [
    prefix ? "import { AgentHumanRooms } from 'agenthuman/rooms';" : "import { AgentHuman } from 'agenthuman';",
    '',
    ...credentialNote(snippet.request.credential, '//'),
    `const client = new ${prefix ? 'AgentHumanRooms' : 'AgentHuman'}({ baseURL: ${nodeValue(snippet.origin + prefix)} });`,
  ];
  if (isList) {
    const item = camel(singular(group === 'agents' && verb === 'sessions' ? 'sessions' : group));
    lines.push(`for await (const ${item} of ${onLines(call, args, '')}) {`, `  console.log(${item});`, '}');
  } else {
    lines.push(`const result = await ${onLines(call, args, ';')}`, 'console.log(result);');
  }
  return lines.join('\n');
}

function nodeValue(value) {
  if (typeof value === 'string') return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `[${value.map(nodeValue).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const name = (text) => (/^[A-Za-z_$][\w$]*$/.test(text) ? text : nodeValue(text));
    return `{ ${Object.entries(value).map(([key, item]) => `${name(key)}: ${nodeValue(item)}`).join(', ')} }`;
  }
  return JSON.stringify(value);
}
