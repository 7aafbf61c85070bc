"""`agenthuman.testing`: mocks of both clients, factories of models, and resources that can be patched."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any
from unittest.mock import AsyncMock, create_autospec, patch

import pytest
import trio

import agenthuman
from agenthuman import AgentHuman, AsyncAgentHuman, testing
from agenthuman._generated import models
from agenthuman._generated.errors import error_classes
from agenthuman.testing import (
    DUMMY_KEY,
    Mock,
    MockCall,
    UnexpectedCallError,
    agent,
    auth_token,
    created_api_key,
    message,
    message_exchange,
    session,
    uploaded_avatar,
)

from canned import session_values

MODELS = [value for value in vars(models).values() if isinstance(value, type) and value.__module__ == "agenthuman"]


@pytest.fixture
def mock(monkeypatch: pytest.MonkeyPatch) -> Mock:
    # A client that read its environment would fail.
    monkeypatch.setenv("AGENTHUMAN_API_KEY", "no key")
    monkeypatch.setenv("AGENTHUMAN_BASE_URL", "no URL")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    return Mock()


def test_the_fixture_is_a_mock(agenthuman_mock: Mock) -> None:
    assert isinstance(agenthuman_mock, Mock)


def test_a_call_gets_its_response_and_is_recorded(mock: Mock) -> None:
    mock.on("sessions.create").returns(session(id=5, status="active"))
    created = mock.client.sessions.create(agent_id="7", timeout=2, extra_headers={"x-trace": "1"})
    assert isinstance(created, agenthuman.Session)
    assert (created.id, created.status) == ("5", "active")
    assert mock.calls == [
        MockCall("sessions.create", {"agent_id": "7"}, {"timeout": 2.0, "headers": {"x-trace": "1"}}),
    ]


@pytest.mark.parametrize("run", [asyncio.run, lambda coroutine: trio.run(lambda: coroutine)])
def test_an_async_call_gets_its_response(mock: Mock, run: Callable[[Awaitable[Any]], Any]) -> None:
    async def responds(call: MockCall) -> agenthuman.Agent:
        return agent(name=call.params["name"])

    mock.on("agents.create").responds(responds)
    mock.on("sessions.list").pages([session(id="1")], [session(id="2")])

    async def program() -> None:
        assert (await mock.async_client.agents.create(name="Ada")).name == "Ada"
        assert [item.id async for item in mock.async_client.sessions.list()] == ["1", "2"]
        with pytest.raises(UnexpectedCallError):
            await mock.async_client.auth.me()

    run(program())
    mock.assert_calls("agents.create", "sessions.list", "sessions.list", "auth.me")


def test_the_last_response_repeats(mock: Mock) -> None:
    mock.on("sessions.get").returns(session(id="1"), session(id="2")).returns(session_values("3"))
    assert [mock.client.sessions.get("x").id for _ in range(5)] == ["1", "2", "3", "3", "3"]


def test_a_new_configuration_replaces_the_old(mock: Mock) -> None:
    mock.on("sessions.get").returns(session(id="1"))
    mock.on("sessions.get").returns(session(id="2"))
    assert mock.client.sessions.get("x").id == "2"


def test_errors_are_those_of_production(mock: Mock) -> None:
    mock.on("sessions.create").raises("rate_limited", retry_after=3).raises(agenthuman.NotFoundError)
    mock.on("sessions.get").raises("timeout", phase="read").raises(agenthuman.ServerError("own"))
    with pytest.raises(agenthuman.RateLimitError, match="Too many requests") as limited:
        mock.client.sessions.create(agent_id="7")
    error = limited.value
    assert (error.status, error.retry_after, error.retryable, error.operation) == (429, 3.0, True, "sessions.create")
    with pytest.raises(agenthuman.NotFoundError) as missing:
        mock.client.sessions.create(agent_id="7")
    assert (missing.value.status, missing.value.retryable, len(missing.value.attempts)) == (404, False, 1)
    with pytest.raises(agenthuman.APITimeoutError) as late:
        mock.client.sessions.get("1")
    assert (late.value.status, late.value.phase) == (None, "read")
    with pytest.raises(agenthuman.ServerError, match="own"):
        mock.client.sessions.get("1")


@pytest.mark.parametrize("code", error_classes)
def test_every_error_can_be_raised(mock: Mock, code: str) -> None:
    mock.on("sessions.get").raises(code).raises(error_classes[code])  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(error_classes[code]) as raised:
            mock.client.sessions.get("1")
        assert type(raised.value) is error_classes[code]
        assert raised.value.message
        assert "`" not in raised.value.message


def test_a_function_responds(mock: Mock) -> None:
    def responds(call: MockCall) -> agenthuman.Session:
        if call.params["id"] == "0":
            raise agenthuman.NotFoundError("no session 0")
        return session(id=call.params["id"])

    mock.on("sessions.get").responds(responds)
    assert mock.client.sessions.get("4").id == "4"
    with pytest.raises(agenthuman.NotFoundError, match="no session 0"):
        mock.client.sessions.get("0")


def test_an_exception_of_a_function_is_not_wrapped(mock: Mock) -> None:
    mock.on("sessions.get").responds(lambda call: {}[0])
    with pytest.raises(KeyError):
        mock.client.sessions.get("4")
    with pytest.raises(KeyError):
        asyncio.run(mock.async_client.sessions.get("4"))


def test_an_async_function_is_not_for_the_sync_client(mock: Mock) -> None:
    async def responds(call: MockCall) -> agenthuman.Session:
        return session()

    mock.on("sessions.get").responds(responds)
    with pytest.raises(TypeError, match="async_client"):
        mock.client.sessions.get("1")


def test_a_list_has_pages_and_cursors(mock: Mock) -> None:
    mock.on("sessions.list").returns([session(id="1")], [session(id="2")], next="c2").returns([])
    assert mock.client.sessions.list().page() == agenthuman.Page([session(id="1")], None)
    assert mock.client.sessions.list().page().next == "c2"
    assert mock.client.sessions.list().all() == []
    mock.on("sessions.list").pages([session(id="1")], [], [session(id="2")])
    for _ in range(2):
        assert [item.id for item in mock.client.sessions.list(limit=1)] == ["1", "2"]
    assert [call.params.get("after") for call in mock.calls[-3:]] == [None, "page-2", "page-3"]
    mock.on("sessions.list").responds(lambda call: agenthuman.Page([session()], None))
    assert len(mock.client.sessions.list().all()) == 1


def test_an_operation_without_a_model_and_a_request(mock: Mock) -> None:
    mock.on("agents.delete").returns(None)
    mock.on("request").returns({"minutes": 3}, None)
    mock.client.agents.delete("7")
    assert mock.client.request("GET", "/v1/usage?days=7") == {"minutes": 3}
    assert mock.client.request("POST", "/v1/x", {"a": [1]}) is None
    assert mock.calls[1].params == {"method": "GET", "path": "/v1/usage?days=7"}
    assert mock.calls[2].params["body"] == {"a": [1]}


def test_parameters_are_checked(mock: Mock) -> None:
    mock.on("sessions.create").returns(session())
    with pytest.raises(agenthuman.InvalidArgumentError):
        mock.client.sessions.create(agent_id="")
    assert mock.calls == []


def test_a_file_is_described_and_not_read(mock: Mock) -> None:
    mock.on("avatars.upload").returns(uploaded_avatar())
    mock.client.avatars.upload(file="/nowhere/face.png", name="Face")
    mock.client.avatars.upload(file=b"abc", name="Face", file_name="face.png", content_type="image/png")
    assert [call.params["file"] for call in mock.calls] == [
        {"path": "/nowhere/face.png"},
        {"name": "face.png", "content_type": "image/png", "length": 3},
    ]


def test_a_rotation_stores_the_key(mock: Mock) -> None:
    stored: list[str] = []
    mock.on("api_keys.rotate").returns(created_api_key())
    created = mock.client.api_keys.rotate("1", grace=60, store=lambda created: stored.append(created.key))
    assert stored == [created.key] == [DUMMY_KEY]
    assert mock.calls == [MockCall("api_keys.rotate", {"id": "1", "grace": 60}, {})]

    def fails(created: agenthuman.CreatedApiKey) -> None:
        raise OSError("disk full")

    with pytest.raises(agenthuman.StoreFailedError):
        mock.client.api_keys.rotate("1", store=fails)


def test_options_and_raw_responses(mock: Mock) -> None:
    mock.on("sessions.get").returns(session())
    raw = mock.client.with_options(max_retries=0).with_raw_response.sessions.get("1")
    assert (raw.status, raw.value.id, len(raw.attempts)) == (200, "1", 1)
    assert mock.calls[0].options == {"max_retries": 0}


def test_an_unexpected_call_says_how_to_add_it(mock: Mock) -> None:
    for call, suggestion in [
        (lambda: mock.client.sessions.get("1"), r'mock\.on\("sessions\.get"\)\.returns\(session\(\)\)'),
        (lambda: mock.client.api_keys.list().all(), r"returns\(\[api_key_info\(\)\]\)"),
        (lambda: mock.client.agents.delete("1"), r"returns\(None\)"),
        (lambda: mock.client.request("GET", "/v1/x"), r'on\("request"\)'),
    ]:
        with pytest.raises(UnexpectedCallError, match=suggestion):
            call()
    with pytest.raises(UnexpectedCallError) as unexpected:
        mock.client.auth.verify_otp("ada@example.com", "123456")
    assert isinstance(unexpected.value, AssertionError)
    assert "123456" not in str(unexpected.value)


def test_what_was_called_can_be_asserted(mock: Mock) -> None:
    mock.on("sessions.get").returns(session(), session())
    mock.client.sessions.get("1")
    mock.assert_calls("sessions.get")
    with pytest.raises(AssertionError, match=r"expected calls of .*sessions\.end"):
        mock.assert_calls("sessions.get", "sessions.end")
    with pytest.raises(AssertionError, match=r"sessions\.get \(1 of 2 responses\)"):
        mock.assert_all_called()
    mock.client.sessions.get("1")
    mock.assert_all_called()
    with pytest.raises(UnexpectedCallError):
        mock.client.auth.me()
    with pytest.raises(AssertionError, match=r"unexpected calls of .*auth\.me"):
        mock.assert_all_called()
    mock.reset()
    mock.assert_calls()
    mock.assert_all_called()


def test_mistakes_in_a_test_are_reported_where_they_are_made(mock: Mock) -> None:
    unknown: Any = "sessions.creat"
    with pytest.raises(ValueError, match=r"Did you mean 'sessions\.create'"):
        mock.on(unknown)
    stub: Any = mock.on("sessions.create")
    with pytest.raises(TypeError, match="returns Session; got Agent"):
        stub.returns(agent())
    with pytest.raises(ValueError, match="Session"):
        stub.returns({"status": "active"})
    with pytest.raises(TypeError, match="at least one"):
        stub.returns()
    with pytest.raises(ValueError, match="Did you mean 'rate_limited'"):
        stub.raises("rate_limit")
    lists: Any = mock.on("sessions.list")
    with pytest.raises(TypeError, match="list of models; got Session"):
        lists.returns(session())
    with pytest.raises(UnexpectedCallError):
        mock.client.sessions.list().all()


def test_a_closed_client_rejects_calls(mock: Mock) -> None:
    mock.on("auth.logout").returns(None)
    with mock.client:
        mock.client.auth.logout()
    with pytest.raises(agenthuman.ClosedError):
        mock.client.auth.logout()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_has_a_factory(model: type[agenthuman.Session]) -> None:
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in model.__name__).lstrip("_")
    factory = getattr(testing, name)
    assert name in testing.__all__
    made = factory()
    assert type(made) is model
    assert list(inspect.signature(factory).parameters) == [*model.__match_args__, "extra"]
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        factory(no_such_field=1)


def test_a_factory_converts_and_checks() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    made = session(id=7, started_at=now, created_at="2026-01-01T00:00:00Z", metadata={"a": 1}, extra={"new": True})
    assert (made.id, made.started_at, made.metadata, made.extra) == ("7", now, {"a": 1}, {"new": True})
    assert message_exchange(reply=message(content="Hello")).reply == message(content="Hello")
    wrong: Any = 5
    with pytest.raises(TypeError, match=r"Session\.status is not a string"):
        session(status=wrong)
    with pytest.raises(TypeError, match="time zone"):
        session(started_at=datetime(2026, 1, 1))
    assert DUMMY_KEY not in repr(created_api_key())
    AgentHuman(token=auth_token().token, base_url="https://api.agenthuman.com").close()


def test_the_dummy_key_has_the_format_of_a_key() -> None:
    with AgentHuman(DUMMY_KEY, base_url="https://api.agenthuman.com") as client:
        assert "ah_test_…0000" in repr(client)


def test_methods_can_be_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    client = AgentHuman(DUMMY_KEY, base_url="https://api.agenthuman.com")
    with patch.object(client.sessions, "create", return_value=session(id="9")) as create:
        assert client.sessions.create(agent_id="7").id == "9"
        create.assert_called_once_with(agent_id="7")
    with patch.object(client.sessions, "create", autospec=True), pytest.raises(TypeError):
        client.sessions.create(agent="7")  # type: ignore[call-arg]
    assert client.sessions.create.__func__ is type(client.sessions).create  # type: ignore[attr-defined]
    monkeypatch.setattr(client.agents, "get", lambda agent_id: agent(id=agent_id))
    assert client.agents.get("3").id == "3"
    with patch.object(client, "sessions", create_autospec(client.sessions)) as sessions:
        client.sessions.get("1")
        sessions.get.assert_called_once_with("1")


def test_async_methods_can_be_patched() -> None:
    client = AsyncAgentHuman(DUMMY_KEY, base_url="https://api.agenthuman.com")

    async def program() -> None:
        with patch.object(client.sessions, "get", return_value=session(id="9")) as get:
            assert isinstance(get, AsyncMock)
            assert (await client.sessions.get("1")).id == "9"

    asyncio.run(program())


def test_a_method_can_be_spied_on(mock: Mock) -> None:
    mock.on("sessions.get").returns(session(id="9"))
    with patch.object(mock.client.sessions, "get", wraps=mock.client.sessions.get) as get:
        assert mock.client.sessions.get("1").id == "9"
        get.assert_called_once_with("1")
