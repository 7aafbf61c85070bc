# Peer: impit.
# needs: impit==0.15.1
from json import dumps

import impit
from rows import HEADERS, campaign, name

KIND = "sync"
JSON = {"content-type": "application/json"}


def make(base):
    return impit.Client(headers=HEADERS, timeout=60), base + "/v1/sessions"


def sessions(client):
    answer = client[0].get(client[1])
    answer.raise_for_status()
    return answer.json()["sessions"]


def create(client, body):
    answer = client[0].post(client[1], content=dumps(body), headers=JSON)
    answer.raise_for_status()
    return answer.json()["session"]
