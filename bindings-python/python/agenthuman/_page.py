"""One page of a list."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic as Generic
    from typing import TypeVar

    from ._model import Model

    M = TypeVar("M", bound=Model)
else:

    class Generic:
        """Stands in for the one of typing, which is slow to import."""

        def __class_getitem__(cls, item):
            return cls

    M = None


class Page(Generic[M]):
    """One page of a list."""

    __slots__ = ("items", "next")
    __match_args__ = ("items", "next")

    items: list[M]
    """What is on it."""
    next: str | None
    """The cursor of the next page, to be given as `after`; None on the last."""

    def __init__(self, items: list[M], next: str | None) -> None:
        self.items = items
        self.next = next

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.items == other.items and self.next == other.next

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Page(items={self.items!r}, next={self.next!r})"
