"""Waits for a step under gevent while other greenlets run, by its thread-safe watcher and without a thread per call."""

from __future__ import annotations

import sys

from ._native import Mailbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._native import Call
    from ._step import Step


class _Waiter:
    """The waiting greenlet, with the interface of a future."""

    __slots__ = ("_is_over", "_waiter", "_watcher")

    def __init__(self, hub: Any) -> None:
        self._is_over = False
        self._waiter = sys.modules["gevent.hub"].Waiter(hub)
        self._watcher = hub.loop.async_()

    def step(self, call: Call) -> Step:
        """Waits for the next step, until the greenlet is killed or its `gevent.Timeout` expires."""
        mailbox = Mailbox(self._wake)
        self._watcher.start(mailbox.deliver)
        try:
            call.step_to(mailbox, self)
            step: Step = self._waiter.get()
            return step
        finally:
            self._is_over = True
            self._watcher.stop()
            self._watcher.close()

    def _wake(self, _: Mailbox) -> None:
        """Wakes the hub. Called from the runtime's thread, where gevent allows no other function than `send`."""
        if not self._is_over:
            self._watcher.send()

    def done(self) -> bool:
        return self._is_over

    def set_result(self, step: Step, /) -> None:
        self._waiter.switch(step)


def next_step(call: Call) -> Step:
    """Waits for the next step of a call. Blocks the thread only if gevent has not patched sockets, or in the hub, which
    must not wait."""
    gevent = sys.modules["gevent"]
    if not sys.modules["gevent.monkey"].is_module_patched("socket"):
        return call.step()
    hub = gevent.get_hub()
    return call.step() if gevent.getcurrent() is hub else _Waiter(hub).step(call)
