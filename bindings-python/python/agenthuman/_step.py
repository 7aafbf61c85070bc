"""The steps of a call, as the native half gives them: tuples that begin with what they are."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from ._native import Reply

    Question: TypeAlias = (
        tuple[Literal["credential"], Literal["api_key", "token"]]
        | tuple[Literal["chunk"]]
        | tuple[Literal["store"], str]
    )
    Step: TypeAlias = (
        tuple[Literal["done"], Reply]
        | tuple[Literal["failed"], str]
        | tuple[Literal["progress"], int, int | None]
        | Question
    )
