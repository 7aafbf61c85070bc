"""The file of an upload: its description for the core, and reading it."""

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
"""The value of `inspect.CO_COROUTINE`, without importing that module."""


BYTES: Any = (bytes, bytearray, memoryview)


def file_spec(
    file: Any, name: str | None, content_type: str | None, progress: bool
) -> tuple[Any, Callable[[], Any] | None]:
    """Returns the description of the file for the core, and the function that reads its chunks, if it is not a path."""
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
        # The methods of an async file return coroutines, so its length is unknown.
        length = None if _is_async(file) else _remaining(file)
        return {"length": length, **spec}, lambda: file.read(CHUNK)
    # The core raises the error for an invalid file.
    return file if file is None else False, None


def _is_async(file: Any) -> bool:
    code = getattr(getattr(file.read, "__func__", file.read), "__code__", None)
    return code is not None and bool(code.co_flags & CO_COROUTINE)


def check_chunk(chunk: Any) -> bytes:
    """Returns the chunk.

    Raises:
        TypeError: If it is not bytes.
    """
    if not isinstance(chunk, BYTES):
        raise TypeError(f"read() must return bytes; got {type(chunk).__name__}. Open the file in binary mode")
    return bytes(chunk)


def _slices(view: memoryview) -> Callable[[], bytes]:
    chunks = (bytes(view[start : start + CHUNK]) for start in range(0, view.nbytes, CHUNK))
    return lambda: next(chunks, b"")


def _remaining(file: Any) -> int | None:
    """Returns the number of remaining bytes, if the file is seekable."""
    try:
        if not file.seekable():
            return None
        here = file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(here)
    except (AttributeError, OSError, ValueError):
        return None
    return end - here if isinstance(here, int) and isinstance(end, int) else None
