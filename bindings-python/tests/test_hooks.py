"""The hooks of a client: their events, and that they cannot affect a call."""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
from contextvars import ContextVar
from typing import Any

import pytest
import trio

from agenthuman import (
    AgentHuman,
    APIConnectionError,
    AsyncAgentHuman,
    InvalidArgumentError,
    RequestEvent,
    ResponseEvent,
    RetryEvent,
)

from canned import Answer, Server, session_row

SESSION = Answer(200, {"success": True, "session": session_row(5)}, headers={"x-request-id": "r-1"})
BUSY = Answer(503, {"success": False, "error": "busy"}, headers={"retry-after": "0"})
HOOKS = ("on_request", "on_response", "on_retry", "on_wait")
KINDS = ("sync", "asyncio", "trio", "coroutine", "coroutine in trio")


def call(kind: str, options: dict[str, Any]) -> Any:
    """Gets a session with a client of this kind. With `coroutine`, its hooks are coroutine functions."""
    if kind == "sync":
        return AgentHuman(**options).sessions.get("5")
    if "coroutine" in kind:
        options = {name: asynchronous(value) if name in HOOKS else value for name, value in options.items()}
    client = AsyncAgentHuman(**options)
    if "trio" in kind:
        return trio.run(client.sessions.get, "5")
    return asyncio.run(client.sessions.get("5"))


def asynchronous(function: Any) -> Any:
    async def hook(event: Any) -> None:
        function(event)

    return hook


@pytest.fixture
def busy_once() -> Any:
    answers = iter([BUSY])
    with Server(lambda _: next(answers, SESSION)) as server:
        yield server


@pytest.mark.parametrize("kind", KINDS)
def test_every_attempt_is_reported(kind: str, key: str, busy_once: Server) -> None:
    events: list[Any] = []
    call(kind, {"api_key": key, "base_url": busy_once.url, **dict.fromkeys(HOOKS, events.append)})
    assert [(type(event), event.attempt) for event in events] == [
        (RequestEvent, 1),
        (ResponseEvent, 1),
        (RetryEvent, 1),
        (RequestEvent, 2),
        (ResponseEvent, 2),
    ]
    assert {(event.operation, event.method, event.path) for event in events} == {
        ("sessions.get", "GET", "/v1/sessions/5")
    }
    request, busy, retry, _, response = events
    assert (busy.status, busy.code, busy.request_id) == (503, "service_unavailable", None)
    assert (retry.status, retry.reason) == (503, "service_unavailable")
    assert (response.status, response.code, response.request_id) == (200, None, "r-1")
    assert isinstance(retry.delay_ms, int)
    assert isinstance(response.duration_ms, int)
    assert response.headers["x-request-id"] == "r-1"
    assert request.headers["x-api-key"] == f"{key[:8]}…{key[-4:]}"
    assert key not in repr(events)
    assert pickle.loads(pickle.dumps(events)) == events
    assert repr(retry).startswith("RetryEvent(operation='sessions.get', attempt=1, method='GET', path='/v1/sessions/5'")


@pytest.mark.parametrize("kind", KINDS)
def test_a_hook_that_raises_is_logged(kind: str, key: str, busy_once: Server, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> None:
        raise ValueError("a hook that fails on purpose")

    assert call(kind, {"api_key": key, "base_url": busy_once.url, **dict.fromkeys(HOOKS, fail)}).id == "5"
    assert len(busy_once.requests) == 2
    names = ["on_request", "on_response", "on_retry", "on_request", "on_response"]
    assert [record.getMessage() for record in caplog.records] == [
        f"{name} raised an exception; the call continues" for name in names
    ]
    assert "a hook that fails on purpose" in caplog.text


@pytest.mark.parametrize("kind", KINDS)
def test_a_hook_that_does_not_return_does_not_hang_the_call(
    kind: str, key: str, busy_once: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agenthuman._hooks.LIMIT", 0.05)
    release = threading.Event()

    async def never(_: object) -> None:
        if "trio" in kind:
            await trio.sleep_forever()
        else:
            await asyncio.Event().wait()

    def blocked(_: object) -> None:
        release.wait()

    hook = never if "coroutine" in kind else blocked
    options = {"api_key": key, "base_url": busy_once.url, "on_request": hook}
    try:
        assert call(kind.replace("coroutine", "asyncio"), options).id == "5"
    finally:
        release.set()
    assert len(busy_once.requests) == 2
    # A plain function that has not returned does not run a second time meanwhile.
    late = [record.getMessage() for record in caplog.records]
    assert len(late) == (2 if "coroutine" in kind else 1)
    assert all(line.startswith("on_request has not returned within 0.05 s; the call continues") for line in late)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hook_has_the_callers_context(kind: str, key: str, busy_once: Server) -> None:
    variable: ContextVar[str] = ContextVar("variable")
    seen: list[str] = []
    variable.set("of the caller")
    call(kind, {"api_key": key, "base_url": busy_once.url, "on_response": lambda _: seen.append(variable.get("none"))})
    assert seen == ["of the caller"] * 2


def test_a_failure_without_a_response_is_reported(key: str) -> None:
    events: list[ResponseEvent] = []
    client = AgentHuman(key, base_url="http://127.0.0.1:1", max_retries=0, on_response=events.append)
    with pytest.raises(APIConnectionError):
        client.sessions.get("5")
    assert [(event.status, event.code, event.headers) for event in events] == [(None, "connection", {})]


def test_derived_clients_have_the_hooks(key: str) -> None:
    events: list[RequestEvent] = []
    with Server(SESSION) as server:
        client = AgentHuman(key, base_url=server.url, on_request=events.append)
        client.with_options(timeout=5).sessions.get("5")
        client.with_raw_response.sessions.get("5")
    assert len(events) == 2


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_must_be_a_function(name: str, key: str, caplog: pytest.LogCaptureFixture) -> None:
    async def hook(_: object) -> None: ...

    with pytest.raises(InvalidArgumentError, match=f"{name} must be a function"):
        AsyncAgentHuman(key, **{name: "loud"})  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match=f"{name} must be a plain function"):
        AgentHuman(key, **{name: hook})  # type: ignore[arg-type]


def test_a_plain_hook_that_returns_an_awaitable_is_logged(key: str, caplog: pytest.LogCaptureFixture) -> None:
    with Server(SESSION) as server, caplog.at_level(logging.ERROR, "agenthuman"):
        hook = lambda _: asyncio.sleep(0)  # noqa: E731
        AgentHuman(key, base_url=server.url, on_request=hook).sessions.get("5")
    assert "cannot await an async function" in caplog.text
