// A handler that maps a Request to a Response, for Next.js, Hono, Bun and Deno. Needs AGENTHUMAN_API_KEY.

import { AgentHumanError } from "agenthuman";
import { begin, say } from "./conversations.mjs";

/**
 * @param {Request} request
 * @returns {Promise<Response>}
 */
export async function handle(request) {
  try {
    return await route(request);
  } catch (error) {
    if (!(error instanceof AgentHumanError)) throw error;
    console.error(error);
    const status = error.retryable ? 503 : 502;
    return Response.json({ error: "The agent is not available at the moment." }, { status });
  }
}

/** @param {Request} request */
async function route(request) {
  const { pathname } = new URL(request.url);
  const [, id] = /^\/conversations\/(\w+)\/messages$/.exec(pathname) ?? [];
  if (request.method !== "POST" || (id === undefined && pathname !== "/conversations")) {
    return Response.json({ error: "There is nothing here." }, { status: 404 });
  }
  const body = /** @type {{ name?: unknown, content?: unknown }} */ (await request.json().catch(() => ({})));
  if (id === undefined)
    return Response.json(await begin(String(body.name ?? "")), {
      status: 201,
    });
  if (typeof body.content !== "string") return Response.json({ error: "content is missing." }, { status: 400 });
  const reply = await say(id, body.content, request.signal);
  if (reply) return Response.json(reply, { status: 201 });
  return Response.json({ error: "There is no such conversation." }, { status: 404 });
}
