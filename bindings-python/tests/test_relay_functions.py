"""Functions of a backend that fail or never return: the log has the details, the phone gets none."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

import pytest

from agenthuman import AgentHuman, AsyncAgentHuman, relay
from agenthuman._loop import Threads

from canned import Answer, Server, session_row
from conftest import made_up_key
from relayed import SECRETS, Phone, PhoneResponse, made, served

SESSION = Answer(201, {"success": True, "session": session_row(5)})


class VaultError(Exception):
    """An exception whose text contains secrets."""


def open_session(app: relay.App) -> PhoneResponse:
    with served(app) as url:
        return Phone(url).call("POST", "/v1/sessions", {"metadata": {"note": "planted-in-a-request"}})


@pytest.mark.parametrize("kind", ["plain", "coroutine"])
@pytest.mark.parametrize("function", ["authorize", "policy", "api_key"])
def test_an_exception_is_logged_with_its_traceback(
    function: str, kind: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = made_up_key()

    def plain(*args: object) -> Any:
        try:
            raise KeyError(secret)
        except KeyError as cause:
            raise VaultError(f"no entry {secret} for demo-alice") from cause

    async def coroutine(*args: object) -> Any:
        return plain(*args)

    failing: Any = plain if kind == "plain" else coroutine
    with Server(SESSION) as server:
        if function == "api_key":
            app = made(AsyncAgentHuman(failing, base_url=server.url))
        else:
            app = made(AgentHuman(secret, base_url=server.url), **{function: failing})
        answer = open_session(app)
        assert server.requests == []
    # Without the backend's key the API is unreachable, which is a 502.
    assert answer.outcome == ((502 if function == "api_key" else 500), "server")
    what = "credential" if function == "api_key" else function
    (record,) = (record for record in caplog.records if record.levelno == logging.ERROR)
    assert record.name == "agenthuman.relay"
    assert record.getMessage().startswith(f"{what} raised VaultError at {__file__}:")
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], VaultError)
    assert "Traceback (most recent call last)" in caplog.text
    assert "VaultError: no entry [redacted] for [token]" in caplog.text
    assert "KeyError: '[redacted]'" in caplog.text
    assert [record.name for record in caplog.records if record.levelno == logging.WARNING] == ["agenthuman.relay"]
    printed = "".join(capfd.readouterr()) + caplog.text + answer.text + str(answer.headers)
    assert [
        planted for planted in (secret, "planted-in-a-request", "demo-alice", SECRETS[0]) if planted in printed
    ] == []
    assert "Vault" not in answer.text


@pytest.mark.parametrize("kind", ["plain", "coroutine", "stubborn"])
@pytest.mark.parametrize("function", ["authorize", "policy", "api_key"])
def test_a_function_that_never_returns_times_out(function: str, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    over = threading.Event()
    cancelled: list[str] = []

    def plain(*_: object) -> Any:
        over.wait(30)

    async def coroutine(*_: object) -> Any:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.append(function)
            if kind == "stubborn":
                await asyncio.sleep(5)
            raise

    hanging: Any = plain if kind == "plain" else coroutine
    try:
        with Server(SESSION) as server:
            if function == "api_key":
                app = made(AsyncAgentHuman(hanging, base_url=server.url), function_timeout=0.5)
            else:
                client = AgentHuman(made_up_key(), base_url=server.url)
                app = made(client, function_timeout=0.5, **{function: hanging})
            answer = open_session(app)
            assert server.requests == []
    finally:
        over.set()
    assert answer.outcome == (503, "service_unavailable")
    assert answer.headers["retry-after"] == "5"
    name = "the credential function" if function == "api_key" else function
    assert f"{name} did not return within 0.5 s" in caplog.text
    assert cancelled == ([] if kind == "plain" else [function])


def test_threads_that_never_return_do_not_block_the_program() -> None:
    over = threading.Event()

    async def rest() -> str:
        threads = Threads()
        hanging = [asyncio.ensure_future(threads.run(over.wait, 30)) for _ in range(2 * Threads.LIMIT)]
        await asyncio.sleep(0.1)
        for one in hanging:
            one.cancel()
        await asyncio.wait(hanging)
        try:
            return await asyncio.wait_for(asyncio.to_thread(lambda: "free"), 10)
        finally:
            over.set()

    assert asyncio.run(rest()) == "free"


WRONG: list[tuple[str, Any, str | None]] = [
    ("authorize", 7, "authorize must return str or None; got int"),
    ("authorize", b"alice", "authorize must return str or None; got bytes"),
    ("authorize", "\ud800", "authorize raised UnicodeEncodeError"),
    ("authorize", "u" * 257, None),
    ("authorize", "a\0b", None),
    ("authorize", "a\ufffd", None),
    ("authorize", {"id": "alice"}, "authorize must return str or None; got dict"),
    ("policy", "7", "policy must return dict, Refused or None; got str"),
    ("policy", ["7"], "policy must return dict, Refused or None; got list"),
    (
        "policy",
        {"agent_id": {1}},
        "policy returned a dict that contains a value of type set, which JSON cannot represent",
    ),
    ("policy", {"agent": "7"}, None),
    ("policy", {"agents": ["7"]}, None),
    ("policy", {"agent_id": "7", "grant_seconds": -1}, None),
    ("policy", {"agent_id": "7", "operations": ["api_keys.create"]}, None),
]


@pytest.mark.parametrize(("function", "value", "said"), WRONG)
def test_a_wrong_return_value_is_logged(
    function: str, value: Any, said: str | None, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Server(SESSION) as server:
        answer = open_session(made(AgentHuman(key, base_url=server.url), **{function: lambda *_: value}))
        assert server.requests == []
    assert answer.outcome == (500, "server")
    messages = [record.getMessage() for record in caplog.records if record.name == "agenthuman.relay"]
    # If the relay rejects the value, only the response is logged.
    assert len(messages) == (1 if said is None else 2)
    assert messages[-1].startswith("answered 500 server, request id ")
    assert said is None or messages[0].startswith(said)


async def test_an_empty_user_id_is_rejected(key: str) -> None:
    assert open_session(made(AgentHuman(key, base_url="http://127.0.0.1:1"), authorize=lambda _: "")).outcome == (
        401,
        "invalid_token",
    )


@pytest.mark.parametrize("value", [None, 5])
def test_a_credential_must_be_a_string(value: Any, caplog: pytest.LogCaptureFixture) -> None:
    with Server(SESSION) as server:
        assert open_session(made(AgentHuman(lambda: value, base_url=server.url))).outcome == (502, "server")
    assert "credential raised TypeError" in caplog.text


def test_texts_of_the_api_are_not_forwarded(key: str, caplog: pytest.LogCaptureFixture) -> None:
    refused = {"success": False, "error": {"message": f"{key} is not accepted", "details": {"key": key}}}
    with Server(Answer(401, refused)) as server:
        answer = open_session(made(AgentHuman(key, base_url=server.url)))
    assert answer.status == 502
    assert key not in answer.text + str(answer.headers) + caplog.text
