"""The sessions of a user on any device, with the functions of a backend that has them in its database."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

import pytest

from agenthuman import AsyncAgentHuman, relay

from canned import Answer, Server, session_row
from conftest import made_up_key
from relayed import Phone, made, policy, served


class Backend:
    """A backend whose database is a dict, with functions of either kind."""

    def __init__(self) -> None:
        self.opened: dict[str, list[str]] = defaultdict(list)
        self.resumed: list[dict[str, Any]] = []

    def on_open(self, user: str, session: dict[str, Any]) -> None:
        self.opened[user].append(session["session_id"])

    async def policy(self, user: str, request: dict[str, Any]) -> relay.Decision:
        if request["operation"] == "sessions.list":
            return {"sessions": self.opened[user][::-1][: request["limit"]]}
        if request["operation"] == "sessions.resume":
            self.resumed.append(request)
            return {"session_id": request["session_id"]} if request["metadata"] == {"of": user} else None
        return policy(user, request)


def listed(phone: Phone) -> list[tuple[str, str]]:
    answer = phone.call("GET", "/v1/sessions")
    assert answer.status == 200, answer.text
    return [(session["id"], session["status"]) for session in answer.json["sessions"]]


@pytest.mark.parametrize("kind", ["plain", "coroutine"])
def test_another_device_goes_on_with_a_session(sandbox: dict[str, str], agent: str, kind: str) -> None:
    backend = Backend()

    async def coroutine(user: str, session: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        backend.on_open(user, session)

    async def key() -> str:
        await asyncio.sleep(0)
        return sandbox["api_key"]

    # The key comes from a function, which the relay runs once at a time, however many sessions it fetches.
    client = AsyncAgentHuman(key, base_url=sandbox["url"])
    on_open: Any = coroutine if kind == "coroutine" else backend.on_open
    app = made(client, policy=backend.policy, on_open=on_open, open_sessions_per_user=0)
    with served(app) as url:
        phone, other = Phone(url), Phone(url, "demo-bob")
        opened = [phone.open(agent_id=agent)[0] for _ in range(6)]
        session, grant = phone.open(agent_id=agent)
        phone.say(session, grant, "on the phone")
        assert listed(phone) == [(id, "active") for id in [session, *opened[::-1]]]

        resumed = phone.call("POST", f"/v1/sessions/{session}/resume")
        assert (resumed.status, resumed.json["session"]["id"]) == (200, session)
        assert phone.say(session, resumed.json["grant"], "on the tablet").status == 201
        (asked,) = backend.resumed
        assert (asked["session_id"], asked["agent_id"], asked["status"]) == (session, agent, "active")

        # Even if the database is wrong, sessions are their users' only.
        backend.opened["bob"] = [session, "no such session", "../agents"]
        assert listed(other) == []
        assert other.call("POST", f"/v1/sessions/{session}/resume").outcome == (404, "not_found")
        assert other.call("POST", "/v1/sessions/999999/resume").outcome == (404, "not_found")
        assert len(backend.resumed) == 1

        phone.call("PUT", f"/v1/sessions/{session}/end", grant=grant)
        assert listed(phone)[0] == (session, "completed")
        grant = phone.call("POST", f"/v1/sessions/{session}/resume").json["grant"]
        history = phone.call("GET", f"/v1/sessions/{session}/messages", grant=grant).json["messages"]
        assert [message["content"] for message in history if message["role"] == "user"] == [
            "on the phone",
            "on the tablet",
        ]
        assert phone.say(session, grant, "too late").outcome == (409, "conflict")


def answers(**session: Any) -> Server:
    return Server(Answer(201, {"success": True, "session": {**session_row(5), **session}}))


@pytest.mark.parametrize(
    ("decision", "outcome"),
    [
        (None, (403, "policy_refused")),
        (relay.Refused("Not now."), (403, "policy_refused")),
        (KeyError("an operation that it does not know"), (500, "server")),
        ({"agent_id": "7"}, (500, "server")),
        ({"agents": ["7"]}, (500, "server")),
        ({"session_id": "6"}, (500, "server")),
        ({}, (500, "server")),
        ({"session_ids": ["5"]}, (500, "server")),
        ({"sessions": [str(number) for number in range(10_000)]}, (500, "server")),
    ],
)
def test_a_policy_that_knows_nothing_of_it_allows_nothing(
    decision: Any, outcome: tuple[int, str], caplog: pytest.LogCaptureFixture
) -> None:
    marks: list[str] = []

    def decide(user: str, request: dict[str, Any]) -> relay.Decision:
        if request["operation"] == "sessions.create":
            return policy(user, request)
        if isinstance(decision, Exception):
            raise decision
        return decision

    with answers() as server, served(made(AsyncAgentHuman(made_up_key(), base_url=server.url), policy=decide)) as url:
        phone = Phone(url)
        phone.open()
        marks.append(server.requests[0].json()["metadata"]["agenthuman_user"])
        assert phone.call("GET", "/v1/sessions").outcome == outcome
        assert len(server.requests) == 1
    with answers(metadata={"agenthuman_user": marks[0]}) as server:
        app = made(AsyncAgentHuman(made_up_key(), base_url=server.url), policy=decide)
        with served(app) as url:
            assert Phone(url).call("POST", "/v1/sessions/5/resume").outcome == outcome
    if outcome[0] == 500:
        assert "policy" in caplog.text


def test_a_session_that_is_not_noted_is_ended(
    sandbox: dict[str, str], agent: str, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    def on_open(user: str, session: dict[str, Any]) -> None:
        seen.append(session["session_id"])
        raise ConnectionError("the database is down")

    client = AsyncAgentHuman(sandbox["api_key"], base_url=sandbox["url"])
    with served(made(client, on_open=on_open)) as url:
        phone = Phone(url)
        answer = phone.call("POST", "/v1/sessions", {"agent_id": agent})
        assert answer.outcome == (500, "server")
        assert "database" not in answer.text
        assert "on_open raised ConnectionError" in caplog.text

        def decide(user: str, request: dict[str, Any]) -> relay.Decision:
            return {"sessions": seen}

        with served(made(client, policy=decide, requests_per_minute=0)) as second:
            for _ in range(200):
                if listed(Phone(second)) == [(seen[0], "completed")]:
                    return
        raise AssertionError("the session goes on")
