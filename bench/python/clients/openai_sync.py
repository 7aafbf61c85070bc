# Peer: a generated SDK (openai) with models of its own kind.
# needs: openai==3.54.0
# slow: yes
from openai import OpenAI
from openai_models import Created, Listed, campaign, name
from rows import HEADERS

KIND = "sync"


def make(base):
    return OpenAI(api_key="unused", base_url=base + "/v1", default_headers=HEADERS)


def sessions(client):
    return client.get("/sessions", cast_to=Listed).sessions


def create(client, body):
    return client.post("/sessions", cast_to=Created, body=body).session
