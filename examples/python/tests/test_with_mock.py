"""Unit tests: a mock provides the responses, and nothing is sent."""

from __future__ import annotations

import pytest
from greeter import Greeter

from agenthuman import NotFoundError
from agenthuman.testing import Mock, message, message_exchange, session


@pytest.fixture
def greeter(agenthuman_mock: Mock) -> Greeter:
    agenthuman_mock.on("sessions.create").returns(session(id="5"))
    agenthuman_mock.on("messages.create").returns(message_exchange(reply=message(content="Welcome, Ada.")))
    agenthuman_mock.on("sessions.end").returns(session(id="5", status="completed"))
    return Greeter(agenthuman_mock.client, "7")


def test_the_agent_greets(greeter: Greeter, agenthuman_mock: Mock) -> None:
    assert greeter.greet("Ada") == "Welcome, Ada."
    agenthuman_mock.assert_calls("sessions.create", "messages.create", "sessions.end")
    assert agenthuman_mock.calls[1].params == {"session_id": "5", "content": "Hello, I am Ada."}


def test_a_busy_agent_has_a_fallback(greeter: Greeter, agenthuman_mock: Mock) -> None:
    agenthuman_mock.on("messages.create").raises("rate_limited", retry_after=30)
    assert greeter.greet("Ada") == "Hello, Ada!"


def test_a_missing_agent_is_an_error(greeter: Greeter, agenthuman_mock: Mock) -> None:
    agenthuman_mock.on("sessions.create").raises(NotFoundError)
    with pytest.raises(NotFoundError):
        greeter.greet("Ada")
