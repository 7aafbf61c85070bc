"""An avatar in a pipeline of Pipecat, on the sandbox. The framework is real, and the room is not: see `fakes`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, ClassVar

import agenthuman_pipecat._video as video
import pytest
from agenthuman_pipecat import AgentHumanVideoService, LiveKitRoom
from livekit import api, rtc
from loguru import logger
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InterruptionFrame,
    OutputImageRawFrame,
    OutputTransportReadyFrame,
    SpeechOutputAudioRawFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

from agenthuman import APIConnectionError, APITimeoutError, InvalidArgumentError, NotFoundError
from agenthuman.rooms import AsyncAgentHumanRooms

from conftest import LIMIT, Service
from fakes import Room

AVATAR = "PUBLIC/Avatars/sara-office"
IDENTITY = "agenthuman-avatar-agent"
SPEECH = TTSAudioRawFrame(audio=bytes(48_000), sample_rate=24_000, num_channels=1)
"""A second of speech."""


class Output(FrameProcessor):
    """The end of a pipeline: keeps the frames that it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        self.frames.append(frame)
        await self.push_frame(frame, direction)


class Running:
    """A pipeline that runs in the background."""

    def __init__(self, avatar: AgentHumanVideoService) -> None:
        self.output = Output()
        params = PipelineParams(audio_out_sample_rate=24_000)
        self.worker = PipelineWorker(Pipeline([avatar, self.output]), params=params, enable_rtvi=False)
        self.errors: list[ErrorFrame] = []
        self.task: asyncio.Task[None] | None = None

        @self.worker.event_handler("on_pipeline_error")
        async def failed(_: object, frame: ErrorFrame) -> None:
            self.errors.append(frame)

    async def send(self, *frames: Frame) -> None:
        for frame in frames:
            await self.worker.queue_frame(frame)

    async def until(self, condition: Callable[[], Any]) -> None:
        async def poll() -> None:
            while not condition():
                await asyncio.sleep(0.01)

        await asyncio.wait_for(poll(), LIMIT)

    async def received(self, kind: type[Frame]) -> Any:
        """Waits until a frame of a kind has reached the end of the pipeline."""
        await self.until(lambda: any(isinstance(frame, kind) for frame in self.output.frames))
        return next(frame for frame in self.output.frames if isinstance(frame, kind))

    async def ended(self) -> None:
        assert self.task
        await asyncio.wait_for(asyncio.shield(self.task), LIMIT)


@asynccontextmanager
async def running(avatar: AgentHumanVideoService) -> AsyncIterator[Running]:
    pipeline = Running(avatar)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(pipeline.worker)
    pipeline.task = asyncio.create_task(runner.run())
    try:
        yield pipeline
    finally:
        if not pipeline.task.done():
            await pipeline.worker.cancel()
        await pipeline.ended()


class Media:
    """The frames of a track, in place of LiveKit's."""

    frames: ClassVar[dict[Any, list[Any]]] = {}

    def __init__(self, track: Any, **options: Any) -> None:
        self.events = [SimpleNamespace(frame=frame) for frame in self.frames[track.kind]]
        self.options = options

    async def __aiter__(self) -> AsyncIterator[Any]:
        for event in self.events:
            yield event
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        pass


def fake_room(monkeypatch: pytest.MonkeyPatch) -> Room:
    """The room that the service joins. The avatar's video is one picture, and its voice one frame."""
    room = Room(is_connected=False)
    monkeypatch.setattr(rtc, "Room", lambda: room)
    monkeypatch.setattr(rtc, "VideoStream", Media)
    monkeypatch.setattr(rtc, "AudioStream", Media)
    picture = rtc.VideoFrame(4, 2, rtc.VideoBufferType.RGB24, bytes(range(24)))
    voice = rtc.AudioFrame.create(24_000, 1, 240)
    monkeypatch.setattr(Media, "frames", {rtc.TrackKind.KIND_VIDEO: [picture], rtc.TrackKind.KIND_AUDIO: [voice]})
    return room


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    return fake_room(monkeypatch)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What the program logs, at any level."""
    lines: list[str] = []
    handler = logger.add(lambda line: lines.append(str(line)), level=0)
    yield lines
    logger.remove(handler)


def finish_playback(room: Room) -> None:
    """The avatar says that it has spoken a segment."""
    handler = room.local_participant._rpc_handlers["lk.playback_finished"]
    payload = '{"playback_position": 1.0, "interrupted": false}'
    assert handler(SimpleNamespace(caller_identity="somebody", payload=payload)) == "reject"
    assert handler(SimpleNamespace(caller_identity=IDENTITY, payload=payload)) == "ok"


async def test_the_avatar_speaks(service: Service, room: Room) -> None:
    avatar = AgentHumanVideoService(avatar=AVATAR, aspect_ratio="1:1", metadata={"user": "Ada"})
    async with running(avatar) as pipeline:
        await pipeline.until(room.isconnected)
        [session] = service.sessions()
        assert avatar.session
        assert (session.id, session.status, session.aspect_ratio) == (avatar.session.id, "started", "1:1")
        assert session.metadata
        assert session.metadata["user"] == "Ada"
        # It is the service's own room.
        assert avatar.session.room
        assert room.joined_with == (avatar.session.room.room_url, avatar.session.room.participant_token)

        await pipeline.send(TTSStartedFrame(), SPEECH, SPEECH, TTSStoppedFrame())
        assert room.local_participant.streams == []
        room.join(IDENTITY)
        await pipeline.until(lambda: [stream.is_closed for stream in room.local_participant.streams] == [True])
        [stream] = room.local_participant.streams
        assert stream.options["topic"] == "lk.audio_stream"
        assert stream.options["destination_identities"] == [IDENTITY]
        assert stream.options["attributes"] == {"sample_rate": "16000", "num_channels": "1"}
        # Two seconds with 16 kHz.
        assert abs(len(stream.data) - 64_000) < 100
        finish_playback(room)
        await pipeline.send(EndFrame())
        await pipeline.ended()
    assert service.statuses() == ["ended"]
    assert not room.isconnected()
    assert pipeline.errors == []
    # The speech itself goes no further: the avatar's voice takes its place.
    assert not any(isinstance(frame, TTSAudioRawFrame) for frame in pipeline.output.frames)


async def test_the_pipeline_gets_the_avatars_video_and_voice(service: Service, room: Room) -> None:
    avatar = AgentHumanVideoService(avatar=AVATAR)
    async with running(avatar) as pipeline:
        await pipeline.until(room.isconnected)
        await pipeline.output.push_frame(OutputTransportReadyFrame(), FrameDirection.UPSTREAM)
        await pipeline.until(lambda: avatar._transport_is_ready)
        room.join("somebody")
        room.join(IDENTITY)
        picture = await pipeline.received(OutputImageRawFrame)
        assert (picture.image, picture.size, picture.format) == (bytes(range(24)), (4, 2), "RGB")
        voice = await pipeline.received(SpeechOutputAudioRawFrame)
        assert (len(voice.audio), voice.sample_rate, voice.num_channels) == (480, 24_000, 1)
        assert sum(isinstance(frame, OutputImageRawFrame) for frame in pipeline.output.frames) == 1


async def test_the_end_waits_for_the_last_words(service: Service, room: Room) -> None:
    avatar = AgentHumanVideoService(avatar=AVATAR)
    async with running(avatar) as pipeline:
        await pipeline.until(room.isconnected)
        room.join(IDENTITY)
        await pipeline.send(SPEECH, TTSStoppedFrame(), EndFrame())
        await pipeline.until(lambda: [stream.is_closed for stream in room.local_participant.streams] == [True])
        assert service.statuses() == ["started"]
        finish_playback(room)
        await pipeline.ended()
    assert service.statuses() == ["ended"]


async def test_the_end_does_not_wait_forever(
    service: Service, room: Room, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    monkeypatch.setattr(video, "PATIENCE", 0.1)
    async with running(AgentHumanVideoService(avatar=AVATAR)) as pipeline:
        await pipeline.until(room.isconnected)
        room.join(IDENTITY)
        await pipeline.send(SPEECH, EndFrame())
        await pipeline.ended()
    assert service.statuses() == ["ended"]
    assert any("did not say that it has finished" in line for line in logged)


async def test_an_interruption_stops_the_avatar(service: Service, room: Room) -> None:
    async with running(AgentHumanVideoService(avatar=AVATAR)) as pipeline:
        await pipeline.until(room.isconnected)
        room.join(IDENTITY)
        await pipeline.send(SPEECH)
        await pipeline.until(lambda: room.local_participant.streams)
        await pipeline.send(InterruptionFrame())
        await pipeline.until(lambda: room.local_participant.calls == [("lk.clear_buffer", IDENTITY)])
        await pipeline.received(InterruptionFrame)
        [stream] = room.local_participant.streams
        assert stream.is_closed
        # Nothing is left to be played.
        await pipeline.send(EndFrame())
        await pipeline.ended()
    assert service.statuses() == ["ended"]


async def test_a_cancelled_pipeline_ends_the_session(service: Service, room: Room) -> None:
    async with running(AgentHumanVideoService(avatar=AVATAR)) as pipeline:
        await pipeline.until(room.isconnected)
        # The avatar has not joined, and speech waits for it.
        await pipeline.send(SPEECH)
        await pipeline.worker.cancel()
        await pipeline.ended()
    assert service.statuses() == ["ended"]
    assert not room.isconnected()


async def test_a_session_is_ended_that_is_being_opened(service: Service, room: Room) -> None:
    service.sandbox.faults.set(["rooms/sessions.create:trickle=1000"])
    async with running(AgentHumanVideoService(avatar=AVATAR)) as pipeline:
        await service.until("started")
        await pipeline.worker.cancel()
        await pipeline.ended()
    await service.until("ended")


async def test_a_room_that_cannot_be_joined_ends_the_session(service: Service, room: Room, logged: list[str]) -> None:
    async def fail(url: str, token: str) -> None:
        raise rtc.ConnectError(f"requesting {url}?access_token={token} failed")

    room.connect = fail  # type: ignore[method-assign]
    avatar = AgentHumanVideoService(avatar=AVATAR)
    async with running(avatar) as pipeline:
        await pipeline.until(lambda: pipeline.errors)
        [frame] = pipeline.errors
        assert isinstance(frame.exception, APIConnectionError)
        assert service.statuses() == ["ended"]
        # Users hear the bot without the avatar.
        await pipeline.send(SPEECH, EndFrame())
        await pipeline.ended()
    assert SPEECH in pipeline.output.frames
    assert avatar.session
    assert avatar.session.room
    token = avatar.session.room.participant_token
    assert token
    assert token not in "".join(logged)
    assert any("access_token=[redacted]" in line for line in logged)


async def test_an_avatar_that_does_not_come_ends_the_session(
    service: Service, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "JOIN_TIMEOUT", 0.05)
    async with running(AgentHumanVideoService(avatar=AVATAR)) as pipeline:
        await pipeline.send(SPEECH)
        await pipeline.received(TTSAudioRawFrame)
        [frame] = pipeline.errors
        assert isinstance(frame.exception, APITimeoutError)
        assert service.statuses() == ["ended"]


@pytest.mark.parametrize("what", ["avatar", "connection"])
async def test_an_avatar_that_is_lost_ends_the_session(what: str, service: Service, room: Room) -> None:
    async with running(AgentHumanVideoService(avatar=AVATAR)) as pipeline:
        await pipeline.until(room.isconnected)
        room.join(IDENTITY)
        if what == "avatar":
            room.leave(IDENTITY)
        else:
            room.emit("disconnected", rtc.DisconnectReason.SIGNAL_CLOSE)
        await service.until("ended")
        [frame] = pipeline.errors
        assert isinstance(frame.exception, APIConnectionError)
        await pipeline.send(SPEECH)
        await pipeline.received(TTSAudioRawFrame)


async def test_speech_that_cannot_be_sent_is_an_error_of_the_pipeline(service: Service, room: Room) -> None:
    async with running(AgentHumanVideoService(avatar=AVATAR)) as pipeline:
        await pipeline.until(room.isconnected)
        room.join(IDENTITY)
        room.local_participant.fails = True
        await pipeline.send(SPEECH)
        await pipeline.until(lambda: pipeline.errors)
        room.local_participant.fails = False
        await pipeline.send(SPEECH)
        await pipeline.until(lambda: room.local_participant.streams)


async def test_errors_are_those_of_the_client(service: Service, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(AgentHumanVideoService(avatar="avat_01H3Z8G9YR3K2N5M6P7Q8W4TAA")) as pipeline:
        await pipeline.until(lambda: pipeline.errors)
    [frame] = pipeline.errors
    assert isinstance(frame.exception, NotFoundError)
    async with AsyncAgentHumanRooms() as client:
        with pytest.raises(InvalidArgumentError, match="client must not be combined"):
            AgentHumanVideoService(avatar=AVATAR, client=client, api_key=service.sandbox.api_key)
    for name in ("url", "api_key", "api_secret"):
        with monkeypatch.context() as without:
            without.delenv(f"LIVEKIT_{name.upper()}")
            with pytest.raises(InvalidArgumentError, match=f"{name} is missing"):
                LiveKitRoom.create()


async def test_a_session_whose_end_fails_is_logged(service: Service, room: Room, logged: list[str]) -> None:
    service.sandbox.faults.set(["rooms/sessions.end:status=401"])
    async with running(AgentHumanVideoService(avatar=AVATAR)) as pipeline:
        await pipeline.until(room.isconnected)
        await pipeline.send(EndFrame())
        await pipeline.ended()
    assert not room.isconnected()
    assert any("may still be open" in line for line in logged)
    assert service.sandbox.api_key not in "".join(logged)


async def test_a_room_of_ones_own(service: Service, room: Room) -> None:
    own = LiveKitRoom.create(name="mine")
    assert own.token not in repr(own)
    assert own.avatar_token not in repr(own)
    pipeline_claims, avatar_claims = (api.TokenVerifier().verify(token) for token in (own.token, own.avatar_token))
    for claims in (pipeline_claims, avatar_claims):
        assert claims.video
        assert (claims.video.room, claims.video.room_join) == ("mine", True)
    assert avatar_claims.identity == IDENTITY
    assert avatar_claims.attributes == {"lk.publish_on_behalf": pipeline_claims.identity}
    async with AsyncAgentHumanRooms(service.sandbox.api_key, base_url=service.url) as client:
        async with running(AgentHumanVideoService(avatar=AVATAR, room=own, client=client)) as pipeline:
            await pipeline.until(room.isconnected)
            assert room.joined_with == ("wss://example.livekit.cloud", own.token)
            assert service.sessions()[0].room is None
        assert service.statuses() == ["ended"]
        # The client is the caller's, and stays open.
        assert (await client.usage.get()).active_sessions == []
