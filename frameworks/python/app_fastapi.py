"""A FastAPI application whose routes return models."""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from agenthuman import Agent, AsyncAgentHuman, Page, Session

app = FastAPI()
client = AsyncAgentHuman()


class Conversation(BaseModel):
    session: Session
    agents: list[Agent]


@app.get("/", response_class=PlainTextResponse)
async def text() -> str:
    session = await opened()
    return f"{session.status} {session.started_at}"


@app.get("/session")
async def opened() -> Session:
    agent = await client.agents.list().first()
    return await client.sessions.create(agent_id=agent.id)


@app.get("/sessions")
async def sessions() -> Page[Session]:
    return await client.sessions.list().page()


@app.get("/conversation")
async def conversation() -> Conversation:
    return Conversation(session=await opened(), agents=await client.agents.list().all())
