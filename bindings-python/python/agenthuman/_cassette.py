"""Cassettes: the HTTP exchanges of a program, recorded once and then replayed without a network."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import TYPE_CHECKING

from ._connection import error_from_native, maker
from ._generated.client import AgentHuman
from ._generated.rooms.client import AgentHumanRooms
from ._native import Cassette as Native
from ._native import NativeError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

    from typing_extensions import Self

    from ._generated.async_client import AsyncAgentHuman
    from ._generated.rooms.async_client import AsyncAgentHumanRooms

    P = ParamSpec("P")
    C = TypeVar("C")

    def with_options_of(cls: Callable[P, C]) -> Callable[[Callable[..., C]], Callable[Concatenate[Any, P], C]]: ...

    options_of_client = with_options_of(AgentHuman)
    options_of_async_client = with_options_of(AsyncAgentHuman)
    options_of_rooms_client = with_options_of(AgentHumanRooms)
    options_of_async_rooms_client = with_options_of(AsyncAgentHumanRooms)
else:

    def options_of_client(method):
        return method

    options_of_async_client = options_of_rooms_client = options_of_async_rooms_client = options_of_client


class Cassette:
    """A file with the HTTP exchanges of a program, which is recorded once and then replayed.

        with Cassette("tests/cassettes/greet.json") as cassette:
            greet(cassette.client())

    While it records, its clients work as all others do, and the file is written at the end of the block, unless the
    block raised an exception. Secrets and e-mail addresses are replaced by made-up values. While it replays, its
    clients send nothing and need no credential: each request gets the response of an equal recorded one, each of which
    is used once. A request that was not recorded raises `NotRecordedError`.

    Args:
        path: The file.
        mode: `replay`; `record`, which replaces the file; or `auto`: replay if the file exists, and record if not. If
            the environment variable `CI` is set, `auto` raises an error instead of recording.

    Raises:
        ConfigurationError: If the file is missing, malformed or too large.
    """

    def __init__(self, path: str | os.PathLike[str], *, mode: Literal["auto", "record", "replay"] = "auto") -> None:
        try:
            self._native = Native(path, mode)
        except NativeError as error:
            raise error_from_native(error) from None
        self._path = path

    @property
    def mode(self) -> Literal["record", "replay"]:
        """What the cassette does: `record` or `replay`."""
        return self._native.mode()

    @options_of_client
    def client(self, *args: Any, **options: Any) -> AgentHuman:
        """Creates a client that records or replays. It takes the options of `AgentHuman`.

        While the cassette replays, base URL, certificates and environment variables are not used, and credentials are
        replaced by made-up ones, except functions, which are called as usual.
        """
        return self._make(AgentHuman, *args, **options)

    @options_of_async_client
    def async_client(self, *args: Any, **options: Any) -> AsyncAgentHuman:
        """Creates an async client that records or replays. It takes the options of `AsyncAgentHuman`."""
        from ._generated.async_client import AsyncAgentHuman

        return self._make(AsyncAgentHuman, *args, **options)

    @options_of_rooms_client
    def rooms_client(self, *args: Any, **options: Any) -> AgentHumanRooms:
        """Creates a client of `agenthuman.rooms` that records or replays. It takes the options of `AgentHumanRooms`."""
        return self._make(AgentHumanRooms, *args, **options)

    @options_of_async_rooms_client
    def async_rooms_client(self, *args: Any, **options: Any) -> AsyncAgentHumanRooms:
        """Creates an async client of `agenthuman.rooms` that records or replays. It takes the options of
        `AsyncAgentHumanRooms`."""
        from ._generated.rooms.async_client import AsyncAgentHumanRooms

        return self._make(AsyncAgentHumanRooms, *args, **options)

    @property
    def unplayed(self) -> list[str]:
        """The recorded requests that were not made, such as `GET /v1/agents (agents.list)`."""
        return self._native.unplayed()

    def assert_all_played(self) -> None:
        """Asserts that every recorded request was made. While the cassette records, it has no effect.

        Raises:
            NotRecordedError: If one was not. It is an `AssertionError`.
        """
        self._run(self._native.check_all_played)

    def close(self) -> None:
        """Writes the file if the cassette records. Later calls of its clients raise `ClosedError`.

        Raises:
            ConfigurationError: If the file cannot be written, or the recording is too large.
            NotRecordedError: If a request was not recorded and the program ignored that error.
        """
        self._run(self._native.close)

    def discard(self) -> None:
        """Closes the cassette without writing the file."""
        self._native.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def __repr__(self) -> str:
        return f"Cassette({str(self._path)!r}, mode={self.mode!r})"

    def _make(self, cls: Callable[..., C], *args: Any, **options: Any) -> C:
        before = maker.set(self._native.client)
        try:
            return cls(*args, **options)
        finally:
            maker.reset(before)

    @staticmethod
    def _run(function: Callable[[], None]) -> None:
        try:
            function()
        except NativeError as error:
            raise error_from_native(error) from None
