"""The relay as an ASGI app without a server: messages in various orders, on asyncio and trio."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import anyio
import pytest

from agenthuman import AgentHuman, AsyncAgentHuman, relay
from agenthuman._asgi import _below  # pyright: ignore[reportPrivateUsage]

from canned import Answer, Server, session_row
from relayed import AppRun, authorize, made, policy
from test_loops import RUNNERS, Runner

SESSION = Answer(201, {"success": True, "session": session_row(5)})
AVATARS = Answer(200, {"success": True, "avatars": []})
SILENT = Answer(silent=True)
GONE = {"type": "http.disconnect"}


@pytest.fixture(params=RUNNERS)
def run(request: pytest.FixtureRequest) -> Runner:
    return RUNNERS[request.param]


def piece(body: bytes, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def telling(*messages: dict[str, Any]) -> Callable[[], Any]:
    """Returns a `receive` that returns these messages, and then waits forever."""
    left = iter(messages)

    async def receive() -> dict[str, Any]:
        for message in left:
            return message
        await anyio.sleep_forever()
        raise AssertionError

    return receive


BODY = json.dumps({"agent_id": "7"}).encode()
BODIES: dict[str, list[dict[str, Any]]] = {
    "whole": [piece(BODY, False)],
    "ended apart": [piece(BODY, True), piece(b"", False)],
    "in bytes, with nothing between": [
        message for byte in BODY for message in (piece(bytes([byte]), True), piece(b"", True))
    ]
    + [{"type": "http.request"}],
    "ended twice": [piece(BODY, False), piece(b"", False)],
    "ended without a word": [{"type": "http.request", "body": BODY}],
}


@pytest.mark.parametrize("body", BODIES)
def test_bodies(run: Runner, body: str, key: str) -> None:
    with Server(SESSION) as server:
        driven = AppRun("POST", "/v1/sessions")
        run(lambda: made(AsyncAgentHuman(key, base_url=server.url))(driven.scope, telling(*BODIES[body]), driven.send))
        assert driven.answer.status == 201
        assert driven.answer.headers["content-length"] == str(len(driven.answer.text))
        assert server.requests[0].json()["agent_id"] == 7


def test_plain_functions_run_in_threads(run: Runner, key: str) -> None:
    async def here(request: relay.Request) -> str | None:
        await anyio.sleep(0)
        assert threading.current_thread() is threading.main_thread()
        return authorize(request)

    def there(user: str, request: dict[str, Any]) -> relay.Decision:
        assert threading.current_thread() is not threading.main_thread()
        return policy(user, request)

    with Server(SESSION) as server:
        app = made(AsyncAgentHuman(key, base_url=server.url), authorize=here, policy=there)
        driven = AppRun("POST", "/v1/sessions")
        run(lambda: app(driven.scope, telling(piece(b"{}", False)), driven.send))
        assert driven.answer.status == 201


def test_a_disconnect_drops_the_request(run: Runner, key: str) -> None:
    for method, path, messages in (
        ("POST", "/v1/sessions", [piece(BODY, False)]),
        ("GET", "/v1/avatars", [piece(b"", False)]),
    ):
        with Server(SILENT) as server:
            app = made(AsyncAgentHuman(key, base_url=server.url))
            driven = AppRun(method, path)
            left = iter(messages)

            async def receive(left: Any = left, server: Server = server) -> dict[str, Any]:
                for message in left:
                    return message  # type: ignore[no-any-return]
                assert await anyio.to_thread.run_sync(server.requested.wait, 10)
                return GONE

            run(lambda app=app, driven=driven, receive=receive: app(driven.scope, receive, driven.send))  # type: ignore[misc]
            assert server.dropped.wait(10)
            assert driven.said == []


def test_a_disconnect_cancels_a_function(run: Runner, key: str) -> None:
    entered: list[anyio.Event] = []
    outcome: list[str] = []

    async def waiting(request: relay.Request) -> str:
        entered[0].set()
        try:
            await anyio.sleep_forever()
        finally:
            outcome.append("cancelled")
        return "alice"

    async def receive() -> dict[str, Any]:
        await entered[0].wait()
        return GONE

    async def work() -> None:
        entered.append(anyio.Event())
        await made(AgentHuman(key), authorize=waiting)(driven.scope, receive, driven.send)
        # The function has ended when the app returns.
        assert outcome == ["cancelled"]

    driven = AppRun("GET", "/v1/avatars")
    run(work)
    assert driven.said == []


@pytest.mark.parametrize("outcome", ["an error", "an answer"])
async def test_the_result_of_a_function_that_ignores_its_cancellation_is_ignored(outcome: str, key: str) -> None:
    entered = asyncio.Event()

    async def stubborn(request: relay.Request) -> str:
        entered.set()
        try:
            await anyio.sleep_forever()
        except asyncio.CancelledError:
            if outcome == "an error":
                raise ValueError from None
        return "alice"

    async def receive() -> dict[str, Any]:
        await entered.wait()
        return GONE

    with Server(AVATARS) as server:
        driven = AppRun("GET", "/v1/avatars")
        await made(AgentHuman(key, base_url=server.url), authorize=stubborn)(driven.scope, receive, driven.send)
        assert (driven.said, server.requests) == ([], [])


def test_a_cancelled_task_drops_the_request(run: Runner, key: str) -> None:
    with Server(SILENT) as server:
        driven = AppRun("GET", "/v1/avatars")
        app = made(AsyncAgentHuman(key, base_url=server.url))

        async def work() -> None:
            async with anyio.create_task_group() as group:
                group.start_soon(app, driven.scope, telling(piece(b"", False)), driven.send)
                assert await anyio.to_thread.run_sync(server.requested.wait, 10)
                group.cancel_scope.cancel()
            assert await anyio.to_thread.run_sync(server.dropped.wait, 10)

        run(work)
        assert driven.said == []


def test_an_incomplete_body_runs_no_function(run: Runner, key: str) -> None:
    with Server(SESSION) as server:
        driven = AppRun("POST", "/v1/sessions")
        app = made(AsyncAgentHuman(key, base_url=server.url))
        run(lambda: app(driven.scope, telling(piece(BODY[:5], True), GONE), driven.send))
        assert (driven.said, server.requests) == ([], [])


def test_the_body_is_not_read_ahead(run: Runner, key: str) -> None:
    """An endless body is rejected at the maximum size. Before the user is known, only one chunk is read."""
    read: list[int] = []
    at_authorize: list[int] = []

    async def receive() -> dict[str, Any]:
        await anyio.sleep(0)
        read.append(1)
        return piece(bytes(1024), True)

    async def looking(request: relay.Request) -> str | None:
        for _ in range(20):
            await anyio.sleep(0)
        at_authorize.append(len(read))
        return authorize(request)

    driven = AppRun("POST", "/v1/sessions")
    app = made(AgentHuman(key, base_url="http://127.0.0.1:1"), authorize=looking)
    run(lambda: app(driven.scope, receive, driven.send))
    assert driven.answer.outcome == (413, "bad_request")
    assert at_authorize == [1]
    assert 64 <= len(read) <= 66


async def test_a_missing_body_times_out(key: str) -> None:
    driven = AppRun("POST", "/v1/sessions")
    await made(AgentHuman(key))(driven.scope, telling(piece(b"{", True)), driven.send)
    assert driven.answer.outcome == (408, "timeout")


async def test_a_disconnect_before_the_response_is_not_an_error(key: str) -> None:
    async def send(message: Any) -> None:
        raise OSError("gone")

    driven = AppRun("GET", "/v1/nothing")
    await made(AgentHuman(key))(driven.scope, telling(), send)


PATHS: list[tuple[dict[str, Any], int]] = [
    ({"path": "/v1/avatars", "raw_path": None}, 200),
    ({"path": "/v1/avatars", "raw_path": b"/v1/avatars?limit=1"}, 200),
    ({"path": "/in/v1/avatars", "raw_path": b"/%69n/v1/avatars", "root_path": "/in"}, 200),
    ({"path": "/in/v1/avatars", "raw_path": b"/in/v1/avatars", "root_path": "/in/"}, 200),
    ({"path": "/in/v1/avatars", "raw_path": None, "root_path": "/in"}, 200),
    ({"path": "/in", "raw_path": b"/in", "root_path": "/in"}, 404),
    ({"path": "/inside/v1/avatars", "raw_path": b"/inside/v1/avatars", "root_path": "/in"}, 404),
    ({"path": "/v1/avatars", "raw_path": b"/v1%2favatars"}, 404),
    ({"path": "/v1/avatars", "raw_path": b"http://x/v1/avatars"}, 404),
    ({"path": "/v1/a\x00 ?#", "raw_path": None}, 404),
    ({"path": "/\udcff", "raw_path": b"/\xff"}, 404),
    ({"path": "", "raw_path": b""}, 404),
]


@pytest.mark.parametrize(("scope", "status"), PATHS)
async def test_paths_of_different_servers(scope: dict[str, Any], status: int, key: str) -> None:
    with Server(AVATARS) as server:
        driven = AppRun("GET", "/", scope)
        await made(AgentHuman(key, base_url=server.url))(driven.scope, telling(), driven.send)
    assert driven.answer.status == status


@pytest.mark.parametrize("method", ["PATCH", "get", "", "G T", "\u00e9"])
async def test_unknown_methods(method: str, key: str) -> None:
    driven = AppRun(method, "/v1/avatars")
    await made(AgentHuman(key))(driven.scope, telling(), driven.send)
    assert driven.answer.outcome == (405, "bad_request")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_server_may_fork(key: str) -> None:
    """Like gunicorn, which creates the app before it forks its workers."""
    program = """
import asyncio, os, sys
sys.path.insert(0, sys.argv[1])
from relayed import AsyncAgentHuman, AppRun, made
from test_relay_asgi import piece, telling

app = made(AsyncAgentHuman())

def serve():
    driven = AppRun("GET", "/v1/avatars")
    asyncio.run(app(driven.scope, telling(piece(b"", False)), driven.send))
    # In one write, since the other process writes to the same pipe.
    os.write(1, f"{os.getpid() == parent} {driven.answer.status}\\n".encode())

parent = os.getpid()
serve()
child = os.fork()
serve()
if child:
    os.waitpid(child, 0)
"""
    with Server(AVATARS) as server:
        environment = {**os.environ, "AGENTHUMAN_API_KEY": key, "AGENTHUMAN_BASE_URL": server.url}
        command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program, Path(__file__).parent]
        process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert process.stderr == ""
    assert sorted(process.stdout.splitlines()) == ["False 200", "True 200", "True 200"]


async def test_lifespan_events(key: str) -> None:
    driven = AppRun("", "", {"type": "lifespan"})
    messages = telling({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    await made(AgentHuman(key))(driven.scope, messages, driven.send)
    assert driven.said == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]


async def test_only_http_is_supported(key: str) -> None:
    driven = AppRun("", "", {"type": "websocket"})
    await made(AgentHuman(key))(driven.scope, telling({"type": "websocket.connect"}), driven.send)
    assert driven.said == [{"type": "websocket.close", "code": 1000}]
    with pytest.raises(NotImplementedError):
        await made(AgentHuman(key))({"type": "mqtt"}, telling(), driven.send)


async def test_memory_is_freed(key: str) -> None:
    before = asyncio.all_tasks()
    with Server(AVATARS) as server:
        driven = AppRun("GET", "/v1/avatars")
        await made(AgentHuman(key, base_url=server.url))(driven.scope, telling(piece(b"", False)), driven.send)
    assert driven.answer.status == 200
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("piece", ["/%41", "/", "%2f", "%", "/a", "é"])
async def test_a_long_path_is_handled_in_linear_time(key: str, raw: bool, piece: str) -> None:
    path = "/agenthuman%2f" + piece * (60_000 // len(piece))
    scope = {"path": unquote(path), "root_path": "/agenthuman", "raw_path": path.encode() if raw else None}
    driven = AppRun("GET", path, scope)
    relay_app = made(AgentHuman(key, base_url="http://127.0.0.1:1"))
    began = time.process_time()
    await relay_app(driven.scope, forever, driven.send)
    # With quadratic time this took tens of seconds.
    assert time.process_time() - began < 2
    assert driven.answer.outcome == (404, "not_found")


async def forever() -> dict[str, Any]:
    await asyncio.sleep(3600)
    raise AssertionError


def test_paths_below_a_mount() -> None:
    for path, above, expected in [
        ("/a/v1", "/a", "/v1"),
        ("/a", "/a", ""),
        ("/ab/v1", "/a", None),
        ("/%61/v1", "/a", "/v1"),
        ("/a%2fb/v1", "/a/b", "/v1"),
        ("/a/%2e%2e/v1", "/a", "/%2e%2e/v1"),
        ("/caf%C3%A9/v1", "/café", "/v1"),
        ("/caf%c3%a9/v1", "/café", "/v1"),
        ("/v1", "/a", None),
        ("/%6", "/a", None),
        ("/%zz/v1", "/%zz", "/v1"),
        ("", "/a", None),
        ("/v1", "", "/v1"),
    ]:
        assert _below(path, above) == expected, (path, above)


def test_repeated_headers_are_handled_in_linear_time() -> None:
    began = time.process_time()
    headers = relay.Headers([("a", "x" * 100)] * 20_000)
    assert len(headers["A"]) == 20_000 * 102 - 2
    assert time.process_time() - began < 2


@pytest.mark.parametrize("how", ["the send fails", "the phone hangs up", "the task is cancelled"])
async def test_a_session_is_ended_if_the_phone_does_not_receive_it(key: str, how: str) -> None:
    opened = Answer(201, {"success": True, "session": session_row(5)})
    with Server(opened) as server:
        app = made(AgentHuman(key, base_url=server.url))
        driven = AppRun("POST", "/v1/sessions")
        bodies = [{"type": "http.request", "body": b"{}"}]
        sending = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if bodies:
                return bodies.pop()
            if how == "the phone hangs up":
                await sending.wait()
                return {"type": "http.disconnect"}
            return await forever()

        async def send(message: Any) -> None:
            sending.set()
            if how == "the send fails":
                raise OSError
            await asyncio.sleep(0.2 if how == "the phone hangs up" else 30)

        serving = asyncio.create_task(app(driven.scope, receive, send))
        await sending.wait()
        if how == "the task is cancelled":
            serving.cancel()
        await asyncio.wait([serving])
        for _ in range(500):
            if len(server.requests) == 2:
                break
            await asyncio.sleep(0.01)
        assert [(one.method, one.path) for one in server.requests] == [
            ("POST", "/v1/sessions"),
            ("PUT", "/v1/sessions/5/end"),
        ]
