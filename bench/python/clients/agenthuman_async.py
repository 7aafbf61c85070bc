# The client of this project, async.
# needs: agenthuman
from operator import attrgetter
from os import environ

from agenthuman import AsyncAgentHuman

KIND = "async"
name = attrgetter("agent_name")


def campaign(session):
    return session.metadata["campaign"]


async def make(base):
    # The longest list has 44 MB.
    return AsyncAgentHuman(api_key=environ["AGENTHUMAN_BENCH_KEY"], base_url=base, max_response_bytes=64 << 20)


async def sessions(client):
    return (await client.sessions.list().page()).items


async def create(client, body):
    return await client.sessions.create(
        agent_id=str(body["agent_id"]), session_type=body["session_type"], metadata=body["metadata"]
    )


async def close(client):
    await client.close()
