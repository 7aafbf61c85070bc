"""The rate limit: threads and tasks are paced, waits are reported, and the maximum wait."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from agenthuman import AgentHuman, APITimeoutError, AsyncAgentHuman, InvalidArgumentError, RateLimitWait

from canned import Answer, Request, Server, session_row

KEY = "ah_test_" + "R4teL1m1t" * 3 + "R4teL"
CREATED = {"success": True, "session": session_row(5)}


class Windows:
    """Accepts `limit` requests in each window of `seconds`, which starts with a request."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit, self.seconds = limit, seconds
        self.began, self.used = float("-inf"), 0
        self.lock = threading.Lock()

    def __call__(self, request: Request) -> Answer:
        with self.lock:
            if time.monotonic() - self.began >= self.seconds:
                self.began, self.used = time.monotonic(), 0
            accepted = self.used < self.limit
            self.used += accepted
            headers = {
                "x-ratelimit-limit": str(self.limit),
                "x-ratelimit-remaining": str(self.limit - self.used),
                "x-ratelimit-reset": str(max(0.0, self.began + self.seconds - time.monotonic())),
            }
        body = CREATED if accepted else {"success": False, "error": "Too many requests."}
        return Answer(201 if accepted else 429, body, headers=headers)


def test_threads_are_paced() -> None:
    with Server(Windows(20, 1)) as server:
        client = AgentHuman(KEY, base_url=server.url, timeout=1.5)
        with ThreadPoolExecutor(60) as threads:
            made = list(threads.map(lambda _: client.sessions.create(agent_id="7").id, range(60)))
    assert made == ["5"] * 60


def test_tasks_are_paced() -> None:
    async def run(client: AsyncAgentHuman) -> list[Any]:
        return await asyncio.gather(*(client.sessions.create(agent_id="7") for _ in range(60)))

    with Server(Windows(20, 1)) as server:
        made = asyncio.run(run(AsyncAgentHuman(KEY, base_url=server.url, timeout=1.5)))
    assert len(made) == 60


def test_a_cancelled_task_leaves_the_queue() -> None:
    async def run(client: AsyncAgentHuman) -> None:
        await client.sessions.get("5")
        waiting = asyncio.create_task(client.sessions.get("5"))
        await asyncio.sleep(0.1)
        waiting.cancel()
        await client.sessions.get("5")

    with Server(Windows(1, 0.5)) as server:
        asyncio.run(run(AsyncAgentHuman(KEY, base_url=server.url)))
        assert len(server.requests) == 2


def test_a_client_that_does_not_wait_fails_at_once() -> None:
    with Server(Windows(1, 60)) as server:
        client = AgentHuman(KEY, base_url=server.url, max_rate_limit_wait=0)
        client.sessions.get("5")
        # A client from `with_options` shares the limit.
        with pytest.raises(APITimeoutError) as caught:
            client.with_options(timeout=5).sessions.create(agent_id="7")
        assert (caught.value.phase, caught.value.outcome_unknown) == ("rate_limit", False)
        assert caught.value.retry_after is not None
        assert 0 < caught.value.retry_after <= 60
        assert len(server.requests) == 1


@pytest.mark.parametrize("kind", ["sync", "async", "coroutine"])
def test_waits_are_reported_and_logged(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    waits: list[RateLimitWait] = []

    def report(wait: RateLimitWait) -> None:
        waits.append(wait)
        raise ValueError("a report that fails on purpose")

    async def report_later(wait: RateLimitWait) -> None:
        await asyncio.sleep(0)
        report(wait)

    async def run(client: AsyncAgentHuman) -> None:
        await client.sessions.get("5")
        await asyncio.gather(*(client.sessions.get("5") for _ in range(3)))

    caplog.set_level(logging.WARNING, "agenthuman")
    with Server(Windows(2, 1)) as server:
        if kind == "sync":
            client = AgentHuman(KEY, base_url=server.url, on_wait=report)
            client.sessions.get("5")
            with ThreadPoolExecutor(3) as threads:
                list(threads.map(client.sessions.get, "555"))
        else:
            function = report if kind == "async" else report_later
            asyncio.run(run(AsyncAgentHuman(KEY, base_url=server.url, on_wait=function)))
    assert [(wait.operation, wait.phase, wait.queued) for wait in waits] == [("sessions.get", "rate_limit", 2)] * 2
    assert all(0 < wait.seconds <= 1 for wait in waits)
    messages = [record.getMessage() for record in caplog.records]
    assert messages.count("sessions.get: waiting 1 s for the rate limit, 2 calls queued") == 1
    assert messages.count("on_wait raised an exception; the call continues") == 2
    assert len(messages) == 3


def test_on_wait_must_be_a_function() -> None:
    with pytest.raises(InvalidArgumentError, match="on_wait"):
        AgentHuman(KEY, on_wait="loud")  # type: ignore[arg-type]
