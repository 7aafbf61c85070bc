"""Every kind of timeout, and closing the connection of a call that timed out."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from agenthuman import AgentHuman, APITimeoutError, AsyncAgentHuman

from canned import Answer, Server, session_row

SESSION = {"success": True, "session": session_row(5)}


def failure(kind: str, call: Callable[[Any], Any], **options: Any) -> APITimeoutError:
    with pytest.raises(APITimeoutError) as caught:
        if kind == "sync":
            call(AgentHuman(**options))
        else:

            async def run() -> None:
                await call(AsyncAgentHuman(**options))

            asyncio.run(run())
    assert isinstance(caught.value, TimeoutError)
    return caught.value


@contextmanager
def full() -> Iterator[str]:
    """A port with a full queue, so that connecting to it hangs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        try:
            for _ in range(4):
                waiting.append(socket.socket())
                waiting[-1].setblocking(False)
                waiting[-1].connect_ex(listener.getsockname())
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            for one in waiting:
                one.close()


@contextmanager
def stalling() -> Iterator[str]:
    """A server that sends the head of a response only."""
    over = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{")
            over.wait(30)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        over.set()
        thread.join()


KINDS = pytest.mark.parametrize("kind", ["sync", "async"])


@KINDS
def test_connecting(kind: str, key: str) -> None:
    with full() as url:
        options = {"api_key": key, "base_url": url, "connect_timeout": 0.1, "max_retries": 0}
        error = failure(kind, lambda client: client.sessions.get("5"), **options)
    assert error.phase == "connect"


@KINDS
def test_reading(kind: str, key: str) -> None:
    with stalling() as url:
        options = {"api_key": key, "base_url": url, "timeout": 0.2, "max_retries": 0}
        error = failure(kind, lambda client: client.sessions.get("5"), **options)
    assert error.phase == "read"


@KINDS
def test_the_whole_call(kind: str, key: str) -> None:
    with Server(Answer(silent=True)) as server:
        options = {"api_key": key, "base_url": server.url, "timeout": 0.1, "max_retries": 0}
        error = failure(kind, lambda client: client.sessions.get("5"), **options)
    assert error.phase == "total"


@KINDS
def test_a_slow_credential_function(kind: str, key: str) -> None:
    def source() -> str:
        time.sleep(0.3)
        return key

    with Server(Answer(200, SESSION)) as server:
        options = {"api_key": source, "base_url": server.url, "timeout": 0.1, "max_retries": 0}
        error = failure(kind, lambda client: client.sessions.get("5"), **options)
    assert error.phase == "credential"
    assert server.requests == []


@KINDS
def test_the_rate_limit(kind: str, key: str) -> None:
    used_up = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 60)}
    with Server(Answer(200, SESSION, headers=used_up)) as server:

        def sync_twice(client: AgentHuman) -> Any:
            client.sessions.get("5")
            return client.sessions.get("5")

        async def twice(client: AsyncAgentHuman) -> None:
            await client.sessions.get("5")
            await client.sessions.get("5")

        call: Callable[[Any], Any] = sync_twice if kind == "sync" else twice
        error = failure(kind, call, api_key=key, base_url=server.url, max_rate_limit_wait=5)
    assert error.phase == "rate_limit"
    assert error.retry_after is not None
    assert error.retry_after > 5
    assert len(server.requests) == 1


def test_a_timed_out_call_closes_its_connection(key: str) -> None:
    with Server(Answer(silent=True)) as server:
        client = AgentHuman(key, base_url=server.url, timeout=0.05, max_retries=0)
        with pytest.raises(APITimeoutError):
            client.sessions.get("5")
        assert server.dropped.wait(10), "and nothing else is called meanwhile"


def test_a_connection_that_the_server_closed_is_not_reused(key: str) -> None:
    """A write is not retried once it may have been sent, so a thread checks its connection before."""
    answer = Answer(201, SESSION).bytes.replace(b"connection: close", b"connection: keep-alive")

    def serve() -> None:
        for _ in range(3):
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)
            closed.set()

    closed = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        client = AgentHuman(key, base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", max_retries=0)
        for _ in range(3):
            assert client.sessions.create(agent_id="7").id == "5"
            assert closed.wait(10)
            closed.clear()
            # Simulates a thread that is busy with other work.
            time.sleep(0.05)
        thread.join()
