"""An avatar in a job of LiveKit Agents, on the sandbox. The framework is real, and its room is not: see `fakes`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from agenthuman_livekit import AvatarSession
from livekit import api, rtc
from livekit.agents import Agent, AgentSession, JobContext
from livekit.agents.testing import fake_job_context

from agenthuman import (
    AgentHumanError,
    ClosedError,
    ConcurrencyLimitError,
    InvalidArgumentError,
    NotFoundError,
)
from agenthuman.rooms import AsyncAgentHumanRooms

from conftest import LIMIT, Service
from fakes import Room

AVATAR = "PUBLIC/Avatars/sara-office"
IDENTITY = "agenthuman-avatar-agent"


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def job(room: Room, service: Service) -> Iterator[JobContext]:
    """The context of a job, in which the avatar is started."""
    with fake_job_context(room=room) as job:
        job._info.token = api.AccessToken().with_identity("the-agent").to_jwt()
        yield job


@pytest.fixture
async def agent_session() -> AsyncIterator[AgentSession[Any]]:
    async with AgentSession[Any]() as session:
        yield session


async def shut_down(job: JobContext) -> None:
    """Runs the job's callbacks as its process does."""
    await asyncio.gather(*(callback("the job ends") for callback in job._shutdown_callbacks))


async def test_the_avatar_joins_the_room_and_speaks(
    service: Service, room: Room, job: JobContext, agent_session: AgentSession[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms: list[Any] = []
    async with AsyncAgentHumanRooms() as client:
        open = client.sessions.open

        def recorded(**options: Any) -> Any:
            rooms.append(options["room"])
            return open(**options)

        monkeypatch.setattr(client.sessions, "open", recorded)
        avatar = AvatarSession(avatar=AVATAR, aspect_ratio="1:1", metadata={"user": "Ada"}, client=client)
        await avatar.start(agent_session, room)
        [session] = service.sessions()
        assert avatar.session
        assert (session.id, session.status, session.aspect_ratio) == (avatar.session.id, "started", "1:1")
        assert session.metadata
        assert session.metadata["user"] == "Ada"

        [joined] = rooms
        assert (joined["platform"], joined["url"]) == ("livekit", "wss://example.livekit.cloud")
        claims = api.TokenVerifier().verify(joined["token"])
        assert (claims.identity, claims.kind) == (IDENTITY, "agent")
        assert claims.video
        assert (claims.video.room, claims.video.room_join) == ("a-room", True)
        assert claims.attributes == {"lk.publish_on_behalf": "the-agent"}

        room.join(IDENTITY)
        await avatar.wait_for_join(timeout=LIMIT)
        output = agent_session.output.audio
        assert output
        assert output.sample_rate == 16_000
        await output.capture_frame(rtc.AudioFrame.create(16_000, 1, 1_600))
        output.flush()
        [stream] = room.local_participant.streams
        assert stream.options["topic"] == "lk.audio_stream"
        assert stream.options["destination_identities"] == [IDENTITY]
        assert len(stream.data) == 3_200

        removed: list[api.RoomParticipantIdentity] = []

        async def remove(participant: api.RoomParticipantIdentity) -> None:
            removed.append(participant)

        monkeypatch.setattr(JobContext, "api", SimpleNamespace(room=SimpleNamespace(remove_participant=remove)))
        await avatar.aclose()
        assert service.statuses() == ["ended"]
        assert [(participant.room, participant.identity) for participant in removed] == [("a-room", IDENTITY)]
        # The client is the caller's, and stays open.
        assert (await client.usage.get()).active_sessions == []


async def test_the_end_of_the_job_ends_the_session(
    service: Service, room: Room, job: JobContext, agent_session: AgentSession[Any]
) -> None:
    avatar = AvatarSession(avatar=AVATAR)
    await avatar.start(agent_session, room)
    assert service.statuses() == ["started"]
    await shut_down(job)
    assert service.statuses() == ["ended"]
    await avatar.aclose()
    with pytest.raises(RuntimeError, match="can be started once"):
        await avatar.start(agent_session, room)


async def test_the_end_of_the_agents_session_ends_the_session(service: Service, room: Room, job: JobContext) -> None:
    agent_session = AgentSession[Any]()
    avatar = AvatarSession(avatar=AVATAR)
    await avatar.start(agent_session, room)
    await agent_session.start(Agent(instructions="Be brief."))
    await agent_session.aclose()
    await service.until("ended")


async def test_a_failure_after_the_session_was_opened_ends_it(
    service: Service, room: Room, job: JobContext, agent_session: AgentSession[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise KeyError("of the framework")

    monkeypatch.setattr(agent_session.output, "replace_audio_tail", fail)
    with pytest.raises(KeyError, match="of the framework"):
        await AvatarSession(avatar=AVATAR).start(agent_session, room)
    assert service.statuses() == ["ended"]


@pytest.mark.parametrize("way", ["cancel", "close"])
async def test_the_session_is_ended_if_it_is_being_opened(
    way: str, service: Service, room: Room, job: JobContext, agent_session: AgentSession[Any]
) -> None:
    service.sandbox.faults.set(["rooms/sessions.create:trickle=1000"])
    avatar = AvatarSession(avatar=AVATAR)
    starting = asyncio.create_task(avatar.start(agent_session, room))
    await service.until("started")
    if way == "cancel":
        starting.cancel()
    else:
        await shut_down(job)
    with pytest.raises(asyncio.CancelledError if way == "cancel" else ClosedError):
        await starting
    await service.until("ended")


async def test_errors_are_those_of_the_client(
    service: Service, room: Room, job: JobContext, agent_session: AgentSession[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFoundError, match="Avatar not found"):
        await AvatarSession(avatar="avat_01H3Z8G9YR3K2N5M6P7Q8W4TAA").start(agent_session, room)
    async with AsyncAgentHumanRooms() as client:
        with pytest.raises(InvalidArgumentError, match="client must not be combined") as combined:
            AvatarSession(avatar=AVATAR, client=client, base_url=service.url)
        assert combined.value.parameter == "client"
    for name in ("livekit_url", "livekit_api_key", "livekit_api_secret"):
        with monkeypatch.context() as without:
            without.delenv(name.upper())
            with pytest.raises(InvalidArgumentError, match=f"{name} is missing") as missing:
                await AvatarSession(avatar=AVATAR).start(agent_session, room)
        assert missing.value.parameter == name
    monkeypatch.delenv("AGENTHUMAN_API_KEY")
    with pytest.raises(AgentHumanError, match="AGENTHUMAN_API_KEY"):
        await AvatarSession(avatar=AVATAR).start(agent_session, room)
    assert service.sessions() == []


async def test_the_limit_of_the_plan(
    service: Service, room: Room, job: JobContext, agent_session: AgentSession[Any]
) -> None:
    opened = [AvatarSession(avatar=AVATAR) for _ in range(20)]
    for avatar in opened:
        await avatar.start(agent_session, room)
    with pytest.raises(ConcurrencyLimitError):
        await AvatarSession(avatar=AVATAR).start(agent_session, room)
    await shut_down(job)
    assert set(service.statuses()) == {"ended"}


async def test_a_session_whose_end_fails_is_logged(
    service: Service,
    room: Room,
    job: JobContext,
    agent_session: AgentSession[Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    service.sandbox.faults.set(["rooms/sessions.end:status=401"])
    await AvatarSession(avatar=AVATAR).start(agent_session, room)
    with caplog.at_level(logging.DEBUG):
        await shut_down(job)
    [record] = [record for record in caplog.records if record.name == "agenthuman.livekit"]
    assert record.levelno == logging.ERROR
    assert "may still be open" in record.getMessage()
    assert service.sandbox.api_key not in caplog.text


async def test_without_a_job(service: Service, agent_session: AgentSession[Any]) -> None:
    room = Room()
    avatar = AvatarSession(avatar=AVATAR, api_key=service.sandbox.api_key, base_url=service.url)
    await avatar.start(agent_session, room)
    await avatar.aclose()
    assert service.statuses() == ["ended"]
    with pytest.raises(InvalidArgumentError, match="not connected"):
        await AvatarSession(avatar=AVATAR).start(agent_session, Room(is_connected=False))
    assert len(service.sessions()) == 1


async def test_a_room_that_the_job_connects_later(
    service: Service, agent_session: AgentSession[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(is_connected=False)
    with fake_job_context(room=room) as job:
        job._info.token = api.AccessToken().with_identity("the-agent").to_jwt()
        avatar = AvatarSession(avatar=AVATAR)
        await avatar.start(agent_session, room)
        with suppress(asyncio.TimeoutError):
            await avatar.wait_for_join(timeout=0)
        await room.connect("wss://example.livekit.cloud", "a-token")
        room.join(IDENTITY)
        await avatar.wait_for_join(timeout=LIMIT)
        await shut_down(job)
    assert service.statuses() == ["ended"]
