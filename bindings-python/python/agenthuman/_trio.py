"""Waiting for a step under trio."""

from __future__ import annotations

import outcome
import trio

from ._mailbox import keep, kept, waking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any, TypeVar

    from ._mailbox import Start
    from ._step import Stepping

    S = TypeVar("S")
    T = TypeVar("T")


class _Waiter:
    """The task that waits, in the form of a future."""

    def __init__(self) -> None:
        self._task = trio.lowlevel.current_task()
        self._over = False

    async def wait(self) -> Any:
        return await trio.lowlevel.wait_task_rescheduled(self._given_up)

    def _given_up(self, _: object) -> trio.lowlevel.Abort:
        self._over = True
        return trio.lowlevel.Abort.SUCCEEDED

    def done(self) -> bool:
        return self._over

    def set_result(self, step: object, /) -> None:
        self._over = True
        trio.lowlevel.reschedule(self._task, outcome.Value(step))


async def stepped(work: Stepping[S]) -> S:
    """The next step of what goes on in steps."""
    token = trio.lowlevel.current_trio_token()
    mailbox = kept(token)
    if mailbox is None:
        mailbox = waking(token, lambda token, deliver: token.run_sync_soon(deliver))
        keep(token, mailbox)
    waiter = _Waiter()
    work.step_to(mailbox, waiter)
    step: S = await waiter.wait()
    return step


async def in_thread(function: Callable[..., Any], *args: object) -> Any:
    """Runs what may block in a thread of trio's own pool."""
    return await trio.to_thread.run_sync(function, *args, abandon_on_cancel=True)


def event() -> trio.Event:
    """An event of trio's."""
    return trio.Event()


async def unless(end: Callable[[], Coroutine[Any, Any, None]], work: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
    """What `work` gives, or None where `end` is over first. What is not over then is cancelled, and waited for."""
    given: T | None = None

    async def ended() -> None:
        await end()
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ended)
        given = await work()
        nursery.cancel_scope.cancel()
    return given


async def beside(work: Callable[[Start], Coroutine[Any, Any, T]]) -> T:
    """What `work` gives. Tasks that it starts by the function that it is given are cancelled when it is over."""
    given: list[T] = []
    raised: Exception | None = None
    async with trio.open_nursery() as nursery:
        try:
            given.append(await work(nursery.start_soon))
        except Exception as error:
            # A nursery would wrap it in a group.
            raised = error
        nursery.cancel_scope.cancel()
    if raised is not None:
        raise raised
    return given[0]


async def in_time(awaited: Awaitable[object], seconds: float) -> bool:
    """Waits for what is awaitable, and cancels it after so many seconds. Whether it was over by then."""
    with trio.move_on_after(seconds) as scope:
        await awaited
    return not scope.cancelled_caught
