"""Waiting for a step under trio."""

from __future__ import annotations

import outcome
import trio

from ._loop import keep, kept, waking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._native import Call
    from ._step import Step


class _Waiter:
    """The task that waits, in the form of a future."""

    def __init__(self) -> None:
        self._task = trio.lowlevel.current_task()
        self._over = False

    async def wait(self) -> Step:
        step: Step = await trio.lowlevel.wait_task_rescheduled(self._given_up)
        return step

    def _given_up(self, _: object) -> trio.lowlevel.Abort:
        self._over = True
        return trio.lowlevel.Abort.SUCCEEDED

    def done(self) -> bool:
        return self._over

    def set_result(self, step: Step) -> None:
        self._over = True
        trio.lowlevel.reschedule(self._task, outcome.Value(step))


async def stepped(call: Call) -> Step:
    """The next step of a call."""
    token = trio.lowlevel.current_trio_token()
    mailbox = kept(token)
    if mailbox is None:
        mailbox = waking(token, lambda token, deliver: token.run_sync_soon(deliver))
        keep(token, mailbox)
    waiter = _Waiter()
    call.step_to(mailbox, waiter)
    return await waiter.wait()


async def in_thread(function: Callable[..., Any], *args: object) -> Any:
    """Runs what may block in a thread of trio's own pool."""
    return await trio.to_thread.run_sync(function, *args, abandon_on_cancel=True)
