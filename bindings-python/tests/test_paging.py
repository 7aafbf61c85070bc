"""Lists: iteration, pages, and servers that ignore `after`."""

from __future__ import annotations

from typing import Any

import pytest

from agenthuman import AgentHuman, AsyncAgentHuman, NotFoundError, Page, Session

from canned import TIME, Answer, Request, Server, session_row

ROWS = [session_row(number) for number in range(1, 8)]
IDS = [str(row["session_id"]) for row in ROWS]


def paged(request: Request) -> Answer:
    size = int(request.query.get("limit", 3))
    start = int(request.query.get("after", 0))
    rows = ROWS[start : start + size]
    end = start + len(rows)
    return Answer(200, {"success": True, "sessions": rows, "next": str(end) if end < len(ROWS) else None})


def unpaged(request: Request) -> Answer:
    return Answer(200, {"success": True, "sessions": ROWS})


def ignoring(request: Request) -> Answer:
    """Always returns the first page, with a next page."""
    count = len(ignoring.server.requests)  # type: ignore[attr-defined]
    return Answer(200, {"success": True, "sessions": ROWS, "next": f"c{count}"})


def test_iteration_fetches_all_pages(key: str) -> None:
    with Server(paged) as server:
        sessions = AgentHuman(key, base_url=server.url).sessions.list(limit=2, status="all")
        assert server.requests == [], "nothing is fetched before the iteration"
        assert [session.id for session in sessions] == IDS
        assert [request.query for request in server.requests] == [
            {"status": "all", "limit": "2"},
            {"status": "all", "limit": "2", "after": "2"},
            {"status": "all", "limit": "2", "after": "4"},
            {"status": "all", "limit": "2", "after": "6"},
        ]


async def test_iteration_fetches_all_pages_in_async(key: str) -> None:
    with Server(paged) as server:
        sessions = AsyncAgentHuman(key, base_url=server.url).sessions.list(limit=2)
        assert [session.id async for session in sessions] == IDS
        assert len(server.requests) == 4
        assert [session.id for session in await sessions.all()] == IDS


def test_pages(key: str) -> None:
    with Server(paged) as server:
        sessions = AgentHuman(key, base_url=server.url).sessions.list()
        first = sessions.page()
        assert isinstance(first, Page)
        assert ([session.id for session in first.items], first.next) == (IDS[:3], "3")
        assert [len(page.items) for page in sessions.pages()] == [3, 3, 1]
        second = AgentHuman(key, base_url=server.url).sessions.list(after=first.next).page()
        assert second.items[0].id == "4"


async def test_pages_in_async(key: str) -> None:
    with Server(paged) as server:
        sessions = AsyncAgentHuman(key, base_url=server.url).sessions.list()
        assert (await sessions.page()).next == "3"
        assert [len(page.items) async for page in sessions.pages()] == [3, 3, 1]


def test_a_second_iteration_starts_again(key: str) -> None:
    with Server(paged) as server:
        sessions = AgentHuman(key, base_url=server.url).sessions.list()
        assert sessions.all() == sessions.all() != []
        for _ in sessions:
            break
        assert len(sessions.all()) == len(ROWS)


@pytest.mark.parametrize("answer", [unpaged, ignoring])
async def test_iteration_ends_if_the_server_has_no_pagination(key: str, answer: Any) -> None:
    with Server(answer) as server:
        ignoring.server = server  # type: ignore[attr-defined]
        assert [session.id for session in AgentHuman(key, base_url=server.url).sessions.list()] == IDS
        walked = AsyncAgentHuman(key, base_url=server.url).sessions.list()
        assert [session.id async for session in walked] == IDS


def test_an_error_during_iteration_is_raised(key: str) -> None:
    def answer(request: Request) -> Answer:
        return Answer(404, {"success": False, "error": "gone"}) if "after" in request.query else paged(request)

    with Server(answer) as server:
        seen = []
        with pytest.raises(NotFoundError):
            for session in AgentHuman(key, base_url=server.url).sessions.list():
                seen.append(session.id)
        assert seen == IDS[:3]


def test_a_list_without_pagination(token: str) -> None:
    with Server(
        Answer(
            200,
            [
                {
                    "id": 1,
                    "name": "Sunny",
                    "url": "https://files.example.com/a.png",
                    "is_public": 1,
                    "created_at": TIME,
                    "updated_at": TIME,
                }
            ],
        )
    ) as server:
        avatars = AgentHuman(token=token, base_url=server.url).avatars.list()
        assert [avatar.is_public for avatar in avatars] == [True]
        assert repr(avatars) == "<Pages of avatars.list>"


async def test_the_first_item(key: str) -> None:
    with Server(paged) as server:
        sync, its_async = AgentHuman(key, base_url=server.url), AsyncAgentHuman(key, base_url=server.url)
        first = sync.sessions.list().first()
        assert isinstance(first, Session)
        assert first.id == "1"
        assert await its_async.sessions.list().first() == first
        assert len(server.requests) == 2, "no page is fetched beyond the first"


async def test_the_first_item_after_an_empty_page(key: str) -> None:
    """A service that filters pages may send an empty page before the last one."""

    def answer(request: Request) -> Answer:
        is_last = "after" in request.query
        return Answer(200, {"success": True, "sessions": ROWS[:1] * is_last, "next": None if is_last else "1"})

    with Server(answer) as server:
        first = AgentHuman(key, base_url=server.url).sessions.list().first()
        assert first is not None
        assert first.id == "1"
        assert await AsyncAgentHuman(key, base_url=server.url).sessions.list().first() == first


async def test_an_empty_list_has_no_first_item(key: str) -> None:
    with Server(Answer(200, {"success": True, "sessions": [], "next": None})) as server:
        assert AgentHuman(key, base_url=server.url).sessions.list().first() is None
        assert await AsyncAgentHuman(key, base_url=server.url).sessions.list().first() is None
