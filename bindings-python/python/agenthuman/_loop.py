"""Waiting for a step on the event loop that runs here. The runtime's threads wake a loop once for all that is there.

Under trio nothing more is needed than trio itself: its own thread-safe wake-up, and no thread per call.
"""

from __future__ import annotations

import os
import sys
from asyncio import (
    FIRST_COMPLETED,
    Semaphore,
    create_task,
    ensure_future,
    get_running_loop,
    to_thread,
    wait,
    wrap_future,
)
from asyncio import Event as AsyncioEvent
from contextlib import suppress
from contextvars import copy_context
from weakref import WeakKeyDictionary

from ._mailbox import keep, kept, waking
from ._native import Mailbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future, Task
    from collections.abc import Awaitable, Callable, Coroutine
    from concurrent.futures import ThreadPoolExecutor
    from typing import Any, Protocol, TypeVar

    from ._mailbox import Start
    from ._step import Stepping

    S = TypeVar("S")
    T = TypeVar("T")

    class Event(Protocol):
        """What one task waits for, and another brings about."""

        def set(self) -> object: ...
        async def wait(self) -> object: ...


async def stepped(work: Stepping[S]) -> S:
    """The next step of what goes on in steps."""
    try:
        loop = get_running_loop()
    except RuntimeError:
        if "trio" not in sys.modules:
            raise
        from ._trio import stepped as stepped_in_trio

        return await stepped_in_trio(work)
    future: Future[S] = loop.create_future()
    work.step_to(kept(loop) or _mailbox(loop), future)
    return await future


def _mailbox(loop: AbstractEventLoop) -> Mailbox:
    try:
        made = Mailbox()
        loop.add_reader(made.fileno(), made.deliver)
    except (NotImplementedError, RuntimeError):
        # Windows' own loop watches no descriptors.
        made = waking(loop, lambda loop, deliver: loop.call_soon_threadsafe(deliver))
    keep(loop, made)
    return made


async def in_thread(function: Callable[..., Any], *args: object) -> Any:
    """Runs what may block in a thread of the loop's own pool."""
    try:
        get_running_loop()
    except RuntimeError:
        from ._trio import in_thread as in_trio_thread

        return await in_trio_thread(function, *args)
    return await to_thread(function, *args)


class Threads:
    """Threads of their own for functions that may block, so that those that never return take no thread of the rest of
    the program, and nothing is queued behind them for ever."""

    __slots__ = ("_free", "_pid", "_pool")

    MOST = 32

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._pid = 0
        self._free: WeakKeyDictionary[AbstractEventLoop, Semaphore] = WeakKeyDictionary()

    async def run(self, function: Callable[..., Any], *args: object) -> Any:
        """Runs a function in a thread. If it is cancelled, the thread goes on, and counts until it is done."""
        try:
            loop = get_running_loop()
        except RuntimeError:
            return await in_thread(function, *args)
        if self._pool is None or self._pid != os.getpid():
            from concurrent.futures import ThreadPoolExecutor

            # The threads of a parent are not in its child.
            self._pid = os.getpid()
            self._free.clear()
            # Other loops may use the same pool, each as many threads.
            self._pool = ThreadPoolExecutor(4 * self.MOST, "agenthuman-relay")
        free = self._free.setdefault(loop, Semaphore(self.MOST))
        await free.acquire()

        def done(_: object) -> None:
            # The loop may be closed in the meantime.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(free.release)

        running = self._pool.submit(copy_context().run, function, *args)
        running.add_done_callback(done)
        return await wrap_future(running)


def event() -> Event:
    """An event of the loop that runs here."""
    try:
        get_running_loop()
    except RuntimeError:
        from ._trio import event as trio_event

        return trio_event()
    return AsyncioEvent()


async def unless(end: Callable[[], Coroutine[Any, Any, None]], work: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
    """What `work` gives, or None where `end` is over first. What is not over then is cancelled, and waited for; but for
    one that does not heed its cancellation only so long."""
    try:
        get_running_loop()
    except RuntimeError:
        from ._trio import unless as unless_in_trio

        return await unless_in_trio(end, work)
    working, ending = create_task(work()), create_task(end())
    try:
        await wait((working, ending), return_when=FIRST_COMPLETED)
        if working.done():
            return working.result()
        ending.result()
        return None
    finally:
        working.cancel()
        ending.cancel()
        await wait((working, ending), timeout=1)


async def beside(work: Callable[[Start], Coroutine[Any, Any, T]]) -> T:
    """What `work` gives. Tasks that it starts by the function that it is given are cancelled when it is over."""
    try:
        get_running_loop()
    except RuntimeError:
        from ._trio import beside as beside_in_trio

        return await beside_in_trio(work)
    tasks: set[Task[None]] = set()

    def start(function: Callable[..., Coroutine[Any, Any, None]], *args: object) -> None:
        task = create_task(function(*args))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    try:
        return await work(start)
    finally:
        for task in tuple(tasks):
            task.cancel()


async def in_time(awaited: Awaitable[object], seconds: float) -> bool:
    """Waits for what is awaitable, and cancels it after so many seconds. Whether it was over by then."""
    try:
        get_running_loop()
    except RuntimeError:
        from ._trio import in_time as in_time_in_trio

        return await in_time_in_trio(awaited, seconds)
    task = ensure_future(awaited)
    try:
        await wait((task,), timeout=seconds)
        if not task.done():
            return False
        task.result()
        return True
    finally:
        task.cancel()
