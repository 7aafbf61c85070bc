"""Mount points of the relay, and the request that `authorize` receives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

from agenthuman import AgentHuman, AsyncAgentHuman, relay

from canned import Answer, Server
from relayed import Phone, authorize, behind_middleware, in_fastapi, made, served, talk

AVATARS = Answer(200, {"success": True, "avatars": []})


def under_a_root_path(app: relay.App) -> Any:
    backend = FastAPI()
    backend.root_path = "/api"
    backend.mount("/agenthuman", app)
    return backend


def nested(app: relay.App) -> Any:
    inner = FastAPI()
    inner.mount("/agenthuman", app)
    return Starlette(routes=[Mount("/of/{tenant}", app=inner)])


LAYOUTS: dict[str, tuple[Callable[[relay.App], Any], str, dict[str, str]]] = {
    # A proxy that removes `/api` from the path, or keeps it.
    "FastAPI's root path": (under_a_root_path, "/agenthuman", {}),
    "FastAPI's root path, in the path": (under_a_root_path, "/api/agenthuman", {}),
    "uvicorn's root path": (in_fastapi, "/agenthuman", {"root_path": "/api"}),
    "uvicorn's root path, bare": (lambda app: app, "", {"root_path": "/api"}),
    "nested": (nested, "/of/caf%C3%A9%20noir/agenthuman", {}),
    "an encoded prefix": (in_fastapi, "/agent%68uman", {}),
    "middleware": (behind_middleware, "/agenthuman", {}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_path_is_relative_to_the_mount(sandbox: dict[str, str], agent: str, layout: str) -> None:
    put, prefix, config = LAYOUTS[layout]
    seen: list[relay.Request] = []

    def looking(request: relay.Request) -> str | None:
        seen.append(request)
        return authorize(request)

    client = AsyncAgentHuman(sandbox["api_key"], base_url=sandbox["url"])
    with served(put(made(client, authorize=looking)), **config) as url:
        talk(url + prefix, agent)
        for trick in ("/v1/%61vatars", "/v1%2favatars", "//v1/avatars", "/v1/x/../avatars", "/v1/avatars%3f", "/", ""):
            answer = Phone(url + prefix).call("GET", trick)
            assert answer.status in (404, 307), trick
    assert {request.path for request in seen} >= {"/v1/avatars", "/v1/sessions"}


def test_the_request_of_authorize(key: str) -> None:
    seen: list[relay.Request] = []

    async def looking(request: relay.Request) -> str:
        seen.append(request)
        return "alice"

    with (
        Server(AVATARS) as server,
        served(in_fastapi(made(AgentHuman(key, base_url=server.url), authorize=looking))) as url,
    ):
        Phone(f"{url}/agenthuman").call("GET", "/v1/avatars", X_Device="7", Cookie="é".encode())
        Phone(f"{url}/agenthuman").call("GET", "/v1/avatars", authorization="Basic x")
    first, second = seen
    assert (first.method, first.path, first.token, second.token) == ("GET", "/v1/avatars", "demo-alice", None)
    assert (first.headers["x-DEVICE"], first.headers.get("X-Missing"), "X-Device" in first.headers) == ("7", None, True)
    assert first.headers["cookie"] == "Ã©"
    assert first.scope["client"][0] == "127.0.0.1"
    assert "demo-alice" not in repr(first) + repr(first.headers)
