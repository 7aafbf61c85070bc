"""Mocks and cassettes of the clients for rooms."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

import agenthuman
from agenthuman import ConcurrencyLimitError, InvalidArgumentError, sandbox
from agenthuman._generated.rooms import models
from agenthuman.rooms import AgentHumanRooms, AsyncAgentHumanRooms, Room, Session
from agenthuman.testing import Cassette, RoomsMock, UnexpectedCallError, rooms

AVATAR = "PUBLIC/Avatars/sara-office"
ROOM = Room.livekit("wss://example.livekit.cloud", "the-token-of-the-room")
RUNS = [asyncio.run, lambda coroutine: trio.run(lambda: coroutine)]


@pytest.fixture
def mock(agenthuman_rooms_mock: RoomsMock) -> RoomsMock:
    return agenthuman_rooms_mock


def test_a_call_gets_its_response_and_is_recorded(mock: RoomsMock) -> None:
    mock.on("sessions.create").returns(rooms.session(id="sess_1", session_token="a-token"))
    created = mock.client.sessions.create(avatar=AVATAR, room=ROOM, timeout=2)
    assert isinstance(mock.client, AgentHumanRooms)
    assert isinstance(created, Session)
    assert (created.id, created.status, created.session_token) == ("sess_1", "started", "a-token")
    assert "a-token" not in repr(created)
    [call] = mock.calls
    assert call.params == {"avatar": AVATAR, "room": dict(ROOM)}
    assert call.options == {"timeout": 2.0}


def test_a_session_that_is_opened_is_ended(mock: RoomsMock) -> None:
    mock.on("sessions.open").returns(rooms.session(id="sess_1"))
    mock.on("sessions.end").returns(rooms.session(id="sess_1", status="ended"))
    with mock.client.sessions.open(avatar=AVATAR, room=ROOM, max_wait=5) as session:
        assert session.id == "sess_1"
    mock.assert_calls("sessions.open", "sessions.end")
    assert mock.calls[0].params["max_wait"] == 5
    assert mock.calls[1].params == {"id": "sess_1"}
    mock.assert_all_called()


@pytest.mark.parametrize("run", RUNS)
def test_async_calls(mock: RoomsMock, run: Callable[[Awaitable[Any]], Any]) -> None:
    mock.on("sessions.open").returns({"id": "sess_1", "status": "started"})
    mock.on("sessions.end").returns(rooms.session(status="ended"))
    mock.on("sessions.wait_until_ended").returns(rooms.session(status="ended"))
    mock.on("avatars.list").returns(rooms.avatar_list(public_avatars=[rooms.avatar(id=AVATAR)]))
    mock.on("links.list").returns([rooms.link(id="lnk_1"), rooms.link(id="lnk_2")])

    async def work() -> None:
        client = mock.async_client
        assert isinstance(client, AsyncAgentHumanRooms)
        async with client.sessions.open(avatar=AVATAR, room=ROOM) as session:
            assert (await client.sessions.wait_until_ended(session.id)).status == "ended"
        assert [avatar.id for avatar in (await client.avatars.list()).public_avatars] == [AVATAR]
        assert [link.id async for link in client.links.list()] == ["lnk_1", "lnk_2"]

    run(work())
    mock.assert_all_called()


def test_errors_and_checks_are_those_of_production(mock: RoomsMock) -> None:
    mock.on("sessions.create").raises("concurrency_limit", details={"max": 1})
    with pytest.raises(ConcurrencyLimitError) as limit:
        mock.client.sessions.create(avatar=AVATAR, room=ROOM)
    assert (limit.value.status, limit.value.details) == (429, {"max": 1})
    bad: Any = {"platform": "livekit", "url": "wss://example.livekit.cloud"}
    with pytest.raises(InvalidArgumentError, match=r"room\.token"):
        mock.client.sessions.create(avatar=AVATAR, room=bad)
    assert len(mock.calls) == 1


def test_mistakes_in_a_test_are_reported(mock: RoomsMock) -> None:
    stub: Any = mock.on("sessions.get")
    with pytest.raises(TypeError, match="returns Session; got Session"):
        stub.returns(agenthuman.testing.session())
    unknown: Any = "messages.create"
    with pytest.raises(ValueError, match="unknown operation"):
        mock.on(unknown)
    with pytest.raises(UnexpectedCallError, match=r'mock\.on\("usage\.get"\)\.returns\(rooms\.account_usage\(\)\)'):
        mock.client.usage.get()


@pytest.mark.parametrize("name", models.__all__)
def test_every_model_has_a_factory(name: str) -> None:
    factory = getattr(
        rooms, "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
    )
    assert factory.__name__ in rooms.__all__
    made = factory()
    assert type(made) is getattr(models, name)
    assert list(inspect.signature(factory).parameters) == [*type(made).__match_args__, "extra"]


@pytest.fixture
def service(sandbox_program: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[sandbox.Sandbox]:
    monkeypatch.setenv("AGENTHUMAN_SANDBOX", sandbox_program)
    with sandbox.start() as started:
        yield started


def converse(client: AgentHumanRooms) -> list[Any]:
    """A program with a session that is opened and ended, a lost response, tokens and an upload."""
    found: list[Any] = []
    with client.sessions.open(avatar=AVATAR, room=ROOM, metadata={"user": "Ada"}) as session:
        found += [session.id, client.usage.get().concurrency]
    with client.sessions.open(avatar=AVATAR, room=Room.proxy()) as other:
        assert other.room
        found += [other.id, other.room.room_url]
    with pytest.raises(agenthuman.AgentHumanError) as lost:
        client.sessions.open(avatar=AVATAR, room=ROOM).__enter__()
    found += [lost.value.code, lost.value.details, [one.status for one in client.sessions.list()]]
    return [*found, client.avatars.upload_face(file=b"GIF89a").id]


def test_a_program_is_recorded_and_replayed(tmp_path: Path, service: sandbox.Sandbox) -> None:
    path = tmp_path / "rooms.json"
    service.faults.set(["rooms/sessions.create@3:reset-after"])
    with Cassette(path, mode="record") as cassette:
        client = cassette.rooms_client(service.api_key, base_url=f"{service.url}/rooms", max_open=5)
        recorded = converse(client)
    assert recorded[5] == {"ended": [recorded[5]["ended"][0]]}
    text = path.read_text()
    for secret in (service.api_key, "the-token-of-the-room", "eyJhbGciOiJIUzI1NiI"):
        assert secret not in text
    with Cassette(path) as cassette:
        assert converse(cassette.rooms_client(max_open=5)) == recorded
        cassette.assert_all_played()


def test_an_async_program_is_recorded_and_replayed(tmp_path: Path, service: sandbox.Sandbox) -> None:
    async def program(client: AsyncAgentHumanRooms) -> str:
        async with client, client.sessions.open(avatar=AVATAR, room=ROOM) as session:
            return session.id

    path = tmp_path / "rooms.json"
    with Cassette(path, mode="record") as cassette:
        client = cassette.async_rooms_client(service.api_key, base_url=f"{service.url}/rooms")
        recorded = asyncio.run(program(client))
    with Cassette(path) as cassette:
        assert asyncio.run(program(cassette.async_rooms_client())) == recorded
        cassette.assert_all_played()
