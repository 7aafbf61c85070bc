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
    """A method's return value, with the status, headers and attempts of the response."""

    __slots__ = ("attempts", "headers", "request_id", "status", "value")
    __match_args__ = ("value", "status")

    value: T
    """The value that the method returns without `with_raw_response`."""
    status: int
    """The HTTP status."""
    headers: dict[str, str]
    """The response's headers, by lower-case name, without cookies."""
    request_id: str | None
    """The service's id of the request. Quote it to support."""
    attempts: tuple[Attempt, ...]
    """Every attempt: its status, its error code if it failed, and its duration in milliseconds."""

    def __init__(self, reply: Reply, value: T) -> None:
        from json import loads

        self.value = value
        self.status = reply.status
        self.headers = dict(reply.headers)
        self.request_id = reply.request_id
        self.attempts = tuple(Attempt(**attempt) for attempt in loads(reply.attempts))

    @property
    def status_code(self) -> int:
        """An alias of `status`, by the name that other SDKs use."""
        return self.status

    def __repr__(self) -> str:
        return f"RawResponse(value={self.value!r}, status={self.status}, request_id={self.request_id!r})"


# The methods of a raw connection already return a `RawResponse`; these functions only tell the type checker.


def raw(method: Callable[P, T]) -> Callable[P, RawResponse[T]]:
    """Returns the method, typed to return a raw response."""
    return method  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


def raw_list(method: Callable[P, Pages[M]]) -> Callable[P, RawResponse[Page[M]]]:
    """Returns the method of a list, typed to return the raw response of its first page."""
    return method  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


def async_raw(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[RawResponse[T]]]:
    """Returns the async method, typed to return a raw response."""
    return method  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


def async_raw_list(method: Callable[P, AsyncPages[M]]) -> Callable[P, Awaitable[RawResponse[Page[M]]]]:
    """Returns the method of an async list, typed to return the raw response of its first page."""
    return method  # type: ignore[return-value]  # pyright: ignore[reportReturnType]
