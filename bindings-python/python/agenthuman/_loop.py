"""Functions for the running event loop. Each calls its twin in `_trio` if the loop is trio's."""

from __future__ import annotations

import os
import sys
from asyncio import (
    FIRST_COMPLETED,
    CancelledError,
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

from ._mailbox import find_mailbox, register_mailbox, waking_mailbox
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
        """An event of asyncio or trio."""

        def set(self) -> object: ...
        async def wait(self) -> object: ...


async def next_step(work: Stepping[S]) -> S:
    """Waits for the next step of a call or an exchange."""
    try:
        loop = get_running_loop()
    except RuntimeError:
        if "trio" not in sys.modules:
            raise
        from ._trio import next_step as next_step_in_trio

        return await next_step_in_trio(work)
    future: Future[S] = loop.create_future()
    work.step_to(find_mailbox(loop) or _mailbox(loop), future)
    return await future


def _mailbox(loop: AbstractEventLoop) -> Mailbox:
    try:
        mailbox = Mailbox()
        loop.add_reader(mailbox.fileno(), mailbox.deliver)
    except (NotImplementedError, RuntimeError):
        # The default loop of Windows cannot watch descriptors.
        mailbox = waking_mailbox(loop, lambda loop, deliver: loop.call_soon_threadsafe(deliver))
    register_mailbox(loop, mailbox)
    return mailbox


async def in_thread(function: Callable[..., Any], *args: object) -> Any:
    """Runs a function that may block in a thread of the loop's pool."""
    try:
        get_running_loop()
    except RuntimeError:
        from ._trio import in_thread as in_trio_thread

        return await in_trio_thread(function, *args)
    return await to_thread(function, *args)


class Threads:
    """A separate pool for functions that may block, so that functions which never return do not use up the threads of
    the rest of the program."""

    __slots__ = ("_free", "_pid", "_pool")

    LIMIT = 32

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._pid = 0
        self._free: WeakKeyDictionary[AbstractEventLoop, Semaphore] = WeakKeyDictionary()

    async def run(self, function: Callable[..., Any], *args: object) -> Any:
        """Runs a function in a thread. If this is cancelled, the thread continues, and counts until it returns."""
        try:
            loop = get_running_loop()
        except RuntimeError:
            return await in_thread(function, *args)
        if self._pool is None or self._pid != os.getpid():
            from concurrent.futures import ThreadPoolExecutor

            # After a fork, the child does not have the threads of its parent.
            self._pid = os.getpid()
            self._free.clear()
            # Several loops may share the pool, each with up to LIMIT threads.
            self._pool = ThreadPoolExecutor(4 * self.LIMIT, "agenthuman-relay")
        free = self._free.setdefault(loop, Semaphore(self.LIMIT))
        await free.acquire()

        def done(_: object) -> None:
            # The loop may be closed by now.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(free.release)

        running = self._pool.submit(copy_context().run, function, *args)
        running.add_done_callback(done)
        return await wrap_future(running)


def event() -> Event:
    """Creates an event of the running loop."""
    try:
        get_running_loop()
    except RuntimeError:
        from ._trio import event as trio_event

        return trio_event()
    return AsyncioEvent()


async def run_until(
    end: Callable[[], Coroutine[Any, Any, None]], work: Callable[[], Coroutine[Any, Any, T]]
) -> T | None:
    """Returns the result of `work`, or None if `end` finishes first. The other one is cancelled, and waited for up to
    one second, in case it ignores its cancellation."""
    try:
        get_running_loop()
    except RuntimeError:
        from ._trio import run_until as run_until_in_trio

        return await run_until_in_trio(end, work)
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


async def with_tasks(work: Callable[[Start], Coroutine[Any, Any, T]]) -> T:
    """Returns the result of `work`. Its argument starts tasks, which are cancelled when `work` ends."""
    try:
        get_running_loop()
    except RuntimeError:
        from ._trio import with_tasks as with_tasks_in_trio

        return await with_tasks_in_trio(work)
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


async def finish_within(awaitable: Awaitable[object], seconds: float) -> bool:
    """Waits for an awaitable, and cancels it after the timeout. Returns whether it finished in time."""
    try:
        get_running_loop()
    except RuntimeError:
        from ._trio import finish_within as finish_within_in_trio

        return await finish_within_in_trio(awaitable, seconds)
    task = ensure_future(awaitable)
    try:
        await wait((task,), timeout=seconds)
        if not task.done():
            return False
        task.result()
        return True
    finally:
        task.cancel()


async def uninterrupted(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Returns the result of `work`, which has a limit of its own. A cancellation meanwhile takes effect afterwards."""
    try:
        get_running_loop()
    except RuntimeError:
        from ._trio import uninterrupted as uninterrupted_in_trio

        return await uninterrupted_in_trio(work)
    task = create_task(work())
    cancelled: CancelledError | None = None
    while not task.done():
        try:
            await wait((task,))
        except CancelledError as error:
            cancelled = error
    if cancelled is not None:
        with suppress(Exception):
            task.result()
        raise cancelled
    return task.result()
