"""The types of the steps of calls and of the relay's exchanges: tuples that begin with the kind of step."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, Protocol, TypeAlias, TypeVar

    from ._native import Mailbox, Opened, Reply

    ResultT = TypeVar("ResultT", contravariant=True)
    StepT = TypeVar("StepT", covariant=True)

    class Waiter(Protocol[ResultT]):
        """The receiver of a step, such as a future."""

        def done(self) -> bool: ...
        def set_result(self, step: ResultT, /) -> None: ...

    class Stepping(Protocol[StepT]):
        """Work that runs in steps."""

        def step_to(self, mailbox: Mailbox, waiter: Waiter[StepT]) -> None: ...

    Question: TypeAlias = (
        tuple[Literal["credential"], Literal["api_key", "token"]]
        | tuple[Literal["chunk"]]
        | tuple[Literal["store"], str]
    )
    Step: TypeAlias = (
        tuple[Literal["done"], Reply]
        | tuple[Literal["response"], str]
        | tuple[Literal["failed"], str]
        | tuple[Literal["progress"], int, int | None]
        | tuple[Literal["event"], str, str]
        | tuple[Literal["warning"], str]
        | Question
    )

    RelayQuestion: TypeAlias = (
        tuple[Literal["authorize"]]
        | tuple[Literal["policy"], str, dict[str, Any]]
        | tuple[Literal["on_open"], str, dict[str, Any]]
        | tuple[Literal["credential"], Literal["api_key", "token"], str]
    )
    Answer: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes, str | None, Opened | None]
    """Status, headers and body; the reason for the log if it failed; and the session if one was opened."""
    RelayStep: TypeAlias = (
        tuple[Literal["done"], int, list[tuple[bytes, bytes]], bytes, str | None, Opened | None]
        | tuple[Literal["chunk"]]
        | RelayQuestion
    )
