"""A program that is bundled into one file."""

import asyncio

from agenthuman import AgentHuman, AsyncAgentHuman, NotFoundError

with AgentHuman() as client:
    session = client.sessions.create(agent_id=client.agents.list().first().id)
    exchange = client.messages.create(session.id, content="Hello!")
    print(session.started_at.year >= 2024, exchange.reply.created_at is not None, session.to_dict()["status"])


async def main() -> None:
    async with AsyncAgentHuman() as client:
        try:
            await client.sessions.get("404")
        except NotFoundError as error:
            print(error.code)


asyncio.run(main())
