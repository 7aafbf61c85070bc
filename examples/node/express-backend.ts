// An Express backend for a web page. Only the backend calls AgentHuman, so the API key stays here.
//
//     npm ci && npm run build
//     AGENTHUMAN_API_KEY=… AGENT_ID=… npm start

import { AgentHuman, AgentHumanError, APITimeoutError, ConflictError, NotFoundError } from "agenthuman";
import express, { type ErrorRequestHandler, type Response } from "express";

// One client for the whole process: its calls share connections and the rate limit. A visitor waits 10 s at most.
const client = new AgentHuman({ timeout: 10_000, maxRateLimitWait: 5_000 });
const agentId = process.env.AGENT_ID;
if (agentId === undefined) throw new Error("Set AGENT_ID to the id of an agent.");

const app = express();
app.use(express.json());

app.post("/conversations", async (_request, response) => {
  const session = await client.sessions.create({ agentId, sessionType: "agent_chat" }, { signal: untilClosed(response) });
  response.status(201).json({ id: session.id });
});

app.post("/conversations/:id/messages", async (request, response) => {
  const { content } = request.body as { content?: unknown };
  if (typeof content !== "string") {
    response.status(400).json({ error: "content is missing" });
    return;
  }
  const { reply } = await client.messages.create(request.params.id, { content }, { signal: untilClosed(response) });
  response.status(201).json({ reply: reply?.content ?? null });
});

/** Aborts when the visitor disconnects, so that the call is cancelled. */
function untilClosed(response: Response): AbortSignal {
  const controller = new AbortController();
  response.on("close", () => controller.abort());
  return controller.signal;
}

/** Maps errors to statuses. The log has the details; the visitor gets none of them. */
const failed: ErrorRequestHandler = (error, _request, response, next) => {
  const answer = (status: number, text: string) => void response.status(status).json({ error: text });
  if (response.closed || response.headersSent || !(error instanceof AgentHumanError)) return next(error);
  if (error instanceof NotFoundError) return answer(404, "There is no such conversation.");
  if (error instanceof ConflictError) return answer(409, "The conversation has ended.");
  console.error(error.message);
  if (error instanceof APITimeoutError && error.retryAfter === undefined) return answer(504, "The agent took too long.");
  if (error.retryable) {
    response.set("retry-after", String(Math.ceil(error.retryAfter ?? 1)));
    return answer(503, "The agent is busy. Please try again.");
  }
  answer(502, "The agent is not available.");
};
app.use(failed);

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  const address = server.address();
  if (address && typeof address === "object") console.log(`http://127.0.0.1:${address.port}`);
});
