# Peer: httpx, async.
# needs: httpx==0.28.1
# slow: yes
import httpx
from rows import HEADERS, campaign, name

KIND = "async"


async def make(base):
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    return httpx.AsyncClient(base_url=base + "/v1", headers=HEADERS, timeout=60, limits=limits)


async def sessions(client):
    answer = await client.get("/sessions")
    answer.raise_for_status()
    return answer.json()["sessions"]


async def create(client, body):
    answer = await client.post("/sessions", json=body)
    answer.raise_for_status()
    return answer.json()["session"]


async def close(client):
    await client.aclose()
