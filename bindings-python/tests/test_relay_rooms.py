"""The relay opens sessions in rooms."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agenthuman import AgentHuman, AgentHumanError, AsyncAgentHuman, relay
from agenthuman.rooms import AgentHumanRooms, AsyncAgentHumanRooms, Room

from relayed import Phone, made, policy, served

ROOM = Room.livekit("wss://rooms.example.com", "the-token-of-the-avatar")


def rooms_policy(user: str, request: dict[str, Any]) -> relay.Decision:
    if request["operation"] != "rooms.create":
        return policy(user, request)
    if request["metadata"] is None:
        return relay.Refused("Which lesson?")
    return {
        "avatar": request["avatar"] or "PUBLIC/Avatars/sara-office",
        "room": ROOM,
        "participant_token": "the-token-of-the-app",
        "metadata": request["metadata"],
    }


def talk(url: str) -> None:
    phone = Phone(url)
    assert phone.call("POST", "/v1/rooms", {}).json["error"]["message"] == "Which lesson?"
    opened = phone.call("POST", "/v1/rooms", {"metadata": {"lesson": 4}})
    assert opened.status == 201, opened.json
    room, grant = opened.json["room"], opened.json["grant"]
    assert (room["platform"], room["url"]) == ("livekit", "wss://rooms.example.com")
    assert room["token"] == "the-token-of-the-app"
    assert "the-token-of-the-avatar" not in str(opened.json)
    at = f"/v1/rooms/{room['session']['id']}"
    assert phone.call("GET", at, grant=grant).json["session"]["status"] == "started"
    assert phone.call("PUT", f"{at}/end", grant=grant).json["session"]["status"] == "ended"


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_relay_for_rooms(sandbox: dict[str, str], kind: str) -> None:
    rooms = (AgentHumanRooms if kind == "sync" else AsyncAgentHumanRooms)(
        sandbox["api_key"], base_url=f"{sandbox['url']}/rooms"
    )
    with served(made(rooms, policy=rooms_policy)) as url:
        talk(url)
        assert Phone(url).call("GET", "/v1/agents").outcome == (404, "not_found")


def test_a_relay_for_both(sandbox: dict[str, str]) -> None:
    """Each client has a credential function of its own, and each is called for its own calls only."""
    asked: list[str] = []

    def of_agents() -> str:
        asked.append("agents")
        return sandbox["api_key"]

    async def of_rooms() -> str:
        await asyncio.sleep(0)
        asked.append("rooms")
        return sandbox["api_key"]

    client = AgentHuman(of_agents, base_url=sandbox["url"])
    rooms = AsyncAgentHumanRooms(of_rooms, base_url=f"{sandbox['url']}/rooms")
    with served(made(client, rooms=rooms, policy=rooms_policy)) as url:
        assert Phone(url).call("GET", "/v1/agents").status == 200
        assert set(asked) == {"agents"}
        asked.clear()
        talk(url)
        assert set(asked) == {"rooms"}


def test_wrong_clients_are_rejected(key: str) -> None:
    agents, rooms = AsyncAgentHuman(key), AgentHumanRooms(key)
    for parameter, clients in {
        "client": {"client": object()},
        "rooms": {"client": agents, "rooms": agents},
    }.items():
        with pytest.raises(AgentHumanError) as raised:
            made(**clients)
        assert raised.value.parameter == parameter
    with pytest.raises(AgentHumanError) as raised:
        made(rooms, rooms=rooms)
    assert raised.value.parameter == "rooms"


def test_a_wrong_decision_is_not_quoted(sandbox: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    rooms = AgentHumanRooms(sandbox["api_key"], base_url=f"{sandbox['url']}/rooms")
    decisions: list[dict[str, Any]] = [
        {"avatar": "avat_1", "room": "the-token-of-the-avatar"},
        {"avatar": "avat_1", "room": {**ROOM, "token": ["the-token-of-the-avatar"]}},
        {"avatar": "avat_1", "room": ROOM, "participant_token": {"is": "the-token-of-the-app"}},
    ]
    for decision in decisions:
        with served(made(rooms, policy=lambda user, request, decision=decision: decision)) as url:
            answer = Phone(url).call("POST", "/v1/rooms", {})
            assert answer.outcome == (500, "server")
    assert "the-token" not in caplog.text
    assert "room must be an object" in caplog.text
