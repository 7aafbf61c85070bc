"""A user's program for type checkers. It is never run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from typing_extensions import assert_type

from agenthuman import (
    AgentHuman,
    AsyncAgentHuman,
    Message,
    NotFoundError,
    Page,
    Pages,
    RawResponse,
    Session,
    User,
    relay,
    rooms,
    testing,
)


def sync(client: AgentHuman) -> None:
    session = client.sessions.create(agent_id="7", session_type="agent_chat")
    assert_type(session, Session)
    assert_type(session.id, str)
    assert_type(session.started_at, datetime)
    assert_type(session.metadata, dict[str, Any] | None)
    assert_type(client.sessions.list(), Pages[Session])
    page = client.sessions.list(limit=5).page()
    assert_type(page, Page[Session])
    assert_type(page.items, Sequence[Session])
    assert_type(page.items[0], Session)
    assert_type([message.content for message in client.messages.list("5")], list[str])
    assert_type(Session.from_dict({}), Session)
    assert_type(client.with_options(timeout=5), AgentHuman)
    assert_type(client.with_raw_response.sessions.get("5"), RawResponse[Session])
    assert_type(client.with_raw_response.sessions.get("5").value.agent_name, str | None)
    assert_type(client.with_raw_response.sessions.list(limit=5), RawResponse[Page[Session]])
    assert_type(client.with_raw_response.sessions.list().value.items[0], Session)
    assert_type(client.with_raw_response.agents.delete("7"), RawResponse[None])
    assert_type(client.request("GET", "/v1/x"), Any)


async def in_async(client: AsyncAgentHuman) -> None:
    assert_type(await client.auth.me(), User)
    async for message in client.messages.list("5"):
        assert_type(message, Message)
    assert_type(await client.sessions.list().page(), Page[Session])
    assert_type(await client.with_raw_response.sessions.get("5"), RawResponse[Session])
    assert_type(await client.with_raw_response.sessions.list(), RawResponse[Page[Session]])


def plain_authorize(request: relay.Request) -> str | None:
    assert_type(request.token, str | None)
    assert_type(request.headers.get("x-device"), str | None)
    return request.headers["x-user"]


async def authorize(request: relay.Request) -> str:
    return request.path


def plain_policy(user: str, request: dict[str, Any]) -> dict[str, Any]:
    return {"agent_id": request["agent_id"]}


async def policy(user: str, request: dict[str, Any]) -> relay.Decision:
    return relay.Refused(user) if request else None


def relays(client: AgentHuman, other: AsyncAgentHuman) -> None:
    assert_type(relay.asgi_app(client, authorize=plain_authorize, policy=plain_policy), relay.App)
    relay.asgi_app(other, authorize=authorize, policy=policy, secrets=("x",), origins=["https://x"], grant_seconds=60)
    relay.asgi_app(other, authorize=lambda _: None, policy=lambda user, request: relay.Refused())
    relay.asgi_app(client, authorize=policy, policy=policy)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def respond(call: testing.MockCall) -> Session:
    return testing.session(id=call.params["id"])


def mocks_of_rooms(mock: testing.RoomsMock) -> None:
    assert_type(mock.client, rooms.AgentHumanRooms)
    assert_type(mock.async_client, rooms.AsyncAgentHumanRooms)
    mock.on("sessions.open").returns(testing.rooms.session(id="sess_1", started_at=datetime.now()))
    mock.on("avatars.list").returns(testing.rooms.avatar_list(public_avatars=[testing.rooms.avatar()]))
    mock.assert_calls("sessions.open")
    mock.on("sessions.get").returns(testing.session())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    mock.on("messages.create")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]


def mocks(mock: testing.Mock) -> None:
    assert_type(mock.client, AgentHuman)
    assert_type(mock.async_client, AsyncAgentHuman)
    assert_type(testing.session(id="5", started_at=datetime.now()), Session)
    mock.on("sessions.create").returns(testing.session(id="5"), {"id": "6"}).raises("rate_limited", retry_after=3)
    mock.on("sessions.get").responds(respond).responds(lambda call: testing.session()).raises(NotFoundError)
    mock.on("sessions.list").returns([testing.session()], next="c").pages([testing.session()], [])
    mock.on("agents.delete").returns(None)
    mock.on("request").returns({"minutes": 3})
    assert_type(mock.calls[0].params, dict[str, Any])
    mock.on("sessions.creat")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    mock.on("sessions.get").returns(testing.agent())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    mock.on("sessions.list").returns(testing.session())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    mock.on("sessions.get").raises("rate_limit")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    mock.assert_calls("sessions.creat")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    testing.session(name="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    testing.session(status=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def refused(client: AgentHuman, session: Session) -> None:
    session.status = "completed"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    client.sessions.create(agent_id=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.sessions.create(agent_id="7", session_type="fax")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.with_raw_response.sessions.get(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def cassettes() -> None:
    with testing.Cassette("greet.json", mode="replay") as cassette:
        assert_type(cassette, testing.Cassette)
        assert_type(cassette.client("key", base_url="http://localhost", timeout=5), AgentHuman)
        assert_type(cassette.async_client(token="token"), AsyncAgentHuman)
        cassette.client(timeout="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        assert_type(cassette.unplayed, list[str])
