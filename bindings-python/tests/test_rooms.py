"""The client for rooms: what it rejects, sessions that end in any case, and secrets."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from agenthuman import AgentHuman, AgentHumanError
from agenthuman.rooms import AgentHumanRooms, AsyncAgentHumanRooms, Room, Session

from canned import Answer, Request, Server

ROOM = Room.livekit("wss://example.livekit.cloud", "the-token-of-the-room")
NOWHERE = "http://127.0.0.1:1"


class Service:
    """Opens sessions, lists and ends them. `lost`: the responses to opening a session never come."""

    def __init__(self, *, lost: bool = False, end: Answer | None = None) -> None:
        self.lost = lost
        self.end = end
        self.open: dict[str, dict[str, Any]] = {}
        self.most_open = 0
        self.log: list[str] = []

    def __call__(self, request: Request) -> Answer:
        self.log.append(f"{request.method} {request.path}")
        if request.path.endswith("/end"):
            if self.end is not None:
                return self.end
            self.open.pop(request.path.split("/")[-2], None)
            return Answer(200, {"success": True, "session": {"session_id": "x", "status": "ended"}})
        if request.method == "POST":
            id = f"sess_{len(self.log)}"
            self.open[id] = request.json().get("metadata", {})
            self.most_open = max(self.most_open, len(self.open))
            session = {"session_id": id, "status": "started", "session_token": "the-token-of-the-session"}
            return Answer(201, text="") if self.lost else Answer(201, {"success": True, "session": session})
        if request.path == "/v1/usage":
            return Answer(200, {"success": True, "usage": {"concurrency": {"current": 0, "max": 1, "available": 1}}})
        sessions = [{"session_id": id, "status": "started", "metadata": data} for id, data in self.open.items()]
        return Answer(200, {"success": True, "sessions": sessions})


def client_of(server: Server, key: str, **options: Any) -> AgentHumanRooms:
    return AgentHumanRooms(key, base_url=server.url, max_retries=0, **options)


@pytest.mark.parametrize(
    ("operation", "params", "parameter"),
    [
        *[("sessions.create", {"aspect_ratio": ratio}, "aspect_ratio") for ratio in ("16:9", "auto", "")],
        ("sessions.create", {"avatar": ""}, "avatar"),
        ("sessions.create", {"room": None}, "room"),
        ("sessions.create", {"room": {}}, "room.platform"),
        ("sessions.create", {"room": {"platform": "zoom", "url": "https://a.b", "token": "t"}}, "room.platform"),
        ("sessions.create", {"room": {"platform": "livekit", "url": "wss://a.b"}}, "room.token"),
        ("sessions.create", {"room": {"platform": "livekit", "token": "t"}}, "room.url"),
        ("sessions.create", {"room": {"platform": "livekit", "url": "a.b", "token": "t"}}, "room.url"),
        ("sessions.create", {"room": {"platform": "proxy", "url": "wss://a.b"}}, "room.url"),
        ("sessions.create", {"room": {**ROOM, "colour": "red"}}, "room"),
        ("sessions.create", {"metadata": []}, "metadata"),
        ("sessions.create", {"metadata": "x"}, "metadata"),
        ("sessions.create", {"avatar": b"%PDF-1.7"}, "avatar"),
        ("sessions.create", {"avatar": b"\xff\xd8\xff" + bytes(10 * 1024 * 1024)}, "avatar"),
        ("sessions.open", {"aspect_ratio": "16:9"}, "aspect_ratio"),
        ("sessions.open", {"max_wait": -1}, "max_wait"),
        ("sessions.list", {"status": "completed"}, "status"),
        ("sessions.get", {"id": ""}, "id"),
        ("links.create", {"agent_id": "agnt_1", "use_limit": 0}, "use_limit"),
        ("links.create", {"agent_id": "agnt_1", "use_limit": 1.5}, "use_limit"),
        ("links.create", {"agent_id": "agnt_1", "expires_at": "tomorrow"}, "expires_at"),
        ("links.update", {"id": "lnk_1"}, None),
        ("agents.update", {"id": "agnt_1"}, None),
        ("agents.update", {"id": "agnt_1", "voice_agent": {}}, "voice_agent"),
        (
            "agents.create",
            {"name": "A", "voice_agent": {"provider": "ElevenLabs", "agent_id": "el_1"}},
            "voice_agent.auth_method",
        ),
        ("avatars.upload_face", {"file": b""}, "file"),
        ("avatars.upload_face", {"file": b"GIF89a" + bytes(10 * 1024 * 1024)}, "file"),
        ("avatars.upload_face", {"file": b"%PDF-1.7", "file_name": "face.png"}, "file"),
        ("avatars.upload_face_base64", {"image_base64": "%%%"}, "image_base64"),
    ],
)
def test_what_is_rejected_before_anything_is_sent(
    operation: str, params: dict[str, Any], parameter: str | None, key: str
) -> None:
    resource, verb = operation.split(".")
    if verb in ("create", "open") and resource == "sessions":
        params = {"avatar": "avat_1", "room": ROOM, **params}
    with AgentHumanRooms(key, base_url=NOWHERE, max_retries=0) as client:
        method = getattr(getattr(client, resource), verb)
        with pytest.raises(AgentHumanError) as caught:
            result = method(**params)
            if hasattr(result, "page"):
                result.page()
            else:
                result.__enter__()
    assert (caught.value.code, caught.value.parameter) == ("invalid_argument", parameter)
    assert "the-token-of-the-room" not in f"{caught.value!r}"


def test_a_path_is_read_and_encoded(key: str, tmp_path: Path) -> None:
    path = tmp_path / "face.png"
    path.write_bytes(b"GIF89a")
    service = Service()
    with Server(service) as server, client_of(server, key) as client:
        client.sessions.create(avatar=path, room=ROOM)
        client.sessions.create(avatar=b"GIF89a", room=ROOM)
        sent = [request.json()["avatar"] for request in server.requests]
    assert sent == ["data:image/gif;base64,R0lGODlh"] * 2


def test_a_token_is_no_credential_of_it(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTHUMAN_TOKEN", token)
    client = AgentHumanRooms(base_url=NOWHERE)
    with pytest.raises(AgentHumanError) as caught:
        client.usage.get()
    assert caught.value.code == "missing_credential"
    with pytest.raises(TypeError, match="token"):
        AgentHumanRooms(token=token)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("client", "name", "other"),
    [
        (AgentHumanRooms, "messages", "AgentHuman"),
        (AgentHumanRooms, "auth", "AgentHuman"),
        (AgentHuman, "links", "AgentHumanRooms"),
    ],
)
def test_a_resource_of_the_other_class_is_named(client: Any, name: str, other: str, key: str) -> None:
    with pytest.raises(AttributeError, match=rf"{name} .*\b{other}\b"):
        getattr(client(key, base_url=NOWHERE), name)


def test_an_operation_of_the_other_class_is_named(key: str) -> None:
    client = AgentHumanRooms(key, base_url=NOWHERE)
    with pytest.raises(AttributeError, match=r"avatars\.create .*\bAgentHuman\b"):
        client.avatars.create  # type: ignore[attr-defined]  # noqa: B018


def test_open_ends_the_session_at_the_end_of_the_block_and_after_an_error(key: str) -> None:
    service = Service()
    with Server(service) as server, client_of(server, key) as client:
        with client.sessions.open(avatar="avat_1", room=ROOM) as session:
            assert isinstance(session, Session)
            assert list(service.open) == [session.id]
        assert service.open == {}
        for error in (RuntimeError("mine"), KeyboardInterrupt()):
            with pytest.raises(type(error)), client.sessions.open(avatar="avat_1", room=ROOM):
                raise error
            assert service.open == {}
    assert service.log.count("POST /v1/sessions") == 3


def test_the_first_error_is_kept_if_ending_fails_too(key: str) -> None:
    service = Service(end=Answer(500, {"success": False, "error": {"message": "no"}}))
    with Server(service) as server, client_of(server, key) as client:
        with pytest.raises(RuntimeError, match="mine") as caught, client.sessions.open(avatar="avat_1", room=ROOM):
            raise RuntimeError("mine")
        assert "may still be open" in caught.value.__notes__[0]
        with pytest.raises(AgentHumanError, match="no"), client.sessions.open(avatar="avat_1", room=ROOM):
            pass


def test_a_lost_session_is_found_by_its_mark_and_ended(key: str) -> None:
    service = Service(lost=True)
    service.open = {"sess_other": {"agenthuman_open": "another's"}}
    with Server(service) as server, client_of(server, key) as client:
        with (
            pytest.raises(AgentHumanError) as caught,
            client.sessions.open(avatar="avat_1", room=ROOM, metadata={"k": 1}),
        ):
            pass
        created = server.requests[0].json()
    assert created["metadata"]["k"] == 1
    assert list(service.open) == ["sess_other"]
    assert caught.value.details == {"ended": ["sess_1"]}
    assert not caught.value.outcome_unknown
    service = Service(lost=True)
    with Server(service) as server, client_of(server, key) as client:
        with pytest.raises(AgentHumanError) as caught, client.sessions.open(avatar="avat_1", room=ROOM, mark=False):
            pass
        assert "metadata" not in server.requests[0].json()
    assert caught.value.outcome_unknown
    assert len(service.log) == 1


def test_an_async_session_is_ended_after_a_cancellation(key: str) -> None:
    service = Service()

    async def run(url: str) -> None:
        async with AsyncAgentHumanRooms(key, base_url=url) as client:
            opened = asyncio.Event()

            async def work() -> None:
                async with client.sessions.open(avatar="avat_1", room=ROOM):
                    opened.set()
                    await asyncio.Event().wait()

            task = asyncio.create_task(work())
            await opened.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert service.open == {}

    with Server(service) as server:
        asyncio.run(run(server.url))


def test_a_session_is_ended_whose_task_is_cancelled_as_its_response_arrives(key: str) -> None:
    service = Service()

    async def run(url: str) -> None:
        loop = asyncio.get_running_loop()
        make = loop.create_future
        async with AsyncAgentHumanRooms(key, base_url=url) as client:

            async def work() -> None:
                async with client.sessions.open(avatar="avat_1", room=ROOM):
                    raise AssertionError("the block was entered")

            task = asyncio.create_task(work())

            def cancelling() -> asyncio.Future[Any]:
                # The callback runs before the task does.
                future = make()
                future.add_done_callback(lambda _: task.cancel())
                return future

            loop.create_future = cancelling  # type: ignore[method-assign]
            await asyncio.wait([task])
            loop.create_future = make  # type: ignore[method-assign]
            assert task.cancelled()
            assert len(service.log) >= 1, "the session was opened"
            while service.open:
                await asyncio.sleep(0.01)

    with Server(service) as server:
        asyncio.run(asyncio.wait_for(run(server.url), 30))


def test_a_session_whose_opening_is_cancelled_is_ended_before_the_program_is(key: str) -> None:
    """The service has opened the session, and its response never comes. The client is closed before the look for it."""
    service = Service()

    def answer(request: Request) -> Answer:
        found = service(request)
        return Answer(silent=True) if request.path == "/v1/sessions" and request.method == "POST" else found

    program = """
import asyncio, os
from agenthuman.rooms import AsyncAgentHumanRooms, Room

async def main():
    async with AsyncAgentHumanRooms(base_url=os.environ["URL"]) as client:
        async def work():
            async with client.sessions.open(avatar="avat_1", room=Room.proxy()):
                pass
        task = asyncio.create_task(work())
        await asyncio.to_thread(input)
        task.cancel()
        await asyncio.wait([task])

asyncio.run(main())
"""
    with Server(answer) as server:
        environment = {**os.environ, "URL": server.url, "AGENTHUMAN_API_KEY": key}
        running = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, env=environment)
        assert server.requested.wait(30)
        running.communicate(b"\n", timeout=60)
    assert running.returncode == 0
    assert service.open == {}


@pytest.mark.parametrize("max_open", [1, "auto"])
def test_no_more_sessions_are_open_than_there_are_places(max_open: Any, key: str) -> None:
    service = Service()
    with Server(service) as server, client_of(server, key, max_open=max_open) as client:

        def work() -> None:
            with client.sessions.open(avatar="avat_1", room=ROOM):
                client.sessions.list(status="started").all()

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert service.most_open == 1
    assert service.log.count("POST /v1/sessions") == 8


def test_wait_until_ended(key: str) -> None:
    states = ["started", "ended"]

    def answer(request: Request) -> Answer:
        return Answer(200, {"success": True, "session": {"session_id": "sess_1", "status": states.pop(0)}})

    with Server(answer) as server, client_of(server, key) as client:
        assert client.sessions.wait_until_ended("sess_1", every=1).status == "ended"
    assert states == []


def test_no_secret_is_printed(key: str) -> None:
    with Server(Service()) as server, client_of(server, key) as client:
        session = client.sessions.create(avatar="avat_1", room=ROOM)
    printed = f"{ROOM!r} {ROOM} {session!r} {session} {client!r} {vars(session)}"
    for secret in ("the-token-of-the-room", "the-token-of-the-session", key):
        assert secret not in printed
    assert session.session_token == "the-token-of-the-session"
    assert pickle.loads(pickle.dumps(session)) == session
    assert json.loads(session.to_json())["id"] == session.id
