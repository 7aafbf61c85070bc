"""The steps of calls and of the relay's exchanges, as the native half gives them: tuples that begin with what
they are."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, Protocol, TypeAlias, TypeVar

    from ._native import Mailbox, Opened, Reply

    GivenT = TypeVar("GivenT", contravariant=True)
    StepT = TypeVar("StepT", covariant=True)

    class Waiter(Protocol[GivenT]):
        """What a step is handed to; a future is one."""

        def done(self) -> bool: ...
        def set_result(self, step: GivenT, /) -> None: ...

    class Stepping(Protocol[StepT]):
        """What goes on in steps."""

        def step_to(self, mailbox: Mailbox, waiter: Waiter[StepT]) -> None: ...

    Question: TypeAlias = (
        tuple[Literal["credential"], Literal["api_key", "token"]]
        | tuple[Literal["chunk"]]
        | tuple[Literal["store"], str]
    )
    Waiting: TypeAlias = tuple[Literal["waiting"], str, float, int, str | None]
    """Operation, seconds, calls in the queue, and a warning for the log if one is due."""
    Step: TypeAlias = (
        tuple[Literal["done"], Reply]
        | tuple[Literal["failed"], str]
        | tuple[Literal["progress"], int, int | None]
        | Waiting
        | Question
    )

    RelayQuestion: TypeAlias = (
        tuple[Literal["authorize"]]
        | tuple[Literal["policy"], str, dict[str, Any]]
        | tuple[Literal["credential"], Literal["api_key", "token"]]
    )
    Answer: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes, str | None, Opened | None]
    """Status, headers and body; why it failed, for the log; and the session that was opened."""
    RelayStep: TypeAlias = (
        tuple[Literal["done"], int, list[tuple[bytes, bytes]], bytes, str | None, Opened | None]
        | tuple[Literal["chunk"]]
        | RelayQuestion
    )
