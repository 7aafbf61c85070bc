# Peer: wreq.
# needs: wreq==0.13.0
import wreq
from rows import HEADERS, campaign, name

KIND = "async"


async def make(base):
    return wreq.Client(headers=HEADERS), base + "/v1/sessions"


async def sessions(client):
    answer = await client[0].get(client[1])
    answer.raise_for_status()
    return (await answer.json())["sessions"]


async def create(client, body):
    answer = await client[0].post(client[1], json=body)
    answer.raise_for_status()
    return (await answer.json())["session"]


async def close(client):
    pass
