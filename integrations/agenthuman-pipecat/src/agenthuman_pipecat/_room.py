"""The LiveKit room in which a pipeline meets its avatar: it sends speech, and receives video and audio."""

from __future__ import annotations

import asyncio
import os
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from livekit import api, rtc
from loguru import logger

from agenthuman import APIConnectionError, InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

IDENTITY = "agenthuman-avatar-agent"
"""The avatar's identity in a room."""

SAMPLE_RATE = 16_000
"""The service takes speech as mono PCM of 16 bits with this rate."""

BYTES_A_SECOND = SAMPLE_RATE * 2

AUDIO_STREAM = "lk.audio_stream"
CLEAR_BUFFER = "lk.clear_buffer"
PLAYBACK_FINISHED = "lk.playback_finished"

# The maximum of frames that wait for the pipeline; then the oldest are dropped. The audio is half a second.
AUDIO_CAPACITY = 50
VIDEO_CAPACITY = 2


@dataclass(frozen=True, slots=True)
class LiveKitRoom:
    """A room on a LiveKit server of yours, in which the pipeline meets its avatar.

    Attributes:
        url: The URL of the server, `wss://…`.
        avatar_token: A token with which the avatar joins, with the identity `agenthuman-avatar-agent`.
        token: A token with which the pipeline joins.
    """

    url: str
    avatar_token: str = field(repr=False)
    token: str = field(repr=False)

    @classmethod
    def create(
        cls,
        *,
        url: str | None = None,
        api_key: str | None = None,
        api_secret: str | None = None,
        name: str | None = None,
    ) -> LiveKitRoom:
        """Signs the tokens for a room. LiveKit makes the room when somebody joins it.

        Args:
            url: The URL of the server. Default: `LIVEKIT_URL`.
            api_key: The API key of the server. Default: `LIVEKIT_API_KEY`.
            api_secret: The secret of that key. Default: `LIVEKIT_API_SECRET`.
            name: The name of the room. Default: a random one.

        Raises:
            InvalidArgumentError: If a setting is missing.
        """
        url = _setting(url, "url")
        key, secret = _setting(api_key, "api_key"), _setting(api_secret, "api_secret")
        grants = api.VideoGrants(room_join=True, room=name or f"agenthuman-{uuid.uuid4().hex}")
        pipeline = api.AccessToken(key, secret).with_identity("pipecat").with_kind("agent").with_grants(grants)
        avatar = api.AccessToken(key, secret).with_identity(IDENTITY).with_kind("agent").with_grants(grants)
        # The avatar publishes for the pipeline.
        avatar = avatar.with_attributes({"lk.publish_on_behalf": "pipecat"})
        return cls(url, avatar.to_jwt(), pipeline.to_jwt())


def _setting(value: str | None, name: str) -> str:
    variable = f"LIVEKIT_{name.upper()}"
    found = value or os.environ.get(variable)
    if not found:
        raise InvalidArgumentError(f"{name} is missing", suggestion=f"Pass it, or set {variable}.", parameter=name)
    return found


class Receiver(Protocol):
    """Receives what comes from the avatar."""

    async def receive_video(self, frame: rtc.VideoFrame) -> None:
        """Receives a picture, in RGB."""

    async def receive_audio(self, frame: rtc.AudioFrame) -> None:
        """Receives a piece of the voice."""

    async def avatar_lost(self, why: str) -> None:
        """Called when the avatar or the pipeline is no longer in the room."""


class AvatarRoom:
    """The pipeline's place in the room."""

    def __init__(self, receiver: Receiver, sample_rate: int) -> None:
        self.ready = asyncio.Event()
        """Set while the avatar shows its video, and so can speak."""
        self._receiver = receiver
        self._sample_rate = sample_rate
        self._room = rtc.Room()
        self._is_leaving = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._stream: rtc.ByteStreamWriter | None = None
        self._unplayed = 0
        """The number of segments of speech that the avatar has not finished."""
        self._played = asyncio.Event()
        self._ends_at = 0.0
        """The time of the loop at which the avatar will have spoken everything."""

    async def join(self, url: str, token: str) -> None:
        """Joins the room.

        Raises:
            APIConnectionError: If it fails.
        """
        self._room.on("track_subscribed", self._subscribed)
        self._room.on("participant_disconnected", self._participant_left)
        self._room.on("disconnected", self._disconnected)
        try:
            await self._room.connect(url, token)
        except rtc.ConnectError as error:
            # LiveKit names the URL that it requested, with the token in its query.
            why = error.message.replace(token, "[redacted]")
            raise APIConnectionError(f"joining the avatar's room failed: {why}", phase="room") from None
        self._room.local_participant.register_rpc_method(PLAYBACK_FINISHED, self._playback_finished)

    async def leave(self) -> None:
        """Leaves the room."""
        self._is_leaving = True
        self.ready.clear()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._room.disconnect()

    async def speak(self, audio: bytes) -> None:
        """Sends speech to the avatar."""
        if self._stream is None:
            self._stream = await self._room.local_participant.stream_bytes(
                name=f"speech-{uuid.uuid4().hex}",
                topic=AUDIO_STREAM,
                destination_identities=[IDENTITY],
                attributes={"sample_rate": str(SAMPLE_RATE), "num_channels": "1"},
            )
            self._unplayed += 1
            self._played.clear()
        await self._stream.write(audio)
        now = asyncio.get_running_loop().time()
        self._ends_at = max(self._ends_at, now) + len(audio) / BYTES_A_SECOND

    async def finish(self) -> None:
        """Ends a segment of speech."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()

    async def interrupt(self) -> None:
        """Makes the avatar stop speaking."""
        await self.finish()
        if self._unplayed:
            self._unplayed, self._ends_at = 0, 0.0
            await self._room.local_participant.perform_rpc(
                destination_identity=IDENTITY, method=CLEAR_BUFFER, payload=""
            )

    async def wait_until_played(self, patience: float) -> None:
        """Waits until the avatar has spoken everything, or until it should have, and some seconds more."""
        if not self._unplayed:
            return
        rest = self._ends_at - asyncio.get_running_loop().time()
        try:
            await asyncio.wait_for(self._played.wait(), max(rest, 0) + patience)
        except asyncio.TimeoutError:
            logger.warning("the avatar did not say that it has finished speaking")

    def _playback_finished(self, call: rtc.RpcInvocationData) -> str:
        if call.caller_identity != IDENTITY:
            return "reject"
        self._unplayed = max(self._unplayed - 1, 0)
        if not self._unplayed:
            self._played.set()
        return "ok"

    def _subscribed(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        if participant.identity != IDENTITY:
            return
        if track.kind == rtc.TrackKind.KIND_VIDEO:
            self.ready.set()
            self._start(self._receive_video(track))
        elif track.kind == rtc.TrackKind.KIND_AUDIO:
            self._start(self._receive_audio(track))

    def _participant_left(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == IDENTITY:
            self._lost("the avatar has left its room")

    def _disconnected(self, _: object) -> None:
        self._lost("the connection to the avatar's room was lost")

    def _lost(self, why: str) -> None:
        if not self._is_leaving:
            self.ready.clear()
            self._start(self._receiver.avatar_lost(why))

    async def _receive_video(self, track: rtc.Track) -> None:
        stream = rtc.VideoStream(track, format=rtc.VideoBufferType.RGB24, capacity=VIDEO_CAPACITY)
        try:
            async for event in stream:
                await self._receiver.receive_video(event.frame)
        finally:
            await stream.aclose()

    async def _receive_audio(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=self._sample_rate, num_channels=1, capacity=AUDIO_CAPACITY)
        try:
            async for event in stream:
                await self._receiver.receive_audio(event.frame)
        finally:
            await stream.aclose()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.opt(exception=error).error("receiving from the avatar failed")
