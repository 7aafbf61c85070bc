"""The items of a page: a sequence that creates its models on access."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence

import pytest

from agenthuman import AgentHuman, Page, Session

from canned import Answer, Server, session_row, session_values

ROWS = [session_row(number) for number in range(1, 8)]
IDS = [str(row["session_id"]) for row in ROWS]


@pytest.fixture
def page(key: str) -> Page[Session]:
    with Server(Answer(200, {"success": True, "sessions": ROWS, "next": "c"})) as server:
        return AgentHuman(key, base_url=server.url).sessions.list().page()


def test_items_are_a_sequence(page: Page[Session]) -> None:
    items = page.items
    assert isinstance(items, Sequence)
    assert len(items) == 7
    assert [session.id for session in items] == IDS
    assert [session.id for session in reversed(items)] == IDS[::-1]
    assert (items[0].id, items[-1].id) == ("1", "7")
    assert items[2] in items
    assert Session.from_dict(session_values("9")) not in items
    match items:
        case [Session(id="1"), *rest]:
            assert len(rest) == 6
        case _:
            pytest.fail("did not match")


@pytest.mark.parametrize("place", [7, -8, 10**30])
def test_an_index_out_of_range_raises(page: Page[Session], place: int) -> None:
    with pytest.raises(IndexError):
        page.items[place]


def test_an_index_must_be_a_number(page: Page[Session]) -> None:
    with pytest.raises(TypeError):
        page.items["1"]  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        page.items[0] = page.items[1]  # type: ignore[index]


@pytest.mark.parametrize(
    "part",
    [slice(2), slice(2, 5), slice(None, None, 2), slice(None, None, -1), slice(-3, None), slice(9, 20), slice(5, 2)],
)
def test_slices_are_lists(page: Page[Session], part: slice) -> None:
    assert [session.id for session in page.items[part]] == IDS[part]
    assert isinstance(page.items[part], list)


def test_index_and_count(page: Page[Session]) -> None:
    items = page.items
    assert items.index(items[3]) == 3
    assert items.count(items[3]) == 1
    assert items.count(Session.from_dict(session_values("9"))) == 0
    for start, stop in [(4, 7), (0, 3)]:
        with pytest.raises(ValueError, match="not in the list"):
            items.index(items[3], start, stop)
    assert items.index(items[3], -5, -1) == 3


def test_items_compare_like_lists(page: Page[Session]) -> None:
    assert page.items == list(page.items)
    assert list(page.items) == page.items
    assert page.items != list(page.items)[:-1]
    assert page.items != tuple(page.items)
    assert repr(page.items) == repr(list(page.items))


def test_pages_are_pickled_and_copied(page: Page[Session]) -> None:
    for again in (pickle.loads(pickle.dumps(page)), copy.copy(page), copy.deepcopy(page)):
        assert again == page
        assert type(again.items[0]) is Session
    assert page != Page(page.items, None)


def test_iteration_creates_models_lazily(page: Page[Session]) -> None:
    walk = iter(page.items)
    assert next(walk).id == "1"
    assert walk.__length_hint__() == 6  # type: ignore[attr-defined]
    assert [session.id for session in walk] == IDS[1:]
    with pytest.raises(StopIteration):
        next(walk)
