"""One HTTP request of a call."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Attempt:
    """One HTTP request of a call."""

    __slots__ = ("code", "duration_ms", "status")
    __match_args__ = ("status", "code", "duration_ms")

    status: int | None
    """The HTTP status, if there was a response."""
    code: str | None
    """The kind of error, if the attempt failed."""
    duration_ms: int
    """The duration in milliseconds."""

    def __init__(self, status: int | None, code: str | None, duration_ms: int) -> None:
        self.status = status
        self.code = code
        self.duration_ms = duration_ms

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Attempt) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return f"Attempt(status={self.status!r}, code={self.code!r}, duration_ms={self.duration_ms!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Attempt, self._all()

    def to_dict(self) -> dict[str, Any]:
        """Returns the fields, for JSON."""
        return {"status": self.status, "code": self.code, "duration_ms": self.duration_ms}

    def _all(self) -> tuple[int | None, str | None, int]:
        return self.status, self.code, self.duration_ms
