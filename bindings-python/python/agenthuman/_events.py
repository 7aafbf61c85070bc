"""The events that a client reports to its hooks, which are the functions `on_request`, `on_response` and so on."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal


class Event:
    """The fields that all events have."""

    __slots__ = ("attempt", "method", "operation", "path")
    __match_args__: tuple[str, ...] = ("operation", "attempt", "method", "path")

    operation: str
    """The call's operation, such as `sessions.create`."""
    attempt: int
    """The number of the attempt. The first is 1."""
    method: str
    """The HTTP method."""
    path: str
    """The path below the base URL, without the query. Secrets in it are masked."""

    def __init__(self, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self, name, value)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash((self.operation, self.attempt, self.path))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._all().items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self._all())

    def _all(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__match_args__}


def _restored(event: type[Event], fields: dict[str, Any]) -> Event:
    return event(**fields)


class RequestEvent(Event):
    """A request that is about to be sent. The client option `on_request` receives it."""

    __slots__ = ("headers",)
    __match_args__ = (*Event.__match_args__, "headers")

    headers: dict[str, str]
    """The request's headers, by lower-case name. Credentials and other secrets are masked."""


class ResponseEvent(Event):
    """The end of an attempt: a response, or a failure without one. The client option `on_response` receives it."""

    __slots__ = ("code", "duration_ms", "headers", "request_id", "status")
    __match_args__ = (*Event.__match_args__, "status", "code", "duration_ms", "request_id", "headers")

    status: int | None
    """The HTTP status, if there was a response."""
    code: str | None
    """The kind of error, if the attempt failed."""
    duration_ms: int
    """The duration of the attempt in milliseconds."""
    request_id: str | None
    """The service's id of the request. Quote it to support."""
    headers: dict[str, str]
    """The response's headers, by lower-case name, without cookies. Secrets are masked."""


class RetryEvent(Event):
    """A request that is going to be sent again. The client option `on_retry` receives it."""

    __slots__ = ("delay_ms", "reason", "status")
    __match_args__ = (*Event.__match_args__, "status", "reason", "delay_ms")

    status: int | None
    """The HTTP status of the attempt that failed, if there was a response."""
    reason: str
    """Why the attempt failed: the code of an error, such as `rate_limited`, `server` or `connection`."""
    delay_ms: int
    """Milliseconds before the next attempt. After a 429 it may take longer: see `on_wait`."""


class RateLimitWait(Event):
    """A call that waits for the rate limit. The client option `on_wait` receives it."""

    __slots__ = ("phase", "queued", "seconds")
    __match_args__ = (*Event.__match_args__, "phase", "seconds", "queued")

    phase: Literal["rate_limit"]
    """`rate_limit`, like the `phase` of an error."""
    seconds: float
    """Seconds until the limit allows calls again. Calls further back in the queue may have to wait longer."""
    queued: int
    """The number of calls of this client that wait for the same limit, including this one."""


EVENTS: dict[str, type[Event]] = {
    "on_request": RequestEvent,
    "on_response": ResponseEvent,
    "on_retry": RetryEvent,
    "on_wait": RateLimitWait,
}
"""The event of each hook."""
