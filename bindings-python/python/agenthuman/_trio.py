"""The functions of `_loop` for trio."""

from __future__ import annotations

import outcome
import trio

from ._mailbox import find_mailbox, register_mailbox, waking_mailbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any, TypeVar

    from ._mailbox import Start
    from ._step import Stepping

    S = TypeVar("S")
    T = TypeVar("T")


class _Waiter:
    """The waiting task, with the interface of a future."""

    def __init__(self) -> None:
        self._task = trio.lowlevel.current_task()
        self._over = False

    async def wait(self) -> Any:
        return await trio.lowlevel.wait_task_rescheduled(self._cancelled)

    def _cancelled(self, _: object) -> trio.lowlevel.Abort:
        self._over = True
        return trio.lowlevel.Abort.SUCCEEDED

    def done(self) -> bool:
        return self._over

    def set_result(self, step: object, /) -> None:
        self._over = True
        trio.lowlevel.reschedule(self._task, outcome.Value(step))


async def next_step(work: Stepping[S]) -> S:
    """Waits for the next step of a call or an exchange."""
    token = trio.lowlevel.current_trio_token()
    mailbox = find_mailbox(token)
    if mailbox is None:
        mailbox = waking_mailbox(token, lambda token, deliver: token.run_sync_soon(deliver))
        register_mailbox(token, mailbox)
    waiter = _Waiter()
    work.step_to(mailbox, waiter)
    step: S = await waiter.wait()
    return step


async def in_thread(function: Callable[..., Any], *args: object) -> Any:
    """Runs a function that may block in a thread of trio's pool."""
    return await trio.to_thread.run_sync(function, *args, abandon_on_cancel=True)


def event() -> trio.Event:
    """Creates an event."""
    return trio.Event()


async def run_until(
    end: Callable[[], Coroutine[Any, Any, None]], work: Callable[[], Coroutine[Any, Any, T]]
) -> T | None:
    """Returns the result of `work`, or None if `end` finishes first. The other one is cancelled, and waited for."""
    result: T | None = None

    async def ended() -> None:
        await end()
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ended)
        result = await work()
        nursery.cancel_scope.cancel()
    return result


async def with_tasks(work: Callable[[Start], Coroutine[Any, Any, T]]) -> T:
    """Returns the result of `work`. Its argument starts tasks, which are cancelled when `work` ends."""
    results: list[T] = []
    raised: Exception | None = None
    async with trio.open_nursery() as nursery:
        try:
            results.append(await work(nursery.start_soon))
        except Exception as error:
            # Raised outside of the nursery, which would wrap it in a group.
            raised = error
        nursery.cancel_scope.cancel()
    if raised is not None:
        raise raised
    return results[0]


async def finish_within(awaitable: Awaitable[object], seconds: float) -> bool:
    """Waits for an awaitable, and cancels it after the timeout. Returns whether it finished in time."""
    with trio.move_on_after(seconds) as scope:
        await awaitable
    return not scope.cancelled_caught


async def uninterrupted(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Returns the result of `work`. A cancellation meanwhile takes effect afterwards."""
    results: list[T] = []
    with trio.CancelScope(shield=True):
        results.append(await work())
    return results[0]
