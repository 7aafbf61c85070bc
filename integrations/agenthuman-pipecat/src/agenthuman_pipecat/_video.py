"""The service for pipelines: speech in, video and voice of an avatar out."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loguru import logger
from pipecat.audio.utils import create_stream_resampler
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    OutputImageRawFrame,
    OutputTransportReadyFrame,
    SpeechOutputAudioRawFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessorSetup
from pipecat.services.ai_service import AIService
from pipecat.services.settings import ServiceSettings

from agenthuman import (
    AgentHumanError,
    APIConnectionError,
    APITimeoutError,
    InvalidArgumentError,
    InvalidResponseError,
)
from agenthuman.rooms import AsyncAgentHumanRooms, Room

from ._room import SAMPLE_RATE, AvatarRoom, LiveKitRoom

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from livekit import rtc

    from agenthuman.rooms import AspectRatio, AsyncOpen, Session

JOIN_TIMEOUT = 30.0
"""Seconds that speech waits for the avatar to join the room."""

PATIENCE = 5.0
"""Seconds that the end of a pipeline waits beyond the length of the speech for the avatar to finish it."""


@dataclass
class AgentHumanVideoSettings(ServiceSettings):
    """Settings of the service. It has none that can be changed while it runs."""


class AgentHumanVideoService(AIService):
    """An avatar that speaks a pipeline's speech.

    It takes the frames of a text-to-speech service, and pushes the avatar's pictures and its voice. Avatar and pipeline
    meet in a LiveKit room, beside the pipeline's own transport.

    The session costs money until it has ended. It is opened when the pipeline is set up, and ended with the pipeline:
    after the last words if it ends normally, or at once if it is cancelled, its set-up fails, or the avatar does not
    come or leaves. Without an avatar, the frames of the speech are pushed on, so that users still hear it.

    Args:
        avatar: The avatar: its id, or the URL of a picture of a face, or the picture itself as a path or bytes.
        room: A room on a LiveKit server of yours. Default: a room of the service's own, which its documentation does
            not describe.
        aspect_ratio: The ratio of the picture: `4:3`, `3:4` or `1:1`. Default: `4:3`.
        metadata: Your own data, stored with the session.
        api_key: The API key. Default: as for `AsyncAgentHumanRooms`, such as from `AGENTHUMAN_API_KEY`.
        base_url: The base URL of the API. Default: `AGENTHUMAN_BASE_URL`, or the service's.
        client: A client to use in place of an own one, for example one with `max_open`. It stays open.
        name: The name of the processor. Default: the framework's.

    Raises:
        ConfigurationError: If an option is invalid.
        MalformedAPIKeyError: If the key is malformed.
    """

    Settings = AgentHumanVideoSettings

    def __init__(
        self,
        *,
        avatar: str | os.PathLike[str] | bytes,
        room: LiveKitRoom | None = None,
        aspect_ratio: AspectRatio | None = None,
        metadata: dict[str, Any] | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
        client: AsyncAgentHumanRooms | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(settings=AgentHumanVideoSettings(model=None), name=name)
        if client is not None and (api_key is not None or base_url is not None):
            raise InvalidArgumentError(
                "client must not be combined with api_key or base_url: it has its own", parameter="client"
            )
        self._client = AsyncAgentHumanRooms(api_key, base_url=base_url) if client is None else client
        self._owns_client = client is None
        self._avatar = avatar
        self._own_room = room
        self._aspect_ratio: AspectRatio | None = aspect_ratio
        self._metadata = metadata
        self._opened: AsyncOpen[Session] | None = None
        self._session: Session | None = None
        self._room: AvatarRoom | None = None
        self._resampler = create_stream_resampler()
        self._transport_is_ready = False

    @property
    def session(self) -> Session | None:
        """The session of the service, once it is open."""
        return self._session

    def can_generate_metrics(self) -> bool:
        """Returns true: the time from the start of speech to the avatar's voice is measured."""
        return True

    async def setup(self, setup: FrameProcessorSetup) -> None:  # type: ignore[override]  # as every processor
        """Opens a session, and joins the avatar's room.

        Raises:
            PaymentRequiredError: If the plan has no minutes left.
            ConcurrencyLimitError: If the maximum number of concurrent sessions is reached.
            AgentHumanError: If opening the session, or joining the room, fails otherwise. The pipeline reports it as an
                `ErrorFrame`, with this error as its `exception`.
        """
        await super().setup(setup)
        own = self._own_room
        self._opened = self._client.sessions.open(
            avatar=self._avatar,
            room=Room.proxy() if own is None else Room.livekit(own.url, own.avatar_token),
            aspect_ratio=self._aspect_ratio,
            metadata=self._metadata,
        )
        try:
            self._session = await self._opened.__aenter__()
            url, token = _place(self._session) if own is None else (own.url, own.token)
            self._room = AvatarRoom(self, setup.audio_out_sample_rate)
            await self._room.join(url, token)
        except BaseException:
            await self._close()
            raise

    async def stop(self, frame: EndFrame) -> None:
        """Ends the session, after the avatar has spoken."""
        await super().stop(frame)
        room = self._room
        if room is not None:
            await self._attempt(self._finish(room))
            await room.wait_until_played(PATIENCE)
        await self._close()

    async def cancel(self, frame: CancelFrame) -> None:
        """Ends the session at once."""
        await super().cancel(frame)
        await self._close()

    async def cleanup(self) -> None:
        """Ends the session, if it is open."""
        await super().cleanup()  # type: ignore[no-untyped-call]
        await self._close()
        if self._owns_client:
            await self._client.close()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Sends speech to the avatar, and passes other frames on. Without an avatar, it passes speech on too."""
        await super().process_frame(frame, direction)
        if isinstance(frame, OutputTransportReadyFrame):
            self._transport_is_ready = True
        room = self._room
        if room is None:
            await self.push_frame(frame, direction)
        elif isinstance(frame, TTSStartedFrame):
            await self.start_ttfb_metrics()
        elif isinstance(frame, TTSAudioRawFrame):
            if await self._has_joined(room):
                await self._attempt(self._speak(room, frame))
            else:
                await self.push_frame(frame, direction)
        elif isinstance(frame, TTSStoppedFrame):
            await self._attempt(self._finish(room))
        else:
            if isinstance(frame, InterruptionFrame):
                await self._attempt(self._interrupt(room))
            elif isinstance(frame, BotStartedSpeakingFrame):
                await self.stop_ttfb_metrics()
            await self.push_frame(frame, direction)

    async def receive_video(self, frame: rtc.VideoFrame) -> None:
        """Pushes a picture of the avatar."""
        if self._transport_is_ready:
            size = (frame.width, frame.height)
            await self.push_frame(OutputImageRawFrame(image=bytes(frame.data), size=size, format="RGB"))

    async def receive_audio(self, frame: rtc.AudioFrame) -> None:
        """Pushes a piece of the avatar's voice."""
        if self._transport_is_ready:
            audio = bytes(frame.data)
            await self.push_frame(
                SpeechOutputAudioRawFrame(audio=audio, sample_rate=frame.sample_rate, num_channels=frame.num_channels)
            )

    async def avatar_lost(self, why: str) -> None:
        """Ends the session, such as at its expiration. Further speech goes on without the avatar."""
        await self._give_up(APIConnectionError(why, phase="room"))

    async def _give_up(self, error: AgentHumanError) -> None:
        await self.push_error(error.message, exception=error, force_treat_as_permanent=True)
        await self._close()

    async def _attempt(self, work: Coroutine[Any, Any, None]) -> None:
        """Does something in the room. A failure is an error of the pipeline, which goes on."""
        try:
            await work
        except Exception as error:
            await self.push_error(f"sending to the avatar failed: {error}", exception=error)

    async def _has_joined(self, room: AvatarRoom) -> bool:
        """Waits for the avatar. Gives it up after a while."""
        if not room.ready.is_set():
            try:
                await asyncio.wait_for(room.ready.wait(), JOIN_TIMEOUT)
            except asyncio.TimeoutError:
                if self._room is room:
                    why = f"the avatar did not join its room within {JOIN_TIMEOUT:g} s"
                    await self._give_up(APITimeoutError(why, phase="room"))
        return self._room is room

    async def _speak(self, room: AvatarRoom, frame: TTSAudioRawFrame) -> None:
        audio = await self._resampler.resample(frame.audio, frame.sample_rate, SAMPLE_RATE)
        if audio:
            await room.speak(audio)

    async def _finish(self, room: AvatarRoom) -> None:
        rest = await self._resampler.flush()
        if rest:
            await room.speak(rest)
        await room.finish()

    async def _interrupt(self, room: AvatarRoom) -> None:
        self._resampler = create_stream_resampler()
        await self.stop_ttfb_metrics()
        await room.interrupt()

    async def _close(self) -> None:
        room, self._room = self._room, None
        opened, self._opened = self._opened, None
        try:
            if opened is not None:
                await opened.close()
        except AgentHumanError as error:
            logger.error(f"{self}: ending the session failed, so it may still be open: {error}")
        finally:
            if room is not None:
                await room.leave()


def _place(session: Session) -> tuple[str, str]:
    """Returns the URL and the token of the service's own room."""
    room = session.room
    if room is None or room.room_url is None or room.participant_token is None:
        raise InvalidResponseError("the session has no room to meet the avatar in", operation="sessions.open")
    return room.room_url, room.participant_token
