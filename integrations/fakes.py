"""A LiveKit room without a server: participants join it when the test says so, and it keeps what is sent to them.

No LiveKit server is part of these tests. What the packages do with the framework and with the service is real; the
room is not.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from livekit import rtc


class Stream:
    """A byte stream to a participant."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.data = b""
        self.is_closed = False

    async def write(self, data: bytes) -> None:
        assert not self.is_closed, "written after its end"
        self.data += data

    async def aclose(self) -> None:
        self.is_closed = True


class LocalParticipant:
    """The program's own participant."""

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.sid = "PA_local"
        self.track_publications: dict[str, Any] = {}
        self.streams: list[Stream] = []
        self.calls: list[tuple[str, str]] = []
        """The method and the destination of each remote call."""
        self.fails = False
        self._rpc_handlers: dict[str, Callable[..., Any]] = {}

    def register_rpc_method(self, name: str, handler: Callable[..., Any]) -> None:
        self._rpc_handlers[name] = handler

    def unregister_rpc_method(self, name: str) -> None:
        self._rpc_handlers.pop(name, None)

    async def stream_bytes(self, name: str, **options: Any) -> Stream:
        if self.fails:
            raise RuntimeError("the room is gone")
        stream = Stream(name=name, **options)
        self.streams.append(stream)
        return stream

    async def perform_rpc(self, *, destination_identity: str, method: str, payload: str, **_: Any) -> str:
        if self.fails:
            raise RuntimeError("the room is gone")
        self.calls.append((method, destination_identity))
        return ""

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("_", "add_")):
            raise AttributeError(name)

        # What else the frameworks send to a room.
        async def accepted(*_: Any, **__: Any) -> Any:
            return SimpleNamespace(sid="TR_local", track=None, wait_for_subscription=accepted)

        return accepted


class Room(rtc.EventEmitter[Any]):
    """A room. `is_connected` decides whether it is connected from the start."""

    def __init__(self, name: str = "a-room", *, is_connected: bool = True) -> None:
        super().__init__()
        self.name = name if is_connected else ""
        self.local_participant = LocalParticipant("the-agent")
        self.remote_participants: dict[str, Any] = {}
        self.joined_with: tuple[str, str] | None = None
        self._is_connected = is_connected

    @property
    def sid(self) -> Any:
        async def sid() -> str:
            return "RM_fake"

        return sid()

    @property
    def connection_state(self) -> Any:
        return rtc.ConnectionState.CONN_CONNECTED if self._is_connected else rtc.ConnectionState.CONN_DISCONNECTED

    def isconnected(self) -> bool:
        return self._is_connected

    async def connect(self, url: str, token: str, options: Any = None) -> None:
        self.joined_with = (url, token)
        self.name, self._is_connected = "a-room", True
        self.emit("connection_state_changed", self.connection_state)

    async def disconnect(self, *_: Any, **__: Any) -> None:
        if self._is_connected:
            self._is_connected = False
            self.emit("connection_state_changed", self.connection_state)
            self.emit("disconnected", rtc.DisconnectReason.CLIENT_INITIATED)

    def join(self, identity: str) -> Any:
        """A participant joins, and publishes audio and video."""
        tracks = {
            f"TR_{kind}": SimpleNamespace(
                sid=f"TR_{kind}", kind=kind, track=SimpleNamespace(kind=kind, sid=f"TR_{kind}"), subscribed=True
            )
            for kind in (rtc.TrackKind.KIND_AUDIO, rtc.TrackKind.KIND_VIDEO)
        }
        participant = SimpleNamespace(
            identity=identity,
            sid=f"PA_{identity}",
            kind=rtc.ParticipantKind.PARTICIPANT_KIND_AGENT,
            state=rtc.ParticipantState.PARTICIPANT_STATE_ACTIVE,
            attributes={},
            track_publications=tracks,
        )
        self.remote_participants[identity] = participant
        self.emit("participant_connected", participant)
        self.emit("participant_active", participant)
        for publication in tracks.values():
            self.emit("track_published", publication, participant)
            self.emit("track_subscribed", publication.track, publication, participant)
        return participant

    def leave(self, identity: str) -> None:
        """A participant leaves."""
        self.emit("participant_disconnected", self.remote_participants.pop(identity))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        # Handlers of streams, which the frameworks register.
        return lambda *_, **__: None
