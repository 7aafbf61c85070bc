# Peer: requests. Its sessions are not documented as safe to share between threads, so each thread has its own.
# needs: requests==2.34.2
import requests
from rows import HEADERS, campaign, name

KIND, SHARED = "sync", False


def make(base):
    session = requests.Session()
    session.headers.update(HEADERS)
    return session, base + "/v1/sessions"


def sessions(client):
    answer = client[0].get(client[1], timeout=60)
    answer.raise_for_status()
    return answer.json()["sessions"]


def create(client, body):
    answer = client[0].post(client[1], json=body, timeout=60)
    answer.raise_for_status()
    return answer.json()["session"]
