"""Waiting for a step under gevent, with its own thread-safe wake-up: no thread per call, and other greenlets run."""

from __future__ import annotations

import sys

from ._native import Mailbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._native import Call
    from ._step import Step


class _Waiter:
    """The greenlet that waits, in the form of a future."""

    __slots__ = ("_is_over", "_waiter", "_watcher")

    def __init__(self, hub: Any) -> None:
        self._is_over = False
        self._waiter = sys.modules["gevent.hub"].Waiter(hub)
        self._watcher = hub.loop.async_()

    def step(self, call: Call) -> Step:
        """Waits for the next step. A greenlet that is killed meanwhile, or times out, waits no longer."""
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
        """Called from the runtime's thread; `send` alone of gevent's functions may be."""
        if not self._is_over:
            self._watcher.send()

    def done(self) -> bool:
        return self._is_over

    def set_result(self, step: Step, /) -> None:
        self._waiter.switch(step)


def stepped(call: Call) -> Step:
    """The next step of a call. The thread is blocked only where gevent has patched no sockets, or in its hub, which may
    not wait."""
    gevent = sys.modules["gevent"]
    if not sys.modules["gevent.monkey"].is_module_patched("socket"):
        return call.step()
    hub = gevent.get_hub()
    return call.step() if gevent.getcurrent() is hub else _Waiter(hub).step(call)
