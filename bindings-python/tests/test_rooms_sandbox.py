"""The client for rooms on the sandbox, which shares no code with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from agenthuman import ConcurrencyLimitError, NotFoundError, PaymentRequiredError, PermissionDeniedError, sandbox
from agenthuman.rooms import AgentHumanRooms, AsyncAgentHumanRooms, Room, RoomPlatform, Session

AVATAR = "PUBLIC/Avatars/sara-office"
ROOM = Room.livekit("wss://example.livekit.cloud", "the-token-of-the-room")
GIF = b"GIF89a"


@pytest.fixture
def service(sandbox_program: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[sandbox.Sandbox]:
    monkeypatch.setenv("AGENTHUMAN_SANDBOX", sandbox_program)
    with sandbox.start() as started:
        yield started


@pytest.fixture
def client(service: sandbox.Sandbox) -> Iterator[AgentHumanRooms]:
    with AgentHumanRooms(service.api_key, base_url=f"{service.url}/rooms") as client:
        yield client


def statuses(client: AgentHumanRooms) -> list[str]:
    return [session.status for session in client.sessions.list()]


def test_a_session(client: AgentHumanRooms) -> None:
    created = client.sessions.create(avatar=AVATAR, room=ROOM, aspect_ratio="1:1", metadata={"user": "Ada"})
    assert (created.status, created.aspect_ratio, created.metadata) == ("started", "1:1", {"user": "Ada"})
    assert created.session_token
    assert created.usage
    assert created.usage.concurrency
    assert created.usage.concurrency.current == 1
    found = client.sessions.get(created.id)
    assert (found.id, found.status, found.session_token) == (created.id, "started", None)
    assert [session.id for session in client.sessions.list(status="started")] == [created.id]
    assert list(client.sessions.list(status="ended")) == []
    for _ in range(2):
        assert client.sessions.end(created.id).status == "ended"
    assert client.sessions.wait_until_ended(created.id).ended_at is not None
    with pytest.raises(NotFoundError):
        client.sessions.get("sess_01H3Z8G9YR3K2N5M6P7Q8W4T")


@pytest.mark.parametrize("platform", ["daily", "livekit", "proxy"])
def test_a_room_of_each_platform(platform: RoomPlatform, client: AgentHumanRooms) -> None:
    rooms = {"daily": Room.daily("https://example.daily.co/a", "token"), "livekit": ROOM, "proxy": Room.proxy()}
    with client.sessions.open(avatar=AVATAR, room=rooms[platform]) as session:
        assert (session.room is not None) == (platform == "proxy")
        assert session.extra == {}
    assert statuses(client) == ["ended"]


def test_pictures_in_place_of_an_avatar(client: AgentHumanRooms, service: sandbox.Sandbox) -> None:
    for avatar in (GIF, "https://example.com/face.png"):
        client.sessions.end(client.sessions.create(avatar=avatar, room=ROOM).id)
    service.set_account(plan="free")
    with pytest.raises(PermissionDeniedError):
        client.sessions.create(avatar=GIF, room=ROOM)


def test_a_block_that_fails_ends_its_session(client: AgentHumanRooms) -> None:
    def fail() -> None:
        with client.sessions.open(avatar=AVATAR, room=ROOM):
            raise KeyError("of the block")

    with pytest.raises(KeyError, match="of the block"):
        fail()
    assert statuses(client) == ["ended"]


def test_everybody_leaves(client: AgentHumanRooms, service: sandbox.Sandbox) -> None:
    with client.sessions.open(avatar=AVATAR, room=ROOM) as session:
        service.leave(session.id)
        assert client.sessions.wait_until_ended(session.id).status == "ended"


def test_everybody_leaves_and_the_service_notices_later(client: AgentHumanRooms, service: sandbox.Sandbox) -> None:
    session = client.sessions.create(avatar=AVATAR, room=ROOM)
    service.leave(session.id, silently=True)
    assert client.sessions.get(session.id).status == "started"
    service.clock.advance(180)
    assert client.sessions.get(session.id).status == "ended"
    with pytest.raises(sandbox.SandboxError, match="Session not found"):
        service.leave("sess_01H3Z8G9YR3K2N5M6P7Q8W4T")


def test_the_account_of_a_sandbox(client: AgentHumanRooms, service: sandbox.Sandbox) -> None:
    service.set_account(plan="growth", included_minutes=None, purchased_minutes=30)
    usage = client.usage.get()
    assert usage.plan
    assert usage.included_minutes
    assert usage.purchased_minutes
    assert (usage.plan.key, usage.included_minutes.total, usage.purchased_minutes.remaining) == ("growth", None, 30)
    service.set_account(included_minutes=7)
    usage = client.usage.get()
    assert usage.plan
    assert usage.included_minutes
    assert (usage.plan.key, usage.included_minutes.total) == ("growth", 7)
    bad: Any = "huge"
    with pytest.raises(sandbox.SandboxError, match="plan"):
        service.set_account(plan=bad)


def test_a_lost_response_leaves_no_session_open(client: AgentHumanRooms, service: sandbox.Sandbox) -> None:
    service.faults.set(["rooms/sessions.create@1:reset-after"])
    with pytest.raises(Exception, match="was found and ended") as caught:
        client.sessions.open(avatar=AVATAR, room=ROOM).__enter__()
    [session] = client.sessions.list()
    assert session.status == "ended"
    assert getattr(caught.value, "details", None) == {"ended": [session.id]}


def test_limits_of_the_plan(client: AgentHumanRooms, service: sandbox.Sandbox) -> None:
    service.set_account(plan="free")
    with client.sessions.open(avatar=AVATAR, room=ROOM), pytest.raises(ConcurrencyLimitError):
        client.sessions.create(avatar=AVATAR, room=ROOM)
    service.set_account(included_minutes=0)
    with pytest.raises(PaymentRequiredError):
        client.sessions.create(avatar=AVATAR, room=ROOM)


def test_places_are_those_of_the_plan(service: sandbox.Sandbox) -> None:
    service.set_account(plan="free")

    async def open_three() -> list[Session]:
        url = f"{service.url}/rooms"
        async with AsyncAgentHumanRooms(service.api_key, base_url=url, max_open="auto", max_retries=0) as client:

            async def one() -> Session:
                async with client.sessions.open(avatar=AVATAR, room=ROOM) as session:
                    return session

            return await asyncio.gather(one(), one(), one())

    assert len({session.id for session in asyncio.run(open_three())}) == 3


def test_usage(client: AgentHumanRooms) -> None:
    with client.sessions.open(avatar=AVATAR, room=ROOM) as session:
        usage = client.usage.get()
    assert usage.extra == {}
    assert usage.active_sessions
    [active] = usage.active_sessions
    assert active.id == session.id
    assert active.status in ("active", "started")
    assert usage.concurrency
    assert (usage.concurrency.current, usage.concurrency.max) == (1, 20)
    assert usage.plan
    assert usage.plan.key == "pro"
    assert usage.period
    assert isinstance(usage.period.end, datetime)


def test_avatars(client: AgentHumanRooms) -> None:
    before = client.avatars.list()
    assert AVATAR in [avatar.id for avatar in before.public_avatars]
    assert list(before.my_avatars) == []
    uploaded = [
        client.avatars.upload_face(file=GIF),
        client.avatars.upload_face_url(image_url="https://example.com/face.png"),
        client.avatars.upload_face_base64(image_base64="R0lGODlh"),
    ]
    mine = [avatar.id for avatar in client.avatars.list().my_avatars]
    assert sorted(mine) == sorted(avatar.id for avatar in uploaded)
    assert client.avatars.preview(avatar_id=AVATAR).url.startswith("http")
    for id in mine:
        client.avatars.delete(id)
    assert list(client.avatars.list().my_avatars) == []


def test_agents_and_links(client: AgentHumanRooms) -> None:
    agent = client.agents.create(
        name="Ada", voice_agent={"provider": "ElevenLabs", "agent_id": "el_1", "auth_method": "public"}
    )
    assert agent.voice_agent
    assert agent.voice_agent.auth_method == "public"
    changed = client.agents.update(agent.id, voice_agent={"auth_method": "token"}, avatar_image_url="https://a.b/c.png")
    assert changed.voice_agent
    assert (changed.voice_agent.auth_method, changed.voice_agent.provider) == ("token", "ElevenLabs")
    assert [found.id for found in client.agents.list()] == [agent.id]
    assert client.agents.get(agent.id).name == "Ada"

    soon = datetime.now(timezone.utc) + timedelta(hours=1)
    link = client.links.create(agent_id=agent.id, name="Demo", expires_at=soon, use_limit=2)
    assert link.expires_at
    assert abs(link.expires_at - soon) < timedelta(seconds=1)
    assert (link.status, link.use_limit, link.uses) == ("active", 2, 0)
    started = client.links.start_session(link_id=link.id, aspect_ratio="3:4")
    assert started.participant_token
    assert client.sessions.get(started.id).aspect_ratio == "3:4"
    assert client.links.update(link.id, status="paused", expires_at=None, name=None).expires_at is None
    assert [found.id for found in client.links.list(status="paused")] == [link.id]
    assert list(client.links.list(status="expired")) == []
    with pytest.raises(PermissionDeniedError):
        client.links.start_session(link_id=link.id)
    assert client.links.get(link.id).uses == 1
    client.links.delete(link.id)
    client.agents.delete(agent.id)
    assert list(client.agents.list()) == []


def test_openclaw(client: AgentHumanRooms) -> None:
    mine = client.avatars.upload_face(file=GIF).id
    room = client.openclaw.initiate(avatar=mine, aspect_ratio="1:1", enable_transcription=False)
    assert room.url.startswith("ws")
    assert room.token not in repr(room)
