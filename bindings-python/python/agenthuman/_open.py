"""Sessions that are ended on every way out of a `with` block."""

from __future__ import annotations

from ._connection import note
from ._page import Generic, M

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ._async import AsyncConnection
    from ._connection import PendingCall
    from ._sync import SyncConnection

END = "sessions.end"


class _Opening(Generic[M]):
    """The call that opens a session, and the id of the session once it is open."""

    __slots__ = ("_begin", "_connection", "_end", "_id", "_model")

    _connection: Any

    def __init__(
        self,
        connection: Any,
        model: type[M],
        operation: str,
        params: dict[str, Any],
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> None:
        self._connection = connection
        self._model = model
        self._id: str | None = None

        def begin() -> PendingCall:
            pending: PendingCall = connection.start(operation, params, timeout, max_retries, extra_headers)
            return pending

        self._begin = begin

    def _opened(self, session: Any, pending: PendingCall) -> None:
        self._id = session.id
        # Before this, the core ends the session if the call is dropped: its response may have come while its task was
        # being cancelled.
        pending.call.claim()

    def _take(self) -> PendingCall | None:
        """Returns the call that ends the session, if it is open."""
        session, self._id = self._id, None
        return None if session is None else self._connection.start(END, {"id": session}, None, None, None)


def _describe(failed: BaseException) -> str:
    return f"ending the session failed, too, so it may still be open: {failed}"


class Open(_Opening[M]):
    """A session that is opened by `with`, and ended at the end of the block, also after an error or Ctrl-C.

    If ending it fails after an error in the block, the block's error is raised, with a note.
    """

    __slots__ = ()

    _connection: SyncConnection

    def __enter__(self) -> M:
        pending = self._begin()
        session = self._connection.one(pending, self._model)
        self._opened(session, pending)
        return session

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            self.close()
        except Exception as failed:
            if error is None:
                raise
            note(error, _describe(failed))

    def close(self) -> None:
        """Ends the session, if it is open."""
        end = self._take()
        if end is not None:
            self._connection.nothing(end)


class AsyncOpen(_Opening[M]):
    """A session that is opened by `async with`, and ended at the end of the block, also after an error or a
    cancellation.

    If ending it fails after an error in the block, the block's error is raised, with a note.
    """

    __slots__ = ()

    _connection: AsyncConnection

    async def __aenter__(self) -> M:
        pending = self._begin()
        session = await self._connection.one(pending, self._model)
        self._opened(session, pending)
        return session

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            await self.close()
        except Exception as failed:
            if error is None:
                raise
            note(error, _describe(failed))

    async def close(self) -> None:
        """Ends the session, if it is open. A cancellation does not interrupt it."""
        from ._loop import uninterrupted

        end = self._take()
        if end is not None:
            await uninterrupted(lambda: self._connection.nothing(end))
