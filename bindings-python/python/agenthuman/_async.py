"""The async connection, which runs calls on an event loop (asyncio, uvloop or trio), and its lists."""

from __future__ import annotations

from inspect import isawaitable, iscoroutinefunction

from ._connection import Connection, PendingCall, Running, error_from_json, note, warn, watch
from ._file import check_chunk
from ._generated.errors import APITimeoutError
from ._loop import finish_within, in_thread, next_step, with_tasks
from ._page import Generic, M, Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from typing import Any

    from ._mailbox import Start
    from ._native import Call, Pager, Reply
    from ._step import Question, Step


class AsyncConnection(Connection):
    """Runs calls on the event loop that awaits them."""

    __slots__ = ()

    is_async = True

    async def one(self, pending: PendingCall, model: type[M]) -> M:
        """Runs a call, and returns its model."""
        return (await self.reply(pending)).one(model)

    async def nothing(self, pending: PendingCall) -> None:
        """Runs a call without a result."""
        await self.reply(pending)

    async def json(self, pending: PendingCall) -> Any:
        """Runs a call, and returns the JSON of its response."""
        return (await self.reply(pending)).json()

    def pages(
        self,
        model: type[M],
        operation: str,
        params: dict[str, Any],
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> AsyncPages[M]:
        """Returns a list. Nothing is fetched yet."""
        return AsyncPages(
            self, model, operation, self.start_pages(operation, params, timeout, max_retries, extra_headers)
        )

    async def first_page(self, model: type[M], operation: str, begin: Callable[[], Pager]) -> tuple[Reply, Page[M]]:
        """Fetches the first page of a list, and returns it with its response."""
        call = begin().next()
        assert call is not None, "a new iteration has a first page"
        reply = await self.reply(PendingCall(operation, call))
        return reply, Page(reply.items(model), reply.next)

    async def reply(self, pending: PendingCall) -> Reply:
        """Runs a call, with a watch if logging or tracing is enabled.

        If the task is cancelled, the request is dropped.
        """
        watcher = watch(pending.operation, self.surface)
        if watcher is not None:
            with watcher:
                return watcher.record(await self._reply(pending))
        return await self._reply(pending)

    async def _reply(self, pending: PendingCall) -> Reply:
        call = pending.call
        self.mark(call)
        try:
            step = await next_step(call)
            if step[0] == "done":
                return step[1]
            return await with_tasks(lambda start: self._rest(pending, step, start))
        except BaseException as error:
            note(error, call.cancel())
            raise

    async def _rest(self, pending: PendingCall, step: Step, start: Start) -> Reply:
        """Steps through the rest of a call. The user's functions run in separate tasks, which are cancelled when the
        call ends, so that its deadline applies to them."""
        causes: list[Exception] = []
        while True:
            if step[0] == "done":
                return step[1]
            if step[0] == "failed":
                raise error_from_json(step[1]) from (causes[-1] if causes else None)
            if step[0] == "progress":
                await self._progress(pending, step[1], step[2])
            elif step[0] == "event":
                await self.hooks[step[1]].run_async(step[2])
            elif step[0] == "warning":
                warn(step[1])
            elif step[0] == "response":
                assert self.respond is not None
                pending.call.supply_response(await self.respond(step[1]))
            else:
                start(self._answer_or_fail, pending, step, causes)
            step = await next_step(pending.call)

    async def _progress(self, pending: PendingCall, sent: int, of: int | None) -> None:
        assert pending.on_progress is not None
        result = pending.on_progress(sent, of)
        if isawaitable(result):
            # The timeout of an upload limits the time without progress.
            timeout = self._timeout(pending)
            if not await finish_within(result, timeout):
                raise APITimeoutError(
                    f"on_progress did not return within {timeout:g} seconds",
                    operation=pending.operation,
                    outcome_unknown=True,
                    retryable=False,
                    phase="progress",
                )

    def _timeout(self, pending: PendingCall) -> float:
        return self.native.timeout() if pending.timeout is None else pending.timeout

    async def _answer_or_fail(self, pending: PendingCall, step: Question, causes: list[Exception]) -> None:
        try:
            await self._answer(pending, step)
        except Exception as error:
            causes.append(error)
            pending.fail(error)

    async def _answer(self, pending: PendingCall, step: Question) -> None:
        if step[0] == "credential":
            with Running(self.native, step[1]):
                credential = await call_function(self.functions[step[1]])
            pending.supply_credential(step[1], credential)
        elif step[0] == "chunk":
            assert pending.read is not None
            pending.call.supply_chunk(check_chunk(await call_function(pending.read)))
        else:
            assert pending.store is not None
            store, model = pending.store
            await call_function(store, model.from_json(step[1]))
            pending.call.stored()


class AsyncPages(Generic[M]):
    """A list that is fetched while it is iterated over. Each iteration begins anew."""

    __slots__ = ("_begin", "_connection", "_model", "_operation")

    def __init__(self, connection: AsyncConnection, model: type[M], operation: str, begin: Callable[[], Pager]) -> None:
        self._connection = connection
        self._model = model
        self._operation = operation
        self._begin = begin

    async def __aiter__(self) -> AsyncIterator[M]:
        async for page in self.pages():
            for item in page.items:
                yield item

    async def pages(self) -> AsyncIterator[Page[M]]:
        """Iterates over the pages."""
        pager = self._begin()
        while (call := pager.next()) is not None:
            yield self._page(await self._fetched(call))

    async def page(self) -> Page[M]:
        """Fetches the first page."""
        return (await self._connection.first_page(self._model, self._operation, self._begin))[1]

    async def first(self) -> M | None:
        """Fetches the first item, or returns None if the list is empty."""
        # Without a generator, since an unfinished async generator would have to be closed.
        pager = self._begin()
        while (call := pager.next()) is not None:
            items = (await self._fetched(call)).items(self._model)
            if items:
                return items[0]
        return None

    async def all(self) -> list[M]:
        """Fetches every item, from the first page to the last."""
        return [item async for item in self]

    def __repr__(self) -> str:
        return f"<AsyncPages of {self._operation}>"

    async def _fetched(self, call: Call) -> Reply:
        return await self._connection.reply(PendingCall(self._operation, call))

    def _page(self, reply: Reply) -> Page[M]:
        return Page(reply.items(self._model), reply.next)


async def call_function(function: Callable[..., Any], *args: object) -> Any:
    """Runs the user's function: a coroutine function on the loop, a plain one in a thread, as it may block."""
    result = function(*args) if iscoroutinefunction(function) else await in_thread(function, *args)
    return await result if isawaitable(result) else result
