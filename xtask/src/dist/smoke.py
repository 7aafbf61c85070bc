"""Uses the installed package as a first program would: a conversation with the sandbox, sync and async, and threads."""

import asyncio
import platform
import threading

import agenthuman
from agenthuman import AgentHuman, AsyncAgentHuman, NotFoundError, sandbox

# The stack of a thread on musl. Rust's code must not need more.
STACK = 128 * 1024
THREADS = 8

failures: list[str] = []

with sandbox.start() as service:
    client = AgentHuman(service.api_key, base_url=service.url)
    agent = client.agents.create(name="Sunny")
    session = client.sessions.create(agent_id=agent.id)
    service.replies(["Hello, Ada."])
    exchange = client.messages.create(session.id, content="I am Ada.")
    assert exchange.reply
    assert exchange.reply.content == "Hello, Ada."
    try:
        client.sessions.get("999999")
    except NotFoundError:
        pass
    else:
        raise AssertionError("a session that does not exist was returned")

    async def sessions() -> int:
        async with AsyncAgentHuman(service.api_key, base_url=service.url) as other:
            return len([item async for item in other.sessions.list()])

    assert asyncio.run(sessions()) == 1

    def get() -> None:
        try:
            assert client.sessions.get(session.id).id == session.id
        except BaseException as error:
            failures.append(repr(error))

    threading.stack_size(STACK)
    threads = [threading.Thread(target=get) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    client.sessions.end(session.id)

print(f"agenthuman {agenthuman.__version__} works in Python {platform.python_version()}, {platform.machine()}")
