# Peer: a generated SDK (openai), async, with models of its own kind.
# needs: openai==3.54.0
# slow: yes
from openai import AsyncOpenAI
from openai_models import Created, Listed, campaign, name
from rows import HEADERS

KIND = "async"


async def make(base):
    return AsyncOpenAI(api_key="unused", base_url=base + "/v1", default_headers=HEADERS)


async def sessions(client):
    return (await client.get("/sessions", cast_to=Listed)).sessions


async def create(client, body):
    return (await client.post("/sessions", cast_to=Created, body=body)).session


async def close(client):
    await client.close()
