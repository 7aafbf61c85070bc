"""A FastAPI backend for a web page. Only the backend calls AgentHuman, so the API key stays here.

pip install fastapi uvicorn, and agenthuman as in the README
AGENTHUMAN_API_KEY=… AGENT_ID=… uvicorn fastapi_backend:app
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from agenthuman import (
    AgentHumanError,
    APITimeoutError,
    AsyncAgentHuman,
    ConflictError,
    Message,
    NotFoundError,
    Session,
)

logger = logging.getLogger(__name__)
# One client for the whole process: its calls share connections and the rate limit. A visitor waits 10 s at most.
client = AsyncAgentHuman(timeout=10, max_rate_limit_wait=5)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
    async with client:
        yield


app = FastAPI(lifespan=lifespan)


class Said(BaseModel):
    content: str = Field(min_length=1, max_length=4000)


class Reply(BaseModel):
    session: Session
    reply: Message | None


@app.post("/conversations", status_code=201)
async def begin(said: Said) -> Reply:
    session = await client.sessions.create(agent_id=os.environ["AGENT_ID"], session_type="agent_chat")
    exchange = await client.messages.create(session.id, content=said.content)
    return Reply(session=session, reply=exchange.reply)


@app.post("/conversations/{id}/messages", status_code=201)
async def answer(id: str, said: Said) -> Message | None:
    return (await client.messages.create(id, content=said.content)).reply


@app.get("/conversations/{id}/messages")
async def messages(id: str) -> list[Message]:
    return await client.messages.list(id).all()


@app.delete("/conversations/{id}")
async def end(id: str) -> Session:
    return await client.sessions.end(id)


@app.exception_handler(AgentHumanError)
async def failed(_: Request, error: AgentHumanError) -> JSONResponse:
    """Maps errors to statuses. The log has the details; the visitor gets none of them."""
    if isinstance(error, NotFoundError):
        return JSONResponse({"detail": "There is no such conversation."}, 404)
    if isinstance(error, ConflictError):
        return JSONResponse({"detail": "The conversation has ended."}, 409)
    logger.error("%s", error)
    if isinstance(error, APITimeoutError) and error.retry_after is None:
        return JSONResponse({"detail": "The agent took too long."}, 504)
    if error.retryable:
        headers = {"retry-after": str(math.ceil(error.retry_after or 1))}
        return JSONResponse({"detail": "The agent is busy. Please try again."}, 503, headers)
    return JSONResponse({"detail": "The agent is not available."}, 502)
