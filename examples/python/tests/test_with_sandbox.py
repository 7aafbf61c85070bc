"""Integration tests: the sandbox is the API on this machine. It is the package agenthuman-sandbox."""

from __future__ import annotations

import pytest
from greeter import Greeter

from agenthuman import AgentHuman, APIConnectionError
from agenthuman.sandbox import Sandbox


@pytest.fixture
def client(agenthuman_sandbox: Sandbox) -> AgentHuman:
    return AgentHuman(agenthuman_sandbox.api_key, base_url=agenthuman_sandbox.url)


@pytest.fixture
def greeter(client: AgentHuman) -> Greeter:
    agent = client.agents.create(name="Greeter", context="You greet people by their name.")
    return Greeter(client, agent.id)


def test_the_agent_greets(greeter: Greeter, agenthuman_sandbox: Sandbox) -> None:
    agenthuman_sandbox.replies(["Welcome, Ada."])
    assert greeter.greet("Ada") == "Welcome, Ada."


def test_no_session_stays_active(greeter: Greeter, client: AgentHuman) -> None:
    greeter.greet("Ada")
    assert [session.status for session in client.sessions.list()] == ["completed"]


def test_an_outage_is_retried(greeter: Greeter, agenthuman_sandbox: Sandbox) -> None:
    agenthuman_sandbox.faults.set(["sessions.end@1:status=503"])
    greeter.greet("Ada")
    assert [fault.fired for fault in agenthuman_sandbox.faults.list()] == [1]


def test_a_lost_response_is_not_retried(greeter: Greeter, agenthuman_sandbox: Sandbox) -> None:
    """The session may exist, so creating it again would create two."""
    agenthuman_sandbox.faults.set(["sessions.create@1:reset-after"])
    with pytest.raises(APIConnectionError) as failure:
        greeter.greet("Ada")
    assert failure.value.outcome_unknown
