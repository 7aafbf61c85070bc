// An Express backend that holds conversations for a page. Needs AGENTHUMAN_API_KEY.

import { AgentHumanError } from "agenthuman";
import express from "express";
import { begin, say } from "./conversations.mjs";

const app = express();
app.use(express.json());

app.post("/conversations", async (request, response) => {
  response.status(201).json(await begin(String(request.body.name ?? "")));
});

app.post("/conversations/:id/messages", async (request, response) => {
  const { content } = request.body;
  if (typeof content !== "string") {
    response.status(400).json({ error: "content is missing." });
    return;
  }
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const reply = await say(request.params.id, content, gone.signal);
  if (reply) response.status(201).json(reply);
  else response.status(404).json({ error: "There is no such conversation." });
});

/** @type {express.ErrorRequestHandler} */
const onError = (error, _request, response, next) => {
  if (response.headersSent || response.closed || !(error instanceof AgentHumanError)) return next(error);
  console.error(error);
  const status = error.retryable ? 503 : 502;
  response.status(status).json({ error: "The agent is not available at the moment." });
};
app.use(onError);

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  const address = server.address();
  if (address && typeof address === "object") console.log(`http://127.0.0.1:${address.port}`);
});
