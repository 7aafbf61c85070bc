"""A response with its status, headers and attempts."""

from __future__ import annotations

from ._attempt import Attempt
from ._page import Generic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import ParamSpec, TypeVar

    from ._async import AsyncPages
    from ._model import Model
    from ._native import Reply
    from ._page import Page
    from ._sync import Pages

    M = TypeVar("M", bound=Model)
    P = ParamSpec("P")
    T = TypeVar("T")
else:
    T = None


class RawResponse(Generic[T]):
    """The return value of a method, with the status, headers and attempts of its response."""

    __slots__ = ("attempts", "headers", "request_id", "status", "value")
    __match_args__ = ("value", "status")

    value: T
    """What the method returns without `with_raw_response`."""
    status: int
    """The HTTP status."""
    headers: dict[str, str]
    """The response's headers, by lower-case name, without cookies."""
    request_id: str | None
    """The service's id of the request, to be quoted to its support."""
    attempts: tuple[Attempt, ...]
    """Every attempt: its status, the code it failed with, and its time in milliseconds."""

    def __init__(self, reply: Reply, value: T) -> None:
        from json import loads

        self.value = value
        self.status = reply.status
        self.headers = dict(reply.headers)
        self.request_id = reply.request_id
        self.attempts = tuple(Attempt(**attempt) for attempt in loads(reply.attempts))

    @property
    def status_code(self) -> int:
        """The same as `status`, by the name that other packages use."""
        return self.status

    def __repr__(self) -> str:
        return f"RawResponse(value={self.value!r}, status={self.status}, request_id={self.request_id!r})"


# The connections of these methods give answers whole already, so that only the types are to be told.


def whole(method: Callable[P, T]) -> Callable[P, RawResponse[T]]:
    """The method, whose answer is whole."""
    return method  # type: ignore[return-value]


def whole_page(method: Callable[P, Pages[M]]) -> Callable[P, RawResponse[Page[M]]]:
    """The method of a list, which gives its first page."""
    return method  # type: ignore[return-value]


def awaited(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[RawResponse[T]]]:
    """The method, whose answer is whole."""
    return method  # type: ignore[return-value]


def awaited_page(method: Callable[P, AsyncPages[M]]) -> Callable[P, Awaitable[RawResponse[Page[M]]]]:
    """The method of a list, which gives its first page."""
    return method  # type: ignore[return-value]
