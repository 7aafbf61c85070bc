"""Driving calls and lists from a thread that waits for them."""

from __future__ import annotations

from ._connection import Connection, Started
from ._encode import error_from_json, options_json, params_json
from ._file import checked
from ._page import Generic, M, Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ._native import Call, Pager, Reply
    from ._step import Question


class SyncConnection(Connection):
    """Runs calls in the calling thread."""

    __slots__ = ()

    def run(self, started: Started) -> Any:
        """The canonical value that a call ends with."""
        from json import loads

        return loads(self.reply(started).body)

    def reply(self, started: Started) -> Reply:
        """Steps through a call to its end, and runs the user's code where it is asked for."""
        call = started.call
        cause: Exception | None = None
        try:
            while True:
                step = call.step()
                if step[0] == "done":
                    return step[1]
                if step[0] == "failed":
                    raise error_from_json(step[1]) from cause
                if step[0] == "progress":
                    assert started.on_progress is not None
                    _plain(started.on_progress(step[1], step[2]))
                    continue
                try:
                    self._answer(started, step)
                except Exception as error:
                    cause = error
                    started.fail(error)
        except BaseException:
            call.cancel()
            raise

    def _answer(self, started: Started, step: Question) -> None:
        if step[0] == "credential":
            started.supply_credential(step[1], _plain(self.functions[step[1]]()))
        elif step[0] == "chunk":
            assert started.read is not None
            started.call.supply_chunk(checked(_plain(started.read())))
        else:
            from json import loads

            assert started.store is not None
            _plain(started.store(loads(step[1])))
            started.call.stored()

    def pages(
        self,
        model: type[M],
        operation: str,
        params: dict[str, Any],
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> Pages[M]:
        """A list, of which nothing is fetched yet."""
        options = options_json(timeout, max_retries, extra_headers)
        return Pages(self, model, operation, params_json(operation, params), options)


class Pages(Generic[M]):
    """A list that is fetched while it is walked. Each walk begins anew."""

    __slots__ = ("_connection", "_model", "_operation", "_options", "_params")

    def __init__(self, connection: SyncConnection, model: type[M], operation: str, params: str, options: str) -> None:
        self._connection = connection
        self._model = model
        self._operation = operation
        self._params = params
        self._options = options

    def __iter__(self) -> Iterator[M]:
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[M]]:
        """Walks page by page."""
        pager = self._pager()
        while (call := pager.next()) is not None:
            yield self._fetched(call)

    def page(self) -> Page[M]:
        """The first page alone."""
        call = self._pager().next()
        assert call is not None, "a walk that has not begun has not ended"
        return self._fetched(call)

    def all(self) -> list[M]:
        """Every item, from the first page to the last."""
        return list(self)

    def __repr__(self) -> str:
        return f"<Pages of {self._operation}>"

    def _pager(self) -> Pager:
        return self._connection.native.pages(self._operation, self._params, self._options)

    def _fetched(self, call: Call) -> Page[M]:
        from json import loads

        reply = self._connection.reply(Started(call))
        return Page([self._model(item) for item in loads(reply.body)], reply.next)


def _plain(value: Any) -> Any:
    """What a function gave, unless it is to be awaited, which nobody here can do."""
    if hasattr(value, "__await__"):
        if hasattr(value, "close"):
            value.close()
        raise TypeError("the function is async; use AsyncAgentHuman, or give a plain one")
    return value
