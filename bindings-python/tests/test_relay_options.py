"""The options of the relay, and its repr."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from agenthuman import AgentHuman, AsyncAgentHuman, ConfigurationError, relay

from relayed import SECRETS, authorize, made, policy

WRONG: list[tuple[str, Any]] = [
    ("secrets", []),
    ("secrets", ["planted-too-short"]),
    ("secrets", "planted-not-in-a-list-but-long-enough"),
    ("secrets", [b"planted-bytes-are-not-text-and-long-enough"]),
    ("audience", ""),
    ("audience", 7),
    ("origins", ["https://planted.example.com/path"]),
    ("origins", "https://planted.example.com"),
    ("grant_seconds", 0),
    ("grant_seconds", 1.5),
    ("session_seconds", -1),
    ("max_request_bytes", 0),
    ("max_request_bytes", "planted"),
    ("requests_per_minute", -1),
    ("authorize", None),
    ("policy", "planted"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_invalid_options_are_rejected(key: str, name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        made(AgentHuman(key), **{name: value})
    assert caught.value.parameter == name
    assert "planted" not in f"{caught.value!r} {caught.value} {caught.value.details}"
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("client", [None, "planted", object()])
def test_the_client_must_be_a_client(client: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        made(client)
    assert caught.value.parameter == "client"
    assert "planted" not in str(caught.value)


def test_a_secret_is_required(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGENTHUMAN_RELAY_SECRETS", raising=False)
    with pytest.raises(ConfigurationError, match="AGENTHUMAN_RELAY_SECRETS"):
        relay.asgi_app(AgentHuman(key), authorize=authorize, policy=policy)
    monkeypatch.setenv("AGENTHUMAN_RELAY_SECRETS", SECRETS[0])
    relay.asgi_app(AgentHuman(key), authorize=authorize, policy=policy)


def test_all_options_at_once(key: str) -> None:
    made(
        AsyncAgentHuman(key),
        secrets=tuple(SECRETS),
        audience="shop",
        origins=("https://app.example.com", "capacitor://localhost"),
        grant_seconds=60,
        session_seconds=3600,
        max_request_bytes=1,
        requests_per_minute=0,
    )


def test_repr_has_no_secrets(key: str) -> None:
    for client in (AgentHuman(key), AsyncAgentHuman(key)):
        text = f"{made(client)!r} {made(client)}"
        assert "<relay.App for " in text
        assert key not in text
        assert SECRETS[0] not in text


def test_refused_supports_equality_and_matching() -> None:
    assert relay.Refused("no") == relay.Refused("no") != relay.Refused()
    assert relay.Refused("no") != "no"
    assert len({relay.Refused("no"), relay.Refused("no")}) == 1
    assert repr(relay.Refused("no")) == "Refused('no')"
    match relay.Refused("no"):
        case relay.Refused(why):
            assert why == "no"


def test_the_relay_is_not_imported_without_need() -> None:
    import subprocess

    code = "import agenthuman, sys; sys.exit('agenthuman.relay' in sys.modules or 'logging' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
