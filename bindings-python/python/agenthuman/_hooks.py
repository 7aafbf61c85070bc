"""Runs the user's hooks, so that one that fails or does not return cannot affect a call."""

from __future__ import annotations

import logging
from contextvars import copy_context
from inspect import iscoroutinefunction
from json import loads
from threading import Thread

from ._events import EVENTS
from ._loop import finish_within, in_thread
from ._sync import not_awaitable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._events import Event

LIMIT = 1.0
"""Seconds for which a call waits for a hook."""

_logger = logging.getLogger("agenthuman")


class Hook:
    """One of the user's hooks."""

    __slots__ = ("_function", "_late", "_name", "is_async")

    def __init__(self, name: str, function: Callable[[Any], Any]) -> None:
        self._name = name
        self._function = function
        self._late: Thread | None = None
        self.is_async = iscoroutinefunction(function)

    def run(self, event: str) -> None:
        """Runs a plain function in a thread with the caller's context, and waits for it.

        If it does not return within the limit, it receives no further events until it does, so that the number of its
        threads does not grow.
        """
        if self._late is not None and self._late.is_alive():
            return
        self._late = None
        thread = Thread(None, copy_context().run, self._name, (self._call, event), daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            _logger.warning("%s was not called: %s", self._name, error)
            return
        thread.join(LIMIT)
        if thread.is_alive():
            self._late = thread
            self._log_late("receives no further events until it returns")

    async def run_async(self, event: str) -> None:
        """Runs a coroutine function on the loop, and a plain one in a thread. Waits for it as long as `run` does."""
        if not self.is_async:
            if not await finish_within(in_thread(self.run, event), LIMIT * 2):
                self._log_late("is not waited for")
            return
        try:
            finished = await finish_within(self._function(self._event(event)), LIMIT)
        except Exception:
            self._log_failed()
        else:
            if not finished:
                self._log_late("was cancelled")

    def _call(self, event: str) -> None:
        try:
            not_awaitable(self._function(self._event(event)))
        except Exception:
            self._log_failed()

    def _event(self, event: str) -> Event:
        return EVENTS[self._name](**loads(event))

    def _log_failed(self) -> None:
        _logger.exception("%s raised an exception; the call continues", self._name)

    def _log_late(self, what: str) -> None:
        _logger.warning("%s has not returned within %g s; the call continues, and the hook %s", self._name, LIMIT, what)
