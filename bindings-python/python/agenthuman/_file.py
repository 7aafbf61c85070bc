"""The file of an upload: what the core is told of it, and reading it for the core."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, Protocol, TypeAlias

    class Readable(Protocol):
        """An object with `read`, such as a file opened in binary mode."""

        def read(self, size: int, /) -> bytes: ...

    class AsyncReadable(Protocol):
        """An object with an async `read`."""

        def read(self, size: int, /) -> Awaitable[bytes]: ...

    FileInput: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | Readable"
    AsyncFileInput: TypeAlias = "FileInput | AsyncReadable"
    Progress: TypeAlias = Callable[[int, "int | None"], object]

CHUNK = 256 * 1024
CO_COROUTINE = 0x80
"""What `inspect.CO_COROUTINE` is, without that module's weight."""


BYTES: Any = (bytes, bytearray, memoryview)


def describe(
    file: Any, name: str | None, content_type: str | None, progress: bool
) -> tuple[Any, Callable[[], Any] | None]:
    """What the core is told of the file, and what reads its next chunk where the core cannot."""
    spec = {"name": name, "content_type": content_type, "progress": progress}
    if isinstance(file, str) or hasattr(file, "__fspath__"):
        return {"path": os.fspath(file), **spec}, None
    if isinstance(file, BYTES):
        view = memoryview(file).cast("B")
        return {"length": view.nbytes, **spec}, _slices(view)
    if callable(getattr(file, "read", None)):
        own = getattr(file, "name", None)
        if name is None and isinstance(own, str):
            spec["name"] = os.path.basename(own)
        # The methods of an async file give coroutines, so its length stays unknown.
        length = None if _is_async(file) else _remaining(file)
        return {"length": length, **spec}, lambda: file.read(CHUNK)
    # Neither: the core says so.
    return file if file is None else False, None


def _is_async(file: Any) -> bool:
    code = getattr(getattr(file.read, "__func__", file.read), "__code__", None)
    return code is not None and bool(code.co_flags & CO_COROUTINE)


def checked(chunk: Any) -> bytes:
    """The chunk, if it is one."""
    if not isinstance(chunk, BYTES):
        raise TypeError(f"read() must return bytes; got {type(chunk).__name__}. Open the file in binary mode")
    return bytes(chunk)


def _slices(view: memoryview) -> Callable[[], bytes]:
    chunks = (bytes(view[start : start + CHUNK]) for start in range(0, view.nbytes, CHUNK))
    return lambda: next(chunks, b"")


def _remaining(file: Any) -> int | None:
    """How many bytes are left to read, where the file can tell without being read."""
    try:
        if not file.seekable():
            return None
        here = file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(here)
    except (AttributeError, OSError, ValueError):
        return None
    return end - here if isinstance(here, int) and isinstance(end, int) else None
