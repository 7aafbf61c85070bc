"""The AgentHuman /v1 API for callers with a Daily or LiveKit room of their own.

    from agenthuman.rooms import AgentHumanRooms, Room

    client = AgentHumanRooms()  # AGENTHUMAN_API_KEY
    room = Room.livekit("wss://example.livekit.cloud", "the avatar's token")
    with client.sessions.open(avatar="PUBLIC/Avatars/sara-office", room=room) as session:
        print(session.id)

A session is an avatar in the room. It is paid by the minute, and has to be ended. `AsyncAgentHumanRooms` has the same
methods for asyncio and trio.
"""

from __future__ import annotations

# With `from … import`, pyright would take the `__all__` of the package.
import agenthuman._generated.rooms.models as _models

from ._generated import rooms as _choices
from ._generated.rooms.client import AgentHumanRooms
from ._generated.rooms.models import *  # noqa: F403
from ._model import MASK
from ._open import Open

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._generated.rooms import *  # noqa: F403
    from ._generated.rooms.async_client import AsyncAgentHumanRooms
    from ._generated.rooms.params import RoomParams
    from ._open import AsyncOpen


class Room(dict[str, "Any"]):
    """A room that an avatar joins. Its `repr` masks the token."""

    __slots__ = ()

    @classmethod
    def livekit(cls, url: str, token: str, *, display_name: str | None = None) -> RoomParams:
        """Returns a LiveKit room.

        Args:
            url: The URL of the room, `wss://…`.
            token: A token with which the avatar joins the room.
            display_name: The avatar's name in the room.
        """
        room: RoomParams = cls._of("livekit", url, token, display_name)
        return room

    @classmethod
    def daily(cls, url: str, token: str, *, display_name: str | None = None) -> RoomParams:
        """Returns a Daily room.

        Args:
            url: The URL of the room, `https://…`.
            token: A token with which the avatar joins the room.
            display_name: The avatar's name in the room.
        """
        room: RoomParams = cls._of("daily", url, token, display_name)
        return room

    @classmethod
    def proxy(cls) -> RoomParams:
        """Returns a room of the service's own, which its documentation does not describe. The session says how to join
        it.
        """
        room: RoomParams = cls._of("proxy", None, None, None)
        return room

    @classmethod
    def _of(cls, platform: str, url: str | None, token: str | None, display_name: str | None) -> Any:
        values = {"platform": platform, "url": url, "token": token, "display_name": display_name}
        return cls({name: value for name, value in values.items() if value is not None})

    def __repr__(self) -> str:
        shown = {name: MASK if name == "token" else value for name, value in self.items()}
        return f"Room({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    __str__ = __repr__


__all__ = ["AgentHumanRooms", "AsyncAgentHumanRooms", "AsyncOpen", "Open", "Room"]
__all__ += _choices.__all__
__all__ += _models.__all__


def _publish(*values: type) -> None:
    """Sets the module of classes, which tracebacks, reprs and pickles name, to the one that users import from."""
    for value in values:
        value.__module__ = __name__


_publish(AgentHumanRooms, Open, *(getattr(_models, name) for name in _models.__all__))


def __getattr__(name: str) -> object:
    # Imported at first use: asyncio takes a while to import, and sync programs do not need it.
    if name in ("AsyncAgentHumanRooms", "AsyncOpen"):
        from . import _open
        from ._generated.rooms import async_client

        found = {"AsyncAgentHumanRooms": async_client.AsyncAgentHumanRooms, "AsyncOpen": _open.AsyncOpen}
        _publish(*found.values())
        globals().update(found)
        return found[name]
    if name in _choices.__all__:
        from ._generated.rooms import choices

        globals().update({name: getattr(choices, name) for name in _choices.__all__})
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
