"""The sync connection, which runs calls in the calling thread, and its lists."""

from __future__ import annotations

import sys

from ._connection import Connection, PendingCall, Running, error_from_json, note, warn, watch
from ._file import check_chunk
from ._page import Generic, M, Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from ._native import Call, Pager, Reply
    from ._step import Question, Step


class SyncConnection(Connection):
    """Runs calls in the calling thread."""

    __slots__ = ()

    is_async = False

    def one(self, pending: PendingCall, model: type[M]) -> M:
        """Runs a call, and returns its model."""
        return self.reply(pending).one(model)

    def nothing(self, pending: PendingCall) -> None:
        """Runs a call without a result."""
        self.reply(pending)

    def json(self, pending: PendingCall) -> Any:
        """Runs a call, and returns the JSON of its response."""
        return self.reply(pending).json()

    def pages(
        self,
        model: type[M],
        operation: str,
        params: dict[str, Any],
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> Pages[M]:
        """Returns a list. Nothing is fetched yet."""
        return Pages(self, model, operation, self.start_pages(operation, params, timeout, max_retries, extra_headers))

    def first_page(self, model: type[M], operation: str, begin: Callable[[], Pager]) -> tuple[Reply, Page[M]]:
        """Fetches the first page of a list, and returns it with its response."""
        call = begin().next()
        assert call is not None, "a new iteration has a first page"
        reply = self.reply(PendingCall(operation, call))
        return reply, Page(reply.items(model), reply.next)

    def reply(self, pending: PendingCall) -> Reply:
        """Runs a call, with a watch if logging or tracing is enabled."""
        watcher = watch(pending.operation, self.surface)
        if watcher is None:
            return self._reply(pending)
        with watcher:
            return watcher.record(self._reply(pending))

    def _reply(self, pending: PendingCall) -> Reply:
        """Steps through a call, and runs the user's functions that it needs."""
        call = pending.call
        cause: Exception | None = None
        self.mark(call)
        try:
            while True:
                step = _step(call)
                if step[0] == "done":
                    return step[1]
                if step[0] == "failed":
                    raise error_from_json(step[1]) from cause
                if step[0] == "progress":
                    assert pending.on_progress is not None
                    not_awaitable(pending.on_progress(step[1], step[2]))
                    continue
                if step[0] == "event":
                    self.hooks[step[1]].run(step[2])
                    continue
                if step[0] == "warning":
                    warn(step[1])
                    continue
                if step[0] == "response":
                    assert self.respond is not None
                    call.supply_response(self.respond(step[1]))
                    continue
                try:
                    self._answer(pending, step)
                except Exception as error:
                    cause = error
                    pending.fail(error)
        except BaseException as error:
            note(error, call.cancel())
            raise

    def _answer(self, pending: PendingCall, step: Question) -> None:
        if step[0] == "credential":
            with Running(self.native, step[1]):
                credential = not_awaitable(self.functions[step[1]]())
            pending.supply_credential(step[1], credential)
        elif step[0] == "chunk":
            assert pending.read is not None
            pending.call.supply_chunk(check_chunk(not_awaitable(pending.read())))
        else:
            assert pending.store is not None
            store, model = pending.store
            not_awaitable(store(model.from_json(step[1])))
            pending.call.stored()


class Pages(Generic[M]):
    """A list that is fetched while it is iterated over. Each iteration begins anew."""

    __slots__ = ("_begin", "_connection", "_model", "_operation")

    def __init__(self, connection: SyncConnection, model: type[M], operation: str, begin: Callable[[], Pager]) -> None:
        self._connection = connection
        self._model = model
        self._operation = operation
        self._begin = begin

    def __iter__(self) -> Iterator[M]:
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[M]]:
        """Iterates over the pages."""
        pager = self._begin()
        while (call := pager.next()) is not None:
            yield self._page(self._fetched(call))

    def page(self) -> Page[M]:
        """Fetches the first page."""
        return self._connection.first_page(self._model, self._operation, self._begin)[1]

    def first(self) -> M | None:
        """Fetches the first item, or returns None if the list is empty."""
        return next(iter(self), None)

    def all(self) -> list[M]:
        """Fetches every item, from the first page to the last."""
        return list(self)

    def __repr__(self) -> str:
        return f"<Pages of {self._operation}>"

    def _fetched(self, call: Call) -> Reply:
        return self._connection.reply(PendingCall(self._operation, call))

    def _page(self, reply: Reply) -> Page[M]:
        return Page(reply.items(self._model), reply.next)


def _step(call: Call) -> Step:
    """Waits for the next step of a call. Under gevent other greenlets run meanwhile."""
    if "gevent.monkey" in sys.modules:
        from ._gevent import next_step

        return next_step(call)
    return call.step()


def not_awaitable(value: Any) -> Any:
    """Returns the result of a user's function.

    Raises:
        TypeError: If it is awaitable.
    """
    if hasattr(value, "__await__"):
        if hasattr(value, "close"):
            value.close()
        raise TypeError("AgentHuman cannot await an async function; use AsyncAgentHuman, or a plain function")
    return value
