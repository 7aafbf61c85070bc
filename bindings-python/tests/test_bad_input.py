"""Invalid input, which is rejected before anything is sent."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agenthuman import AgentHuman, AsyncAgentHuman, ConfigurationError, InvalidArgumentError, MalformedAPIKeyError

from canned import Answer, Server

CYCLE: dict[str, Any] = {}
CYCLE["again"] = CYCLE
DEEP: dict[str, Any] = {}
for _ in range(100_000):
    DEEP = {"in": DEEP}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Answer(200, {})) as server:
        yield server
        assert server.requests == [], "it was sent"


BAD: list[tuple[str, Callable[[AgentHuman], Any], str | None, str]] = [
    ("an empty id", lambda c: c.sessions.get(""), "id", "must not be empty"),
    ("a dot segment", lambda c: c.sessions.get(".."), "id", "would change the URL"),
    ("a control character", lambda c: c.sessions.get("a\n"), "id", "control characters"),
    ("an id of another type", lambda c: c.sessions.get(1.5), "id", "must be an id"),
    ("no id", lambda c: c.sessions.get(None), "id", "is required"),
    ("an unknown choice", lambda c: c.sessions.create(agent_id="1", session_type="fax"), "session_type", "one of"),
    ("an empty text", lambda c: c.messages.create("1", content=""), "content", "must not be empty"),
    ("a long text", lambda c: c.messages.create("1", content="x" * 32_001), "content", "32000"),
    ("text of another type", lambda c: c.messages.create("1", content=5), "content", "must be text"),
    ("a number below", lambda c: c.sessions.list(limit=0).page(), "limit", "from 1 to 200"),
    ("a number above", lambda c: c.sessions.list(limit=201).page(), "limit", "from 1 to 200"),
    ("a flag that is none", lambda c: c.avatars.update("1", is_favorite="yes"), "is_favorite", "true or false"),
    ("an object that is none", lambda c: c.sessions.create(agent_id="1", metadata=[1]), "metadata", "object"),
    ("a URL that is none", lambda c: c.avatars.create(name="x", url="ftp://x"), "url", "URL"),
    ("a malformed address", lambda c: c.auth.request_otp("nobody"), "email", "email address"),
    ("a code of letters", lambda c: c.auth.verify_otp("a@b.c", "abcdef"), "code", "6 digits"),
    ("a code that is too short", lambda c: c.auth.verify_otp("a@b.c", "12345"), "code", "6 digits"),
    ("an update of nothing", lambda c: c.agents.update("1"), None, "at least one"),
    ("a grace that is too long", lambda c: c.api_keys.rotate("1", grace=3601), "grace", "3600"),
    ("not a number", lambda c: c.sessions.create(agent_id="1", metadata={"x": math.nan}), "metadata", "not finite"),
    ("infinity", lambda c: c.sessions.create(agent_id="1", metadata={"x": math.inf}), "metadata", "not finite"),
    ("a set", lambda c: c.sessions.create(agent_id="1", metadata={"x": {1}}), "metadata", "type set"),
    ("bytes", lambda c: c.sessions.create(agent_id="1", metadata={"x": b"1"}), "metadata", "type bytes"),
    (
        "a datetime",
        lambda c: c.sessions.create(agent_id="1", metadata={"x": datetime.date(2024, 1, 1)}),
        "metadata",
        "type date",
    ),
    ("a cycle", lambda c: c.sessions.create(agent_id="1", metadata=CYCLE), "metadata", "contains itself"),
    ("a deep nesting", lambda c: c.sessions.create(agent_id="1", metadata=DEEP), "metadata", "too deeply"),
    ("a key that is a tuple", lambda c: c.sessions.create(agent_id="1", metadata={(1,): 1}), "metadata", "key"),
    ("half a character", lambda c: c.messages.create("1", content="\ud800"), "content", "unpaired surrogate"),
    ("a file that is none", lambda c: c.avatars.upload(file=3, name="x"), "file", "file must be"),
    ("no file", lambda c: c.avatars.upload(file=None, name="x"), "file", "is required"),
    (
        "a file that is not there",
        lambda c: c.avatars.upload(file="/no/such/file", name="x"),
        "file",
        "could not be read",
    ),
    ("a folder", lambda c: c.avatars.upload(file="/", name="x"), "file", "not a regular file"),
    ("a method", lambda c: c.request("PATCH", "/v1/x"), "method", "GET, POST"),
    ("a path out of the base", lambda c: c.request("GET", "/v1/../x"), "path", "must not contain the segments"),
    ("another host", lambda c: c.request("GET", "//example.com/x"), "path", 'start with one "/"'),
    ("a body of an object", lambda c: c.request("POST", "/v1/x", object()), "body", "type object"),
    ("another credential", lambda c: c.request("GET", "/v1/x", None, "cookie"), "credential", "must be"),
]


@pytest.mark.parametrize(("call", "parameter", "why"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_invalid_input_is_rejected(
    server: Server, key: str, token: str, call: Callable[[Any], Any], parameter: str | None, why: str
) -> None:
    client = AgentHuman(key, token, base_url=server.url)
    with pytest.raises(InvalidArgumentError) as caught:
        call(client)
    assert caught.value.parameter == parameter
    assert why in str(caught.value)
    assert caught.value.__cause__ is None
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(("call", "parameter", "why"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
async def test_invalid_input_is_rejected_in_async(
    server: Server, key: str, token: str, call: Callable[[Any], Any], parameter: str | None, why: str
) -> None:
    client = AsyncAgentHuman(key, token, base_url=server.url)
    with pytest.raises(InvalidArgumentError) as caught:
        await call(client)
    assert caught.value.parameter == parameter
    assert why in str(caught.value)


OPTIONS: list[tuple[dict[str, Any], str]] = [
    ({"base_url": "nonsense"}, "base URL"),
    ({"base_url": "http://example.com"}, "https"),
    ({"base_url": "https://me:pw@example.com"}, "user name"),
    ({"timeout": 0}, "timeout"),
    ({"timeout": -1}, "timeout"),
    ({"connect_timeout": 0}, "connect_timeout"),
    ({"headers": {"x-api-key": "x"}}, "set by the client"),
    ({"headers": {"bad name": "x"}}, "invalid name"),
    ({"headers": {"x": "a\nb"}}, "invalid value"),
    ({"routes": {"nothing.here": "/x"}}, "does not name an operation"),
    ({"api_key_file": "/x", "api_key": "y"}, "set only one of"),
    ({"api_key_file": "/x", "api_key_command": "y"}, "set only one of"),
    ({"api_key_command": []}, "got none"),
    ({"api_key_command": "a 'b"}, "not closed"),
    ({"api_key_command": [1]}, "api_key"),
    ({"environment": "staging"}, "environment must be"),
    ({"api_key": b"bytes"}, "type bytes"),
]


@pytest.mark.parametrize(("options", "why"), OPTIONS)
def test_an_invalid_option_is_rejected(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        AgentHuman(**options)
    assert why in str(caught.value)


@pytest.mark.parametrize("options", [{"timeout": 0}, {"extra_headers": {"authorization": "x"}}, {"timeout": math.nan}])
def test_an_invalid_call_option_is_rejected(server: Server, key: str, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        AgentHuman(key, base_url=server.url).sessions.get("1", **options)


@pytest.mark.parametrize("spoil", ["{} ", '"{}"', "Bearer {}", "{}x", "\n{}", "x{}"])
def test_a_malformed_key_is_rejected_and_not_printed(key: str, spoil: str) -> None:
    with pytest.raises(MalformedAPIKeyError) as caught:
        AgentHuman(spoil.format(key))
    assert key not in str(caught.value)


def test_parameters_except_ids_are_keyword_only(server: Server, key: str) -> None:
    client = AgentHuman(key, base_url=server.url)
    with pytest.raises(TypeError):
        client.messages.create("1", "hello")  # type: ignore[misc]
    with pytest.raises(TypeError):
        client.sessions.create("1")  # type: ignore[misc]
