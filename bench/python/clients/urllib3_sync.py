# Peer: urllib3.
# needs: urllib3==2.8.0
import urllib3
from rows import HEADERS, campaign, name

KIND = "sync"


def make(base):
    return urllib3.PoolManager(maxsize=64, headers=HEADERS), base + "/v1/sessions"


def sessions(client):
    answer = client[0].request("GET", client[1], timeout=60)
    assert answer.status == 200
    return answer.json()["sessions"]


def create(client, body):
    answer = client[0].request("POST", client[1], json=body, timeout=60)
    assert answer.status == 201
    return answer.json()["session"]
