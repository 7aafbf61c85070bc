# Peer: httpx, on which generated SDKs stand.
# needs: httpx==0.28.1
# slow: yes
import httpx
from rows import HEADERS, campaign, name

KIND = "sync"


def make(base):
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    return httpx.Client(base_url=base + "/v1", headers=HEADERS, timeout=60, limits=limits)


def sessions(client):
    answer = client.get("/sessions")
    answer.raise_for_status()
    return answer.json()["sessions"]


def create(client, body):
    answer = client.post("/sessions", json=body)
    answer.raise_for_status()
    return answer.json()["session"]
