# Peer: pyreqwest, async.
# needs: pyreqwest==0.15.1
from pyreqwest.client import ClientBuilder
from rows import HEADERS, campaign, name

KIND = "async"


async def make(base):
    return ClientBuilder().base_url(base + "/v1/").default_headers(HEADERS).error_for_status(True).build()


async def sessions(client):
    return (await (await client.get("sessions").build().send()).json())["sessions"]


async def create(client, body):
    return (await (await client.post("sessions").body_json(body).build().send()).json())["session"]


async def close(client):
    await client.close()
