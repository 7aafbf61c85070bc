"""Debug lines for `logging` and spans for OpenTelemetry, if the program has imported them."""

from __future__ import annotations

import sys
from time import perf_counter

from ._generated.errors import AgentHumanError
from ._generated.routes import ROUTES
from ._native import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ._native import Reply

_modules = sys.modules
_logger: Any = None
DEBUG = 10
"""The value of `logging.DEBUG`."""


def start_watch(operation: str, surface: str) -> Watch | None:
    """Starts watching a call, if debug logging or tracing is enabled."""
    global _logger
    logging: Any = _modules.get("logging")
    if _logger is None and logging is not None:
        _logger = logging.getLogger("agenthuman")
    logger = _logger if _logger is not None and _logger.isEnabledFor(DEBUG) else None
    trace: Any = _modules.get("opentelemetry.trace")
    if logger is None and trace is None:
        return None
    return Watch(operation, surface, logger, trace)


class Watch:
    """Logs and traces a call."""

    def __init__(self, operation: str, surface: str, logger: Any, trace: Any) -> None:
        self._operation = operation
        self._method, self._path = ROUTES[surface].get(operation, ("", ""))
        self._logger = logger
        self._trace = trace
        self._attempts: Iterable[tuple[int | None, str | None, int]] = ()
        self._request_id: str | None = None
        self._status: int | None = None
        self._began = perf_counter()

    def __enter__(self) -> Watch:
        if self._trace is not None:
            tracer = self._trace.get_tracer("agenthuman", VERSION)
            attributes = {"agenthuman.operation": self._operation}
            if self._method:
                attributes |= {"http.request.method": self._method, "url.template": self._path}
            self._current = tracer.start_as_current_span(
                self._operation, kind=self._trace.SpanKind.CLIENT, attributes=attributes, record_exception=False
            )
            self._span = self._current.__enter__()
        return self

    def record(self, reply: Reply) -> Reply:
        """Records the response, and returns it."""
        from json import loads

        self._attempts = [(entry["status"], entry["code"], entry["duration_ms"]) for entry in loads(reply.attempts)]
        self._request_id, self._status = reply.request_id, reply.status
        return reply

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, AgentHumanError):
            self._attempts = [(entry.status, entry.code, entry.duration_ms) for entry in error.attempts]
            self._request_id, self._status = error.request_id, error.status
        if self._trace is not None:
            self._end_span(kind, error)
        if self._logger is not None:
            self._log(kind, error)

    def _end_span(self, kind: type[BaseException] | None, error: BaseException | None) -> None:
        span = self._span
        if self._status is not None:
            span.set_attribute("http.response.status_code", self._status)
        if self._request_id is not None:
            span.set_attribute("agenthuman.request_id", self._request_id)
        span.set_attribute("agenthuman.attempts", len(list(self._attempts)))
        if kind is not None:
            span.set_attribute("error.type", error.code if isinstance(error, AgentHumanError) else kind.__name__)
            span.set_status(self._trace.StatusCode.ERROR)
        self._current.__exit__(None, None, None)

    def _log(self, kind: type[BaseException] | None, error: BaseException | None) -> None:
        where = f"{self._method} {self._path} ({self._operation})" if self._method else self._operation
        for number, (status, code, ms) in enumerate(self._attempts, 1):
            self._logger.debug("%s: attempt %d: %s in %d ms", where, number, code or status, ms)
        outcome: int | str | None = self._status
        if kind is not None:
            outcome = error.code if isinstance(error, AgentHumanError) else kind.__name__
        duration = (perf_counter() - self._began) * 1000
        self._logger.debug("%s: %s after %d ms, request id %s", where, outcome, duration, self._request_id)
