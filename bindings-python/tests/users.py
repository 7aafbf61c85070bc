"""What a type checker is to see in a user's program. It is checked, and never run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from typing_extensions import assert_type

from agenthuman import AgentHuman, AsyncAgentHuman, Message, Page, Pages, RawResponse, Session, User


def sync(client: AgentHuman) -> None:
    session = client.sessions.create(agent_id="7", session_type="agent_chat")
    assert_type(session, Session)
    assert_type(session.id, str)
    assert_type(session.started_at, datetime | None)
    assert_type(session.metadata, dict[str, Any] | None)
    assert_type(client.sessions.list(), Pages[Session])
    page = client.sessions.list(limit=5).page()
    assert_type(page, Page[Session])
    assert_type(page.items, Sequence[Session])
    assert_type(page.items[0], Session)
    assert_type([message.content for message in client.messages.list("5")], list[str | None])
    assert_type(Session.from_dict({}), Session)
    assert_type(client.with_options(timeout=5), AgentHuman)
    assert_type(client.with_raw_response.sessions.get("5"), RawResponse[Session])
    assert_type(client.with_raw_response.sessions.get("5").value.status, str | None)
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


def refused(client: AgentHuman, session: Session) -> None:
    session.status = "completed"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    client.sessions.create(agent_id=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.sessions.create(agent_id="7", session_type="fax")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.with_raw_response.sessions.get(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
