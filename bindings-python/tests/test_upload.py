"""Uploads of paths, bytes and file objects, with progress, and errors while reading."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from agenthuman import AgentHuman, AgentHumanError, AsyncAgentHuman

from canned import Answer, Server

CONTENT = bytes(range(256)) * 4096
AVATAR = Answer(
    201, {"id": 13, "name": "Sunny", "url": "https://files.example.com/sunny.png", "cloudinary_id": "sunny"}
)


class Unseekable(io.RawIOBase):
    """A stream of unknown length, such as a socket."""

    def __init__(self) -> None:
        self._rest = io.BytesIO(CONTENT)

    def read(self, size: int = -1) -> bytes:
        return self._rest.read(size)


class Async:
    """A file object of an async library."""

    name = "/folder/sunny.webm"

    def __init__(self) -> None:
        self._rest = io.BytesIO(CONTENT)

    async def seekable(self) -> bool:
        raise AssertionError("this must not be awaited")

    async def read(self, size: int) -> bytes:
        return self._rest.read(size)


def opened(kind: str, folder: Path) -> Any:
    path = folder / "sunny.png"
    path.write_bytes(CONTENT)
    return {
        "path": lambda: path,
        "text path": lambda: str(path),
        "bytes": lambda: CONTENT,
        "bytearray": lambda: bytearray(CONTENT),
        "memoryview": lambda: memoryview(CONTENT),
        "file": lambda: path.open("rb"),
        "BytesIO": lambda: io.BytesIO(CONTENT),
        "stream": Unseekable,
    }[kind]()


KINDS = ["path", "text path", "bytes", "bytearray", "memoryview", "file", "BytesIO", "stream"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_file_is_uploaded(kind: str, tmp_path: Path, token: str) -> None:
    named = kind in ("path", "text path", "file")
    for is_async in (False, True):
        progress: list[tuple[int, int | None]] = []
        file = opened(kind, tmp_path)
        options: dict[str, Any] = {"on_progress": lambda sent, of, progress=progress: progress.append((sent, of))}
        if not named:
            options["file_name"] = "sunny.png"
        with Server(AVATAR) as server:
            if is_async:
                client = AsyncAgentHuman(token=token, base_url=server.url)
                avatar = await client.avatars.upload(file=file, name="Sunny", **options)
            else:
                avatar = AgentHuman(token=token, base_url=server.url).avatars.upload(file=file, name="Sunny", **options)
        if hasattr(file, "close"):
            file.close()
        assert avatar.id == "13"
        about, content = server.requests[0].parts()["file"]
        assert content == CONTENT
        assert (about["filename"], about["content_type"]) == ("sunny.png", "image/png")
        length = None if kind == "stream" else len(CONTENT)
        assert progress[-1] == (len(CONTENT), length)
        assert [sent for sent, _ in progress] == sorted({sent for sent, _ in progress})


async def test_an_async_file_is_read(token: str) -> None:
    with Server(AVATAR) as server:
        await AsyncAgentHuman(token=token, base_url=server.url).avatars.upload(file=Async(), name="Sunny")
        about, content = server.requests[0].parts()["file"]
        assert (content, about["filename"], about["content_type"]) == (CONTENT, "sunny.webm", "video/webm")
        with pytest.raises(AgentHumanError) as caught:
            AgentHuman(token=token, base_url=server.url).avatars.upload(file=Async(), name="Sunny")  # type: ignore[arg-type]
        assert "AsyncAgentHuman" in str(caught.value.__cause__)


def test_a_file_is_sent_from_its_position(token: str) -> None:
    file = io.BytesIO(CONTENT)
    file.seek(1000)
    with Server(AVATAR) as server:
        AgentHuman(token=token, base_url=server.url).avatars.upload(file=file, name="Sunny", content_type="image/x-own")
    about, content = server.requests[0].parts()["file"]
    assert (content, about["content_type"]) == (CONTENT[1000:], "image/x-own")


class BrokenDiskError(Exception):
    pass


async def test_the_exception_of_read_is_the_cause(token: str) -> None:
    class Broken:
        def read(self, size: int) -> bytes:
            raise BrokenDiskError

    with Server(AVATAR) as server:
        with pytest.raises(AgentHumanError) as caught:
            AgentHuman(token=token, base_url=server.url).avatars.upload(file=Broken(), name="Sunny")
        assert isinstance(caught.value.__cause__, BrokenDiskError)
        with pytest.raises(AgentHumanError) as caught:
            await AsyncAgentHuman(token=token, base_url=server.url).avatars.upload(file=Broken(), name="Sunny")
        assert isinstance(caught.value.__cause__, BrokenDiskError)


def test_a_file_in_text_mode_is_refused(token: str) -> None:
    with Server(AVATAR) as server, pytest.raises(AgentHumanError) as caught:
        AgentHuman(token=token, base_url=server.url).avatars.upload(file=io.StringIO("text"), name="Sunny")  # type: ignore[arg-type]
    assert "binary mode" in str(caught.value.__cause__)


async def test_a_progress_function_that_raises_ends_the_upload(token: str) -> None:
    class EnoughError(Exception):
        pass

    def progress(sent: int, of: int | None) -> None:
        raise EnoughError

    with Server(AVATAR) as server:
        with pytest.raises(EnoughError):
            AgentHuman(token=token, base_url=server.url).avatars.upload(
                file=CONTENT, name="Sunny", on_progress=progress
            )
        client = AsyncAgentHuman(token=token, base_url=server.url)
        with pytest.raises(EnoughError):
            await client.avatars.upload(file=CONTENT, name="Sunny", on_progress=progress)
