"""A backend for a web page. Only the backend calls AgentHuman, so that the key stays here.

pip install fastapi uvicorn
AGENTHUMAN_API_KEY=… AGENT_ID=… uvicorn fastapi_backend:app
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from agenthuman import APITimeoutError, AsyncAgentHuman, NotFoundError, RateLimitError


@asynccontextmanager
async def client_while_serving(app: FastAPI) -> AsyncGenerator[None, None]:
    async with AsyncAgentHuman(timeout=20) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=client_while_serving)


class Said(BaseModel):
    content: str


class Reply(BaseModel):
    session: str
    reply: str | None


def client_of(request: Request) -> AsyncAgentHuman:
    client = request.app.state.client
    assert isinstance(client, AsyncAgentHuman)
    return client


@app.post("/conversations")
async def begin(said: Said, request: Request) -> Reply:
    session = await client_of(request).sessions.create(agent_id=os.environ["AGENT_ID"], session_type="agent_chat")
    return await answer(session.id, said, request)


@app.post("/conversations/{session}")
async def answer(session: str, said: Said, request: Request) -> Reply:
    exchange = await client_of(request).messages.create(session, content=said.content)
    return Reply(session=session, reply=exchange.reply.content if exchange.reply else None)


@app.delete("/conversations/{session}", status_code=204)
async def end(session: str, request: Request) -> None:
    await client_of(request).sessions.end(session)


@app.exception_handler(NotFoundError)
async def not_found(_: Request, __: Exception) -> JSONResponse:
    return JSONResponse({"detail": "there is no such conversation"}, 404)


@app.exception_handler(RateLimitError)
async def busy(_: Request, error: Exception) -> JSONResponse:
    wait = error.retry_after if isinstance(error, RateLimitError) else None
    return JSONResponse({"detail": "too many conversations"}, 429, {"retry-after": str(int(wait or 1))})


@app.exception_handler(APITimeoutError)
async def too_slow(_: Request, __: Exception) -> JSONResponse:
    return JSONResponse({"detail": "the agent takes too long"}, 504)
