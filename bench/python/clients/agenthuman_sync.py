# The client of this project.
# needs: agenthuman
from operator import attrgetter
from os import environ

from agenthuman import AgentHuman

KIND = "sync"
name = attrgetter("agent_name")


def campaign(session):
    return session.metadata["campaign"]


def make(base):
    # The longest list has 44 MB.
    return AgentHuman(api_key=environ["AGENTHUMAN_BENCH_KEY"], base_url=base, max_response_bytes=64 << 20)


def sessions(client):
    return client.sessions.list().page().items


def create(client, body):
    return client.sessions.create(
        agent_id=str(body["agent_id"]), session_type=body["session_type"], metadata=body["metadata"]
    )
