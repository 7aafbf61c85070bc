"""The relay under uvicorn, mounted and alone: conversations, and rejected requests."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from agenthuman import AgentHuman, AsyncAgentHuman, relay

from canned import Answer, Server, session_row
from canned import Request as Asked
from conftest import made_up_key
from relayed import MOUNTS, SECRETS, Phone, authorize, behind_middleware, in_fastapi, made, policy, served, talk

ORIGIN = "https://app.example.com"
SESSION = Answer(201, {"success": True, "session": session_row(5)})
AVATARS = Answer(200, {"success": True, "avatars": []})


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_conversation(sandbox: dict[str, str], agent: str, mount: str, kind: str) -> None:
    client = (AgentHuman if kind == "sync" else AsyncAgentHuman)(sandbox["api_key"], base_url=sandbox["url"])
    put, prefix = MOUNTS[mount]
    with served(put(made(client))) as url:
        talk(url + prefix, agent)


def test_a_conversation_on_uvloop(sandbox: dict[str, str], agent: str) -> None:
    client = AsyncAgentHuman(sandbox["api_key"], base_url=sandbox["url"])
    with served(made(client), loop="uvloop") as url:
        talk(url, agent)


async def coroutine_authorize(request: relay.Request) -> str | None:
    await asyncio.sleep(0)
    return authorize(request)


async def coroutine_policy(user: str, request: dict[str, Any]) -> relay.Decision:
    await asyncio.sleep(0)
    return policy(user, request)


class Both:
    async def __call__(self, *args: Any) -> Any:
        await asyncio.sleep(0)
        return authorize(args[0]) if len(args) == 1 else policy(*args)


@pytest.mark.parametrize("functions", [(coroutine_authorize, coroutine_policy), (Both(), Both())])
def test_functions_on_the_loop(sandbox: dict[str, str], agent: str, functions: tuple[Any, Any]) -> None:
    client = AgentHuman(sandbox["api_key"], base_url=sandbox["url"])
    with served(made(client, authorize=functions[0], policy=functions[1])) as url:
        talk(url, agent)


def test_plain_functions_may_block(key: str) -> None:
    """Runs two functions that wait for each other, while the loop runs."""
    both = threading.Barrier(2, timeout=10)

    def waiting(request: relay.Request) -> str:
        both.wait()
        return "alice"

    with Server(AVATARS) as server, served(made(AgentHuman(key, base_url=server.url), authorize=waiting)) as url:
        answers: list[int] = []
        phones = [
            threading.Thread(target=lambda: answers.append(Phone(url).call("GET", "/v1/avatars").status))
            for _ in range(2)
        ]
        for phone in phones:
            phone.start()
        for phone in phones:
            phone.join()
    assert answers == [200, 200]


def test_repeated_headers_are_joined() -> None:
    headers = relay.Headers([("x-a", "1"), ("X-A", "2"), ("x-b", "3")])
    assert dict(headers) == {"x-a": "1, 2", "x-b": "3"}
    assert len(headers) == 2


DECISIONS: list[tuple[Any, str | None]] = [
    (relay.Refused("your plan has no avatars"), "your plan has no avatars"),
    (relay.Refused(), None),
    ({"refused": "not today"}, "not today"),
    (None, None),
]


@pytest.mark.parametrize(("decision", "why"), DECISIONS)
def test_the_policy_rejects_a_request(key: str, decision: Any, why: str | None) -> None:
    with Server(SESSION) as server:
        app = made(AgentHuman(key, base_url=server.url), policy=lambda user, request: decision)
        with served(app) as url:
            answer = Phone(url).call("POST", "/v1/sessions", {})
        assert server.requests == []
    assert answer.outcome == (403, "policy_refused")
    assert why is None or answer.json["error"]["message"] == why


def test_the_policy_decides_how_a_session_is_opened(key: str) -> None:
    requests: list[Any] = []

    def deciding(user: str, request: dict[str, Any]) -> relay.Decision:
        requests.append((user, request))
        return {
            "agent_id": 7,
            "metadata": {"plan": ["free", None]},
            "operations": ["sessions.get"],
            "grant_seconds": 60,
        }

    with Server(SESSION) as server, served(made(AgentHuman(key, base_url=server.url), policy=deciding)) as url:
        phone = Phone(url)
        opened = phone.call("POST", "/v1/sessions", {"agent_id": "9", "metadata": {"deep": [{"é": 1.5}]}})
        assert (opened.status, opened.json["expires_in"]) == (201, 60)
        refused = phone.say("5", opened.json["grant"], "Hello")
        assert refused.outcome == (403, "permission_denied")
    expected = {
        "operation": "sessions.create",
        "agent_id": "9",
        "session_type": None,
        "metadata": {"deep": [{"é": 1.5}]},
    }
    expected["open_sessions"] = 0
    assert requests == [("alice", expected)]
    sent = server.requests[0].json()
    assert len(sent["metadata"].pop("agenthuman_user")) == 43, "the relay marks whose session it is"
    assert sent == {"agent_id": 7, "metadata": {"plan": ["free", None]}}


def test_unknown_users_are_rejected(key: str) -> None:
    with Server(AVATARS) as server, served(made(AgentHuman(key, base_url=server.url))) as url:
        assert Phone(url, "unknown").call("GET", "/v1/avatars").outcome == (401, "invalid_token")
        assert Phone(url).send("GET", "/v1/avatars", None, {}).outcome == (401, "authentication")
        assert server.requests == []


def test_large_bodies_are_rejected(key: str) -> None:
    with Server(SESSION) as server, served(made(AgentHuman(key, base_url=server.url), max_request_bytes=1000)) as url:
        phone = Phone(url)
        assert phone.call("POST", "/v1/sessions", b" " * 1001).outcome == (413, "bad_request")

        def pieces() -> Iterator[bytes]:
            yield from (b" " * 100 for _ in range(11))

        assert phone.call("POST", "/v1/sessions", pieces()).outcome == (413, "bad_request")
        assert server.requests == []
        whole = json.dumps({"agent_id": "7"}).encode().ljust(1000)
        assert phone.call("POST", "/v1/sessions", (whole[at : at + 100] for at in range(0, 1000, 100))).status == 201


def smuggled(url: str, *lines: str) -> int:
    """Returns the status for raw headers."""
    at = urlsplit(url)
    with socket.create_connection((at.hostname, at.port), 30) as line:
        head = "\r\n".join(["GET /v1/avatars HTTP/1.1", "host: x", "connection: close", *lines, "", ""])
        line.sendall(head.encode("latin-1"))
        with line.makefile("rb") as answer:
            return int(answer.readline().split()[1])


def test_smuggled_headers_are_rejected(key: str) -> None:
    app = "authorization: Bearer demo-alice"
    with Server(AVATARS) as server, served(made(AgentHuman(key, base_url=server.url))) as url:
        assert smuggled(url, app, f"x-api-key: {made_up_key()}") == 400
        assert smuggled(url, app, "X-API-Key: x") == 400
        assert smuggled(url, app, "authorization: Bearer demo-bob") == 400
        assert smuggled(url, app, "x-agenthuman-grant: a", "x-agenthuman-grant: b") == 400
        assert smuggled(url, f"authorization: Bearer {key}") == 400
        assert server.requests == []
        assert smuggled(url, app, "x-evil: 1", "cookie: a=b", "x_api_key: x") == 200
    (request,) = server.requests
    assert request.credential == "api_key"
    assert not {"x-evil", "cookie", "x_api_key", "x-agenthuman-grant"} & set(request.headers)
    assert "demo-alice" not in str(request.headers)


def test_every_response_has_an_id_and_cors_headers(key: str) -> None:
    with Server(AVATARS) as server, served(made(AgentHuman(key, base_url=server.url), origins=[ORIGIN])) as url:
        phone = Phone(url)
        answer = phone.call("GET", "/v1/avatars", x_request_id="mine-7", origin=ORIGIN)
        assert (answer.status, answer.headers["x-request-id"]) == (200, "mine-7")
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        other = phone.call("GET", "/v1/nothing", origin="https://evil.example.com", x_request_id="a b")
        assert (other.status, "access-control-allow-origin" in other.headers) == (404, False)
        assert other.headers["x-request-id"] not in ("", "a b")
        preflight = {"origin": ORIGIN, "access-control-request-method": "POST"}
        before = phone.send("OPTIONS", "/v1/sessions", None, preflight)
        assert (before.status, before.text, before.headers["content-length"]) == (200, "", "0")
        assert "POST" in before.headers["access-control-allow-methods"]
        assert len(server.requests) == 1
        assert phone.call("DELETE", "/v1/sessions").status == 405


@pytest.mark.parametrize("kind", ["plain", "coroutine", "for the sync client"])
def test_the_key_is_rotated_while_the_relay_runs(kind: str) -> None:
    old, new = made_up_key(), made_up_key()
    keys = iter([old, new])

    def plain() -> str:
        assert threading.current_thread().name.startswith("agenthuman-relay")
        return next(keys)

    async def coroutine() -> str:
        await asyncio.sleep(0)
        return next(keys)

    def answer(request: Asked) -> Answer:
        if request.headers["x-api-key"] == old:
            return Answer(401, {"success": False, "error": "API key has been revoked"})
        return Answer(200, {"success": True, "avatars": [], "voices": []})

    with Server(answer) as server:
        client: Any = (
            AgentHuman(plain, base_url=server.url)
            if kind == "for the sync client"
            else AsyncAgentHuman(plain if kind == "plain" else coroutine, base_url=server.url)
        )
        with served(made(client)) as url:
            # Two different lists, since the relay caches each for some seconds.
            assert [Phone(url).call("GET", path).status for path in ("/v1/avatars", "/v1/voices")] == [200, 200]
    assert [request.headers["x-api-key"] for request in server.requests] == [old, new, new]


async def test_many_concurrent_requests(key: str) -> None:
    """The server responds only when all requests have arrived. They need no threads."""
    all_there = threading.Barrier(100, timeout=30)

    def answer(request: Asked) -> Answer:
        all_there.wait()
        return SESSION

    async def known(request: relay.Request) -> str | None:
        return request.token

    with Server(answer) as server, served(made(AgentHuman(key, base_url=server.url), authorize=known)) as url:
        limits = httpx2.Limits(max_connections=100)
        async with httpx2.AsyncClient(base_url=url, timeout=60, limits=limits) as phones:
            requests = (
                phones.post("/v1/sessions", json={}, headers={"authorization": f"Bearer user-{n}"}) for n in range(100)
            )
            assert [answer.status_code for answer in await asyncio.gather(*requests)] == [201] * 100
        assert [thread.name for thread in threading.enumerate() if thread.name.startswith("asyncio_")] == []


@pytest.mark.parametrize("mount", [*MOUNTS, "middleware"])
def test_a_disconnect_drops_the_request(key: str, mount: str) -> None:
    put, prefix = MOUNTS.get(mount, (behind_middleware, "/agenthuman"))
    with Server(Answer(silent=True)) as server, served(put(made(AgentHuman(key, base_url=server.url)))) as url:
        at = urlsplit(url)
        with socket.create_connection((at.hostname, at.port)) as line:
            head = f"POST {prefix}/v1/sessions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer demo-alice\r\n"
            line.sendall(f"{head}content-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}".encode())
            assert server.requested.wait(10)
            assert not server.dropped.is_set()
        assert server.dropped.wait(10)
        # The relay still works.
        server.answer = lambda _: AVATARS
        assert Phone(url + prefix).call("GET", "/v1/avatars").status == 200


def test_two_apps(key: str) -> None:
    other = made_up_key()
    with Server(SESSION) as server:
        backend = FastAPI()
        backend.mount("/one", made(AgentHuman(key, base_url=server.url)))
        backend.mount("/two", made(AsyncAgentHuman(other, base_url=server.url), audience="two", grant_seconds=60))
        with served(backend) as url:
            one, two = Phone(f"{url}/one"), Phone(f"{url}/two")
            grants = [one.open()[1], two.open()[1]]
            assert [request.headers["x-api-key"] for request in server.requests] == [key, other]
            assert [one.call("GET", "/v1/sessions/5", grant=grant).status for grant in grants] == [200, 401]
            assert [two.call("GET", "/v1/sessions/5", grant=grant).status for grant in grants] == [401, 200]


def test_secrets_are_rotated_and_read_from_the_environment(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    new = "n" * 32
    with Server(SESSION) as server:
        client = AgentHuman(key, base_url=server.url)
        monkeypatch.setenv("AGENTHUMAN_RELAY_SECRETS", f"{new},{SECRETS[0]}")
        apps = made(client), made(client, secrets=None), made(client, secrets=(new,))
        with served(apps[0]) as before, served(apps[1]) as between, served(apps[2]) as after:
            old = Phone(before).open()[1]
            assert Phone(between).call("GET", "/v1/sessions/5", grant=old).status == 200
            assert Phone(after).call("GET", "/v1/sessions/5", grant=old).outcome == (401, "grant_invalid")
            renewed = Phone(between).call("POST", "/v1/sessions/5/grant", grant=old).json["grant"]
            assert Phone(after).call("GET", "/v1/sessions/5", grant=renewed).status == 200


def test_the_limit_of_a_user(key: str) -> None:
    with Server(AVATARS) as server, served(made(AgentHuman(key, base_url=server.url), requests_per_minute=1)) as url:
        answers = [Phone(url).call("GET", "/v1/avatars") for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 429]
        assert int(answers[1].headers["retry-after"]) > 0
        assert Phone(url, "demo-bob").call("GET", "/v1/avatars").status == 200


def test_with_the_test_client_of_starlette(key: str, caplog: pytest.LogCaptureFixture) -> None:
    with Server(SESSION) as server, TestClient(in_fastapi(made(AgentHuman(key, base_url=server.url)))) as page:
        headers = {"authorization": "Bearer demo-alice"}
        assert page.post("/agenthuman/v1/sessions", json={}, headers=headers).status_code == 201
        with pytest.raises(WebSocketDisconnect), page.websocket_connect("/agenthuman/v1/sessions"):
            pass
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
