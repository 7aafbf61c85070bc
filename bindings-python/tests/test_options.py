"""The options of a client, `with_options`, and `with_raw_response`."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import agenthuman.sandbox
from agenthuman import (
    AgentHuman,
    APITimeoutError,
    AsyncAgentHuman,
    ClosedError,
    NotFoundError,
    Page,
    RawResponse,
    Session,
    relay,
)

from canned import Answer, Request, Server, session_row

SESSION = Answer(200, {"success": True, "session": session_row(5)}, headers={"x-request-id": "r-1"})
SESSIONS = Answer(200, {"success": True, "sessions": [session_row(5)], "next": "c"}, headers={"x-request-id": "r-2"})
SILENT = Answer(silent=True)
BUSY = Answer(503, {"success": False, "error": "busy"}, headers={"retry-after": "0"})


async def test_with_options_does_not_change_the_client(key: str) -> None:
    with Server(SILENT) as server:
        client = AgentHuman(key, base_url=server.url, max_retries=0)
        hasty = client.with_options(timeout=0.05)
        assert type(hasty) is AgentHuman
        with pytest.raises(APITimeoutError):
            hasty.sessions.get("5")
        with pytest.raises(APITimeoutError):
            hasty.sessions.list().page()
        with pytest.raises(APITimeoutError):
            hasty.request("GET", "/v1/x")
        with pytest.raises(APITimeoutError):
            await AsyncAgentHuman(key, base_url=server.url).with_options(timeout=0.05, max_retries=0).sessions.get("5")


@pytest.mark.parametrize(("own", "call", "tries"), [(0, None, 1), (1, None, 2), (1, 0, 1), (None, None, 3)])
def test_call_options_override_client_options(key: str, own: int | None, call: int | None, tries: int) -> None:
    with Server(BUSY) as server:
        client = AgentHuman(key, base_url=server.url).with_options(max_retries=own).with_options(timeout=60)
        with pytest.raises(Exception, match="busy") as caught:
            client.sessions.get("5", max_retries=call)
        assert len(caught.value.attempts) == len(server.requests) == tries  # type: ignore[attr-defined]


def test_with_options_shares_the_client(key: str) -> None:
    runs = []

    def source() -> str:
        runs.append(1)
        return key

    with Server(SESSION) as server:
        client = AgentHuman(source, base_url=server.url)
        copied = client.with_options(timeout=5)
        copied.sessions.get("5")
        client.sessions.get("5")
        assert len(runs) == 1
        assert repr(copied) == repr(client)
        client.close()
        with pytest.raises(ClosedError):
            copied.sessions.get("5")


def test_a_raw_response(key: str) -> None:
    with Server(SESSION) as server:
        raw = AgentHuman(key, base_url=server.url).with_raw_response.sessions.get("5")
    assert isinstance(raw, RawResponse)
    assert (raw.status, raw.request_id, raw.value.id) == (200, "r-1", "5")
    assert raw.headers["x-request-id"] == "r-1"
    assert [(attempt.status, attempt.code) for attempt in raw.attempts] == [(200, None)]
    match raw:
        case RawResponse(Session(id="5"), 200):
            pass
        case _:
            pytest.fail("did not match")
    assert "status=200" in repr(raw)


async def test_a_raw_response_in_async(key: str) -> None:
    with Server(SESSION) as server:
        raw = await AsyncAgentHuman(key, base_url=server.url).with_raw_response.sessions.get("5")
    assert (raw.status, raw.request_id, raw.value.id) == (200, "r-1", "5")


async def test_a_raw_page(key: str) -> None:
    with Server(SESSIONS) as server:
        sync = AgentHuman(key, base_url=server.url).with_raw_response.sessions.list(limit=1)
        raw = await AsyncAgentHuman(key, base_url=server.url).with_raw_response.sessions.list(limit=1)
    for answer in (sync, raw):
        assert answer.request_id == "r-2"
        assert isinstance(answer.value, Page)
        assert ([item.id for item in answer.value.items], answer.value.next) == (["5"], "c")


async def test_raw_responses_without_a_model(key: str) -> None:
    with Server(Answer(200, {"success": True})) as server:
        client, other = AgentHuman(key, base_url=server.url), AsyncAgentHuman(key, base_url=server.url)
        for raw in (client.with_raw_response.agents.delete("7"), await other.with_raw_response.agents.delete("7")):
            assert (raw.value, raw.status) == (None, 200)
        for json in (
            client.with_raw_response.request("GET", "/v1/x"),
            await other.with_raw_response.request("GET", "/v1/x"),
        ):
            assert (json.value, json.status) == ({"success": True}, 200)


def test_a_raw_response_has_all_attempts(key: str) -> None:
    answers = iter([BUSY, SESSION])
    with Server(lambda _: next(answers)) as server:
        raw = AgentHuman(key, base_url=server.url).with_raw_response.sessions.get("5")
    assert [(attempt.status, attempt.code) for attempt in raw.attempts] == [(503, "service_unavailable"), (200, None)]


def test_raw_methods_raise_errors(key: str) -> None:
    with Server(Answer(404, {"success": False, "error": "gone"})) as server, pytest.raises(NotFoundError):
        AgentHuman(key, base_url=server.url).with_raw_response.sessions.get("5")


def test_every_method_has_a_raw_method(key: str) -> None:
    def answer(request: Request) -> Answer:
        return SESSION

    with Server(answer) as server:
        for client in (AgentHuman(key, base_url=server.url), AsyncAgentHuman(key, base_url=server.url)):
            raw: Any = client.with_raw_response
            for name in dir(client):
                resource = getattr(client, name)
                if name.startswith("_") or callable(resource) or name == "with_raw_response":
                    continue
                verbs = {verb for verb in dir(resource) if not verb.startswith("_")}
                assert verbs == {verb for verb in dir(getattr(raw, name)) if not verb.startswith("_")}


@pytest.mark.parametrize("client", [AgentHuman, AsyncAgentHuman])
@pytest.mark.parametrize(
    ("unknown", "meant"),
    [
        ("apikey", "api_key"),
        ("apiKey", "api_key"),
        ("key", "api_key"),
        ("base_ur", "base_url"),
        ("baseURL", "base_url"),
        ("max_retry", "max_retries"),
        ("timeout_", "timeout"),
        ("access_token", "token"),
    ],
)
def test_the_error_for_an_unknown_option_suggests_the_closest_name(
    client: type, unknown: str, meant: str, key: str
) -> None:
    with pytest.raises(
        TypeError, match=f"unexpected keyword argument '{unknown}'. Did you mean '{meant}'\\?$"
    ) as caught:
        client(**{unknown: key})
    assert key not in str(caught.value)


def test_the_error_for_an_unknown_option_lists_all_if_none_is_close() -> None:
    with pytest.raises(TypeError, match=r"'zzz'\. Supported options: api_key, token, .*, routes\.$"):
        AgentHuman(zzz=1)  # type: ignore[call-arg]


def test_unknown_options_of_other_functions(key: str) -> None:
    with pytest.raises(TypeError, match=r"with_options\(\) .*'time_out'\. Did you mean 'timeout'\?$"):
        AgentHuman(key).with_options(time_out=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"asgi_app\(\) .*'secret'\. Did you mean 'secrets'\?$"):
        relay.asgi_app(AsyncAgentHuman(key), authorize=str, policy=str, secret=key)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"start\(\) .*'ratelimit'\. Did you mean 'rate_limit'\?$"):
        agenthuman.sandbox.start(ratelimit=1)  # type: ignore[call-arg]


def test_the_signature_is_kept() -> None:
    assert list(inspect.signature(AgentHuman).parameters)[:4] == ["api_key", "token", "api_key_file", "api_key_command"]
