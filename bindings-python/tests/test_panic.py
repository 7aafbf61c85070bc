"""A panic of the core is an exception, and the client still works. Dev builds have an operation that panics."""

from __future__ import annotations

from typing import Any

import pytest

from agenthuman import AgentHuman, AsyncAgentHuman, InternalError

from canned import Answer, Server, session_row

SESSION = Answer(200, {"success": True, "session": session_row(5)})


def panic(client: Any) -> Any:
    connection = client._connection
    return connection.nothing(connection.start("debug.panic", {}, None, None, None))


def test_a_panic_is_an_exception(key: str, capfd: pytest.CaptureFixture[str]) -> None:
    with Server(SESSION) as server:
        client = AgentHuman(key, base_url=server.url)
        for _ in range(2):
            with pytest.raises(InternalError) as caught:
                panic(client)
            assert isinstance(caught.value, RuntimeError)
            assert key not in str(caught.value)
            assert client.sessions.get("5").id == "5"
    assert "on purpose" in capfd.readouterr().err


async def test_a_panic_is_an_exception_in_async(key: str, capfd: pytest.CaptureFixture[str]) -> None:
    with Server(SESSION) as server:
        client = AsyncAgentHuman(key, base_url=server.url)
        for _ in range(2):
            with pytest.raises(InternalError):
                await panic(client)
            assert (await client.sessions.get("5")).id == "5"
    assert "on purpose" in capfd.readouterr().err
