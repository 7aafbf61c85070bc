"""A Jupyter kernel, which already runs an event loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from serving import LIMIT, Together

SYNC = """
from agenthuman import AgentHuman
client = AgentHuman()
print(client.sessions.create(agent_id=client.agents.list().first().id).status)
"""
ASYNC = """
from agenthuman import AsyncAgentHuman
async with AsyncAgentHuman() as client:
    agent = await client.agents.list().first()
    print((await client.sessions.create(agent_id=agent.id)).status)
"""


@pytest.fixture
def kernel(environment: dict[str, str]) -> Iterator[Any]:
    """A kernel's manager and client."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(startup_timeout=LIMIT, kernel_name="python3", env=environment)
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def printed(client: Any, cell: str) -> str:
    """Returns the output of a cell."""
    texts: list[str] = []

    def output(message: dict[str, Any]) -> None:
        texts.append(message["content"].get("text", ""))

    reply = client.execute_interactive(cell, timeout=LIMIT, output_hook=output)
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(texts).strip()


@pytest.mark.heavy
@pytest.mark.parametrize("cell", [SYNC, ASYNC], ids=["sync", "async"])
def test_a_cell_makes_calls(kernel: Any, cell: str) -> None:
    assert printed(kernel[1], cell) == "active"


@pytest.mark.heavy
def test_interrupting_a_cell_drops_its_request(kernel: Any) -> None:
    manager, client = kernel
    with Together(2) as api:
        sent = client.execute(f"from agenthuman import AgentHuman\nAgentHuman(base_url={api.url!r}).sessions.get('1')")
        assert api.requested.wait(LIMIT)
        manager.interrupt_kernel()
        while (reply := client.get_shell_msg(timeout=LIMIT))["parent_header"]["msg_id"] != sent:
            pass
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert api.dropped.wait(LIMIT)
    assert printed(client, SYNC) == "active"
