# Peer: primp.
# needs: primp==2.0.1
import primp
from rows import HEADERS, campaign, name

KIND = "sync"


def make(base):
    return primp.Client(headers=HEADERS, timeout=60), base + "/v1/sessions"


def sessions(client):
    answer = client[0].get(client[1])
    assert answer.status_code == 200
    return answer.json()["sessions"]


def create(client, body):
    answer = client[0].post(client[1], json=body)
    assert answer.status_code == 201
    return answer.json()["session"]
