"""A Flask backend for a web page. The client is created before gunicorn forks its workers.

pip install flask gunicorn, and agenthuman as in the README
AGENTHUMAN_API_KEY=… AGENT_ID=… gunicorn --preload --workers 4 --threads 8 flask_backend:app
"""

from __future__ import annotations

import os

from flask import Flask, request
from flask.typing import ResponseReturnValue

from agenthuman import AgentHuman, AgentHumanError, ConflictError, NotFoundError

app = Flask(__name__)
# Each worker opens its own connections, and all threads of a worker share the client.
client = AgentHuman(timeout=10, max_rate_limit_wait=5)


@app.post("/conversations")
def begin() -> ResponseReturnValue:
    session = client.sessions.create(agent_id=os.environ["AGENT_ID"], session_type="agent_chat")
    return {"id": session.id}, 201


@app.post("/conversations/<id>/messages")
def answer(id: str) -> ResponseReturnValue:
    content = request.form.get("content")
    if not content:
        return {"error": "content is missing"}, 400
    reply = client.messages.create(id, content=content).reply
    return {"reply": reply.content if reply else None}, 201


@app.errorhandler(AgentHumanError)
def failed(error: AgentHumanError) -> ResponseReturnValue:
    """Maps errors to statuses. The log has the details; the visitor gets none of them."""
    if isinstance(error, NotFoundError):
        return {"error": "There is no such conversation."}, 404
    if isinstance(error, ConflictError):
        return {"error": "The conversation has ended."}, 409
    app.logger.error("%s", error)
    if error.retryable:
        return {"error": "The agent is busy. Please try again."}, 503
    return {"error": "The agent is not available."}, 502
