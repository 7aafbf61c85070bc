"""Driving calls and lists from an asyncio event loop."""

from __future__ import annotations

from asyncio import Future, get_running_loop, to_thread
from inspect import isawaitable, iscoroutinefunction

from ._connection import Connection, Started
from ._encode import error_from_json, options_json, params_json
from ._file import checked
from ._page import Generic, M, Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from typing import Any

    from ._native import Call, Pager, Reply
    from ._step import Question, Step


class AsyncConnection(Connection):
    """Runs calls on the event loop that awaits them."""

    __slots__ = ()

    async def run(self, started: Started) -> Any:
        """The canonical value that a call ends with."""
        from json import loads

        return loads((await self.reply(started)).body)

    async def reply(self, started: Started) -> Reply:
        """Steps through a call to its end, and runs the user's code where it is asked for.

        A task that is cancelled drops its request.
        """
        call = started.call
        cause: Exception | None = None
        try:
            while True:
                step = await _step(call)
                if step[0] == "done":
                    return step[1]
                if step[0] == "failed":
                    raise error_from_json(step[1]) from cause
                if step[0] == "progress":
                    assert started.on_progress is not None
                    told = started.on_progress(step[1], step[2])
                    if isawaitable(told):
                        await told
                    continue
                try:
                    await self._answer(started, step)
                except Exception as error:
                    cause = error
                    started.fail(error)
        except BaseException:
            call.cancel()
            raise

    async def _answer(self, started: Started, step: Question) -> None:
        if step[0] == "credential":
            started.supply_credential(step[1], await _called(self.functions[step[1]]))
        elif step[0] == "chunk":
            assert started.read is not None
            started.call.supply_chunk(checked(await _called(started.read)))
        else:
            from json import loads

            assert started.store is not None
            await _called(started.store, loads(step[1]))
            started.call.stored()

    def pages(
        self,
        model: type[M],
        operation: str,
        params: dict[str, Any],
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> AsyncPages[M]:
        """A list, of which nothing is fetched yet."""
        options = options_json(timeout, max_retries, extra_headers)
        return AsyncPages(self, model, operation, params_json(operation, params), options)


class AsyncPages(Generic[M]):
    """A list that is fetched while it is walked. Each walk begins anew."""

    __slots__ = ("_connection", "_model", "_operation", "_options", "_params")

    def __init__(self, connection: AsyncConnection, model: type[M], operation: str, params: str, options: str) -> None:
        self._connection = connection
        self._model = model
        self._operation = operation
        self._params = params
        self._options = options

    async def __aiter__(self) -> AsyncIterator[M]:
        async for page in self.pages():
            for item in page.items:
                yield item

    async def pages(self) -> AsyncIterator[Page[M]]:
        """Walks page by page."""
        pager = self._pager()
        while (call := pager.next()) is not None:
            yield await self._fetched(call)

    async def page(self) -> Page[M]:
        """The first page alone."""
        call = self._pager().next()
        assert call is not None, "a walk that has not begun has not ended"
        return await self._fetched(call)

    async def all(self) -> list[M]:
        """Every item, from the first page to the last."""
        return [item async for item in self]

    def __repr__(self) -> str:
        return f"<AsyncPages of {self._operation}>"

    def _pager(self) -> Pager:
        return self._connection.native.pages(self._operation, self._params, self._options)

    async def _fetched(self, call: Call) -> Page[M]:
        from json import loads

        reply = await self._connection.reply(Started(call))
        return Page([self._model(item) for item in loads(reply.body)], reply.next)


async def _step(call: Call) -> Step:
    loop = get_running_loop()
    future: Future[Step] = loop.create_future()
    call.step_then(lambda step: loop.call_soon_threadsafe(_deliver, future, step))
    return await future


def _deliver(future: Future[Step], step: Step) -> None:
    if not future.done():
        future.set_result(step)


async def _called(function: Callable[..., Any], *args: object) -> Any:
    """Runs the user's function: a coroutine function on the loop, a plain one in a thread, as it may block."""
    result = function(*args) if iscoroutinefunction(function) else await to_thread(function, *args)
    return await result if isawaitable(result) else result
