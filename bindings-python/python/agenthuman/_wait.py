"""The argument of `on_wait`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class RateLimitWait:
    """A call that waits for the rate limit. The client option `on_wait` receives it."""

    __slots__ = ("operation", "phase", "queued", "seconds")
    __match_args__ = ("operation", "seconds", "queued")

    operation: str
    """The call's operation, such as `sessions.create`."""
    phase: str
    """`rate_limit`, like the `phase` of an error."""
    seconds: float
    """Seconds until the limit allows calls again. Calls further back in the queue may have to wait longer."""
    queued: int
    """The number of calls of this client that wait for the same limit, including this one."""

    def __init__(self, operation: str, seconds: float, queued: int) -> None:
        self.operation = operation
        self.phase = "rate_limit"
        self.seconds = seconds
        self.queued = queued

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RateLimitWait) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return f"RateLimitWait(operation={self.operation!r}, seconds={self.seconds!r}, queued={self.queued!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return RateLimitWait, self._all()

    def _all(self) -> tuple[str, float, int]:
        return self.operation, self.seconds, self.queued
