"""A sandbox with the environment of a program that uses it, and the sessions on it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from agenthuman import sandbox
from agenthuman.rooms import AgentHumanRooms, Session

LIMIT = 30
"""The timeout of everything here, in seconds."""


class Service:
    """A sandbox, as seen by the owner of its account."""

    def __init__(self, started: sandbox.Sandbox) -> None:
        self.sandbox = started
        self.url = f"{started.url}/rooms"
        self.client = AgentHumanRooms(started.api_key, base_url=self.url)

    def sessions(self) -> list[Session]:
        return list(self.client.sessions.list())

    def statuses(self) -> list[str]:
        return [session.status for session in self.sessions()]

    async def until(self, *statuses: str) -> None:
        """Waits until the sessions have these statuses, the newest first."""

        async def poll() -> None:
            while await asyncio.to_thread(self.statuses) != [*statuses]:
                await asyncio.sleep(0.02)

        await asyncio.wait_for(poll(), LIMIT)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A new sandbox. Clients with default settings use it."""
    with sandbox.start() as started:
        service = Service(started)
        monkeypatch.setenv("AGENTHUMAN_API_KEY", started.api_key)
        monkeypatch.setenv("AGENTHUMAN_BASE_URL", service.url)
        monkeypatch.setenv("LIVEKIT_URL", "wss://example.livekit.cloud")
        monkeypatch.setenv("LIVEKIT_API_KEY", "devkey")
        monkeypatch.setenv("LIVEKIT_API_SECRET", "a-made-up-secret-of-thirty-two-bytes")
        with service.client:
            yield service
