"""Relays under uvicorn, their mounts, and a phone that uses them."""

from __future__ import annotations

import json
import secrets
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.applications import Starlette
from starlette.routing import Mount

from agenthuman import AgentHuman, AsyncAgentHuman, relay

SECRETS = [secrets.token_urlsafe(32)]


def authorize(request: relay.Request) -> str | None:
    """Accepts tokens like those of the demo relay."""
    user = (request.token or "").removeprefix("demo-")
    return user if user and user != request.token else None


def policy(user: str, request: dict[str, Any]) -> relay.Decision:
    """Allows every request. The default agent is 7."""
    if request["operation"] == "agents.list":
        return {"agents": [agent["id"] for agent in request["agents"]]}
    return {"agent_id": request["agent_id"] or "7", "session_type": request["session_type"], "metadata": {"of": user}}


def made(client: AgentHuman | AsyncAgentHuman, **options: Any) -> relay.App:
    """Creates a relay with default functions and secrets."""
    return relay.asgi_app(client, **{"authorize": authorize, "policy": policy, "secrets": SECRETS, **options})


def in_fastapi(app: relay.App) -> Any:
    backend = FastAPI()
    backend.mount("/agenthuman", app)
    return backend


def in_starlette(app: relay.App) -> Any:
    return Starlette(routes=[Mount("/agenthuman", app=app)])


def behind_middleware(app: relay.App) -> Any:
    backend = in_fastapi(app)

    @backend.middleware("http")
    async def look_on(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        request.state.seen = True
        return await call_next(request)

    return backend


MOUNTS: dict[str, tuple[Callable[[relay.App], Any], str]] = {
    "FastAPI": (in_fastapi, "/agenthuman"),
    "Starlette": (in_starlette, "/agenthuman"),
    "bare": (lambda app: app, ""),
}


@contextmanager
def served(app: Any, **config: Any) -> Iterator[str]:
    """Serves the app with uvicorn in a separate thread, and returns its URL."""
    # The socket listens before uvicorn starts, so that early connections wait.
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, **{"lifespan": "on", "loop": "asyncio", **config}))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


class PhoneResponse:
    """A response to a phone."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.text = body.decode()
        self.json: Any = json.loads(body) if body else None

    @property
    def code(self) -> str | None:
        """The code of the error, if it is one."""
        error = self.json.get("error") if self.json else None
        return str(error["code"]) if error else None

    @property
    def outcome(self) -> tuple[int, str | None]:
        return self.status, self.code


class Phone:
    """Calls a relay like an app on a phone. `url` is the relay's mount point."""

    def __init__(self, url: str, token: str = "demo-alice") -> None:
        self.url = url
        self.token = token

    def call(
        self, method: str, path: str, body: Any = None, *, grant: str | None = None, **headers: str | bytes
    ) -> PhoneResponse:
        """Sends a request. Names in `headers` have `_` for `-`; a body of bytes is sent unchanged."""
        sent: dict[str, Any] = {"authorization": f"Bearer {self.token}"}
        if grant is not None:
            sent["x-agenthuman-grant"] = grant
        if body is not None:
            sent["content-type"] = "application/json"
            if isinstance(body, dict | list):
                body = json.dumps(body).encode()
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(method, path, body, sent)

    def send(self, method: str, path: str, body: Any, headers: dict[str, Any]) -> PhoneResponse:
        at = urlsplit(self.url)
        connection = HTTPConnection(at.hostname or "", at.port, timeout=30)
        try:
            connection.request(method, at.path + path, body, headers)
            answer = connection.getresponse()
            return PhoneResponse(
                answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
            )
        finally:
            connection.close()

    def open(self, **params: Any) -> tuple[str, str]:
        """Opens a session, and returns its id and grant."""
        opened = self.call("POST", "/v1/sessions", params)
        assert opened.status == 201, opened.text
        return opened.json["session"]["id"], opened.json["grant"]

    def say(self, session: str, grant: str, content: str) -> PhoneResponse:
        return self.call("POST", f"/v1/sessions/{session}/messages", {"content": content}, grant=grant)


def talk(url: str, agent: str) -> None:
    """Runs a whole conversation."""
    phone = Phone(url)
    assert [avatar for avatar in phone.call("GET", "/v1/avatars").json["avatars"] if "cloudinary_id" in avatar] == []
    assert phone.call("GET", "/v1/voices").json["voices"]
    assert agent in [agent_info["id"] for agent_info in phone.call("GET", "/v1/agents").json["agents"]]
    session, grant = phone.open(agent_id=agent, session_type="agent_chat")
    said = phone.say(session, grant, "Hello, wörld!")
    assert (said.status, said.json["message"]["content"]) == (201, "Hello, wörld!")
    assert said.json["reply"]["content"]
    phone.say(session, grant, "And?")
    first = phone.call("GET", f"/v1/sessions/{session}/messages?limit=1", grant=grant).json
    assert [message["content"] for message in first["messages"]] == ["Hello, wörld!"]
    rest = phone.call("GET", f"/v1/sessions/{session}/messages?after={first['next']}", grant=grant).json
    assert [message["role"] for message in rest["messages"]] == ["assistant", "user", "assistant"]
    renewed = phone.call("POST", f"/v1/sessions/{session}/grant", grant=grant)
    assert (renewed.status, renewed.json["expires_in"]) == (200, 900)
    grant = renewed.json["grant"]
    looked = phone.call("GET", f"/v1/sessions/{session}", grant=grant)
    assert (looked.status, looked.json["session"]["agent_id"], looked.headers["cache-control"]) == (
        200,
        agent,
        "no-store",
    )
    assert phone.call("PUT", f"/v1/sessions/{session}/end", grant=grant).json["session"]["status"] == "completed"
    assert phone.call("POST", f"/v1/sessions/{session}/grant", grant=grant).outcome == (409, "conflict")


class AppRun:
    """Runs an ASGI app without a server: the messages to it are in a list, and those from it are recorded."""

    def __init__(self, method: str, path: str, scope: dict[str, Any] | None = None) -> None:
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [
                (b"authorization", b"Bearer demo-alice"),
                (b"content-type", b"application/json"),
            ],
            **(scope or {}),
        }
        self.said: list[dict[str, Any]] = []

    async def send(self, message: Any) -> None:
        self.said.append(message)

    @property
    def answer(self) -> PhoneResponse:
        start, body = self.said
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return PhoneResponse(start["status"], headers, body["body"])
