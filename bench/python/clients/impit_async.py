# Peer: impit, async.
# needs: impit==0.15.1
import atexit
import os
import sys
from json import dumps

import impit
from rows import HEADERS, campaign, name

KIND = "async"
JSON = {"content-type": "application/json"}


# After 64 calls at a time, the module aborts the process while the interpreter shuts down.
@atexit.register
def leave():
    sys.stdout.flush()
    os._exit(0)


async def make(base):
    return impit.AsyncClient(headers=HEADERS, timeout=60), base + "/v1/sessions"


async def sessions(client):
    answer = await client[0].get(client[1])
    answer.raise_for_status()
    return answer.json()["sessions"]


async def create(client, body):
    answer = await client[0].post(client[1], content=dumps(body), headers=JSON)
    answer.raise_for_status()
    return answer.json()["session"]


async def close(client):
    pass
