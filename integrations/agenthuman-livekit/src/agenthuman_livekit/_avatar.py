"""A session of the service as an avatar of LiveKit Agents."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Any, Literal

from livekit import api, rtc
from livekit.agents import get_job_context
from livekit.agents.types import ATTRIBUTE_PUBLISH_ON_BEHALF
from livekit.agents.voice.avatar import AvatarSession as BaseAvatarSession
from livekit.agents.voice.avatar import DataStreamAudioOutput

from agenthuman import AgentHumanError, ClosedError, InvalidArgumentError
from agenthuman.rooms import AsyncAgentHumanRooms, Room

if TYPE_CHECKING:
    from livekit.agents import AgentSession, JobContext

    from agenthuman.rooms import AspectRatio, AsyncOpen, Session

logger = logging.getLogger("agenthuman.livekit")

SAMPLE_RATE = 16_000
"""The service takes speech as mono PCM with this rate."""

IDENTITY = "agenthuman-avatar-agent"


class AvatarSession(BaseAvatarSession[Literal["metrics_collected"]]):
    """An avatar that joins a LiveKit room and speaks for an agent.

    The session costs money until it has ended. It is ended when the job shuts down, when the agent's session closes, if
    `start` fails or is cancelled, and by `aclose`. Outside a job, call `aclose`.

    Args:
        avatar: The avatar: its id, or the URL of a picture of a face, or the picture itself as a path or bytes.
        aspect_ratio: The ratio of the picture: `4:3`, `3:4` or `1:1`. Default: `4:3`.
        metadata: Your own data, stored with the session.
        api_key: The API key. Default: as for `AsyncAgentHumanRooms`, such as from `AGENTHUMAN_API_KEY`.
        base_url: The base URL of the API. Default: `AGENTHUMAN_BASE_URL`, or the service's.
        client: A client to use in place of an own one, for example one with `max_open`. It stays open.
        avatar_participant_identity: The identity of the avatar in the room.
        avatar_participant_name: The name of the avatar in the room.

    Raises:
        ConfigurationError: If an option is invalid.
        MalformedAPIKeyError: If the key is malformed.
    """

    def __init__(
        self,
        *,
        avatar: str | os.PathLike[str] | bytes,
        aspect_ratio: AspectRatio | None = None,
        metadata: dict[str, Any] | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
        client: AsyncAgentHumanRooms | None = None,
        avatar_participant_identity: str = IDENTITY,
        avatar_participant_name: str = IDENTITY,
    ) -> None:
        super().__init__()
        if client is not None and (api_key is not None or base_url is not None):
            raise InvalidArgumentError(
                "client must not be combined with api_key or base_url: it has its own", parameter="client"
            )
        self._avatar = avatar
        self._aspect_ratio: AspectRatio | None = aspect_ratio
        self._metadata = metadata
        self._client = AsyncAgentHumanRooms(api_key, base_url=base_url) if client is None else client
        self._owns_client = client is None
        self._identity = avatar_participant_identity
        self._name = avatar_participant_name
        self._opened: AsyncOpen[Session] | None = None
        self._opening: asyncio.Task[Session] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._session: Session | None = None

    @property
    def avatar_identity(self) -> str:
        """The identity of the avatar in the room."""
        return self._identity

    @property
    def provider(self) -> str:
        """The name of the service, for metrics."""
        return "agenthuman"

    @property
    def session(self) -> Session | None:
        """The session of the service, once `start` has opened it."""
        return self._session

    async def start(
        self,
        agent_session: AgentSession[Any],
        room: rtc.Room,
        *,
        livekit_url: str | None = None,
        livekit_api_key: str | None = None,
        livekit_api_secret: str | None = None,
    ) -> None:
        """Opens a session, so that the avatar joins the room, and sends the agent's speech to it.

        Args:
            agent_session: The session of the agent that the avatar speaks for. Start it afterwards.
            room: The room that the avatar joins.
            livekit_url: The URL of the LiveKit server. Default: `LIVEKIT_URL`.
            livekit_api_key: The API key of the LiveKit server, which signs the avatar's token. Default:
                `LIVEKIT_API_KEY`.
            livekit_api_secret: The secret of that key. Default: `LIVEKIT_API_SECRET`.

        Raises:
            RuntimeError: If the avatar was started before.
            ClosedError: If the avatar is closed meanwhile, such as by the end of the job.
            InvalidArgumentError: If a parameter is invalid or missing. Nothing was sent.
            PaymentRequiredError: If the plan has no minutes left.
            ConcurrencyLimitError: If the maximum number of concurrent sessions is reached.
            AgentHumanError: If opening the session fails otherwise.
        """
        if self._opened is not None or self._closing is not None:
            raise RuntimeError("an AvatarSession can be started once: create another one")
        url = _setting(livekit_url, "livekit_url")
        key = _setting(livekit_api_key, "livekit_api_key")
        secret = _setting(livekit_api_secret, "livekit_api_secret")
        job = get_job_context(required=False)
        token = self._token(key, secret, _room_name(room, job), _agent_identity(room, job))
        self._opened = self._client.sessions.open(
            avatar=self._avatar,
            room=Room.livekit(url, token),
            aspect_ratio=self._aspect_ratio,
            metadata=self._metadata,
        )
        try:
            await super().start(agent_session, room)
            agent_session.on("close", self._agent_closed)
            self._session = await self._open(self._opened)
            agent_session.output.replace_audio_tail(
                DataStreamAudioOutput(
                    room=room,
                    destination_identity=self._identity,
                    sample_rate=SAMPLE_RATE,
                    wait_remote_track=rtc.TrackKind.KIND_VIDEO,
                )
            )
        except BaseException:
            await self.aclose()
            raise

    async def _open(self, opened: AsyncOpen[Session]) -> Session:
        self._opening = asyncio.ensure_future(opened.__aenter__())
        try:
            session = await self._opening
        except asyncio.CancelledError:
            if self._closing is None:
                raise
        else:
            if self._closing is None:
                return session
        raise ClosedError("the avatar was closed while it was starting", operation="sessions.open")

    async def aclose(self) -> None:
        """Ends the session, and removes the avatar from the room. A later call has no effect.

        If ending the session fails, the failure is logged: the shutdown of a job goes on. The service ends the session
        by itself when everybody has left the room, and at its expiration.
        """
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        # A cancelled caller does not stop it.
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        agent_session = self._agent_session
        if agent_session is not None:
            agent_session.off("close", self._agent_closed)
        try:
            if self._opening is not None and not self._opening.done():
                # The client looks for a session that the service may have opened, and ends it.
                self._opening.cancel()
                await asyncio.wait([self._opening])
            if self._opened is not None:
                await self._opened.close()
        except AgentHumanError:
            logger.exception("ending the session of the avatar failed, so it may still be open")
        finally:
            await super().aclose()
            if self._owns_client:
                await self._client.close()

    def _agent_closed(self, _: object) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())

    def _token(self, key: str, secret: str, room: str, agent: str) -> str:
        """Returns a token with which the avatar joins the room, and publishes for the agent."""
        return (
            api.AccessToken(key, secret)
            .with_kind("agent")
            .with_identity(self._identity)
            .with_name(self._name)
            .with_grants(api.VideoGrants(room_join=True, room=room))
            .with_attributes({ATTRIBUTE_PUBLISH_ON_BEHALF: agent})
            .to_jwt()
        )


def _setting(value: str | None, name: str) -> str:
    found = value or os.environ.get(name.upper())
    if not found:
        raise InvalidArgumentError(
            f"{name} is missing",
            suggestion=f"Pass it, or set {name.upper()}.",
            parameter=name,
            operation="sessions.open",
        )
    return found


def _room_name(room: rtc.Room, job: JobContext | None) -> str:
    # A room has no name before it is connected.
    name = room.name or (job.job.room.name if job is not None else "")
    if not name:
        raise InvalidArgumentError(
            "room is not connected, so its name is unknown", suggestion="Connect it first.", parameter="room"
        )
    return name


def _agent_identity(room: rtc.Room, job: JobContext | None) -> str:
    return room.local_participant.identity if job is None else job.local_participant_identity
