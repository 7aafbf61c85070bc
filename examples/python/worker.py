"""Workers that are forked from one process, as in Celery's prefork pool: the client is created before the fork.

AGENTHUMAN_API_KEY=… AGENT_ID=… python worker.py Ada Grace Hedy
"""

from __future__ import annotations

import multiprocessing
import os
import sys

from agenthuman import AgentHuman, AgentHumanError

# Each process opens its own connections at its first call, and waits for the rate limit by itself.
client = AgentHuman()


def greet(name: str) -> str:
    """Returns a line for the report. An error of one task must not stop the others."""
    try:
        session = client.sessions.create(agent_id=os.environ["AGENT_ID"])
        reply = client.messages.create(session.id, content=f"Hello, I am {name}.").reply
        client.sessions.end(session.id)
    except AgentHumanError as error:
        return f"{name}: failed: {error}"
    return f"{name}: {reply.content if reply else '(no reply)'}"


if __name__ == "__main__":
    client.agents.get(os.environ["AGENT_ID"])  # fails early if the agent or the key is wrong
    with multiprocessing.get_context("fork").Pool(4) as pool:
        for line in pool.imap_unordered(greet, sys.argv[1:]):
            print(line)
