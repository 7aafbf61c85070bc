// Code for plain HTTP requests: curl, and Swift and Kotlin on a server.

import { target } from './request.js';

const BOUNDARY = 'agenthuman-form-boundary';
const PHONES = '// For servers only: apps must not contain an API key. They call your backend, with the AgentHuman package for apps.';

const VARIABLES = { api_key: 'AGENTHUMAN_API_KEY', jwt: 'AGENTHUMAN_TOKEN' };
const isFile = (part) => typeof part !== 'string';

export function curl({ request, origin }) {
  const lines = [`curl -X ${request.method} ${shell(origin + target(request))}`];
  if (request.credential.kind === 'api_key') lines.push('-H "x-api-key: $AGENTHUMAN_API_KEY"');
  if (request.credential.kind === 'jwt') lines.push('-H "authorization: Bearer $AGENTHUMAN_TOKEN"');
  if (request.json !== undefined) {
    lines.push('-H "content-type: application/json"', `-d ${shell(JSON.stringify(request.json))}`);
  }
  for (const [name, part] of request.parts ?? []) {
    lines.push(isFile(part) ? `-F ${shell(`${name}=@"${part.name.replace(/["\\]/g, '\\$&')}"`)}` : `--form-string ${shell(`${name}=${part}`)}`);
  }
  return lines.join(' \\\n  ');
}

/** Quotes a word for the shell if necessary. */
function shell(text) {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Returns the headers. `environment` generates the code that reads an environment variable. */
function headersOf(request, text, environment) {
  const variable = VARIABLES[request.credential.kind];
  const headers = [];
  if (request.credential.kind === 'api_key') headers.push([text('x-api-key'), environment(variable)]);
  if (request.credential.kind === 'jwt') headers.push([text('authorization'), `${text('Bearer ')} + ${environment(variable)}`]);
  if (request.json !== undefined) headers.push([text('content-type'), text('application/json')]);
  if (request.parts) headers.push([text('content-type'), text(`multipart/form-data; boundary=${BOUNDARY}`)]);
  return headers;
}

/** Returns the head of a form part. */
function partHead(name, part) {
  const file = isFile(part) ? `; filename="${part.name.replaceAll('"', '%22')}"` : '';
  const type = isFile(part) ? `\r\nContent-Type: ${part.type || 'application/octet-stream'}` : '';
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}${type}\r\n\r\n`;
}

const END = `--${BOUNDARY}--\r\n`;

const escapes = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const quoted = (text, more = {}) => `"${[...text].map((c) => more[c] ?? escapes[c] ?? c).join('')}"`;

const swiftText = (text) => quoted(text);
const kotlinText = (text) => quoted(text, { $: '\\$' });

export function swift({ request, origin }) {
  const environment = (name) => `ProcessInfo.processInfo.environment[${swiftText(name)}]!`;
  const lines = [
    PHONES,
    'import Foundation',
    '#if canImport(FoundationNetworking)',
    'import FoundationNetworking',
    '#endif',
    '',
    `var request = URLRequest(url: URL(string: ${swiftText(origin + target(request))})!)`,
    `request.httpMethod = ${swiftText(request.method)}`,
  ];
  for (const [name, value] of headersOf(request, swiftText, environment)) {
    lines.push(`request.setValue(${value}, forHTTPHeaderField: ${name})`);
  }
  if (request.json !== undefined) lines.push(`request.httpBody = Data(${swiftText(JSON.stringify(request.json))}.utf8)`);
  if (request.parts) {
    lines.push('', 'var form = Data()');
    for (const [name, part] of request.parts) {
      lines.push(`form.append(Data(${swiftText(partHead(name, part))}.utf8))`);
      const data = isFile(part) ? `try Data(contentsOf: URL(fileURLWithPath: ${swiftText(part.name)}))` : `Data(${swiftText(part)}.utf8)`;
      lines.push(`form.append(${data})`, 'form.append(Data("\\r\\n".utf8))');
    }
    lines.push(`form.append(Data(${swiftText(END)}.utf8))`, 'request.httpBody = form');
  }
  lines.push(
    '',
    'let (data, response) = try await URLSession.shared.data(for: request)',
    'print((response as! HTTPURLResponse).statusCode, String(decoding: data, as: UTF8.self))',
  );
  return lines.join('\n');
}

export function kotlin({ request, origin }) {
  const environment = (name) => `System.getenv(${kotlinText(name)})`;
  const publisher = request.parts
    ? 'BodyPublishers.ofByteArray(form.toByteArray())'
    : request.json === undefined
      ? 'BodyPublishers.noBody()'
      : `BodyPublishers.ofString(${kotlinText(JSON.stringify(request.json))})`;
  const lines = [
    PHONES,
    ...(request.parts ? ['import java.io.ByteArrayOutputStream', 'import java.io.File'] : []),
    'import java.net.URI',
    'import java.net.http.HttpClient',
    'import java.net.http.HttpRequest',
    'import java.net.http.HttpRequest.BodyPublishers',
    'import java.net.http.HttpResponse.BodyHandlers',
    '',
    'fun main() {',
  ];
  if (request.parts) {
    lines.push('    val form = ByteArrayOutputStream()');
    for (const [name, part] of request.parts) {
      const data = isFile(part) ? `File(${kotlinText(part.name)}).readBytes()` : `${kotlinText(part)}.toByteArray()`;
      lines.push(
        `    form.write(${kotlinText(partHead(name, part))}.toByteArray())`,
        `    form.write(${data})`,
        '    form.write("\\r\\n".toByteArray())',
      );
    }
    lines.push(`    form.write(${kotlinText(END)}.toByteArray())`);
  }
  lines.push(`    val request = HttpRequest.newBuilder(URI(${kotlinText(origin + target(request))}))`);
  for (const [name, value] of headersOf(request, kotlinText, environment)) lines.push(`        .header(${name}, ${value})`);
  lines.push(
    `        .method(${kotlinText(request.method)}, ${publisher})`,
    '        .build()',
    '    val response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString())',
    '    println("${response.statusCode()} ${response.body()}")',
    '}',
  );
  return lines.join('\n');
}
