# Peer: aiohttp.
# needs: aiohttp==3.14.5
import aiohttp
from rows import HEADERS, campaign, name

KIND = "async"


async def make(base):
    return aiohttp.ClientSession(base_url=base + "/v1/", headers=HEADERS)


async def sessions(client):
    async with client.get("sessions") as answer:
        answer.raise_for_status()
        return (await answer.json())["sessions"]


async def create(client, body):
    async with client.post("sessions", json=body) as answer:
        answer.raise_for_status()
        return (await answer.json())["session"]


async def close(client):
    await client.close()
