"""One page of a list."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeVar
    from typing import Generic as Generic

    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

    from ._model import Model

    M = TypeVar("M", bound=Model)
else:
    # `collections` itself would be one more module to import.
    from _collections_abc import Sequence

    from ._native import ItemList

    class Generic:
        """Replaces `typing.Generic`, whose module is slow to import."""

        __slots__ = ()

        def __class_getitem__(cls, item):
            # `types.GenericAlias`, without importing its module. Pydantic and FastAPI read the type arguments.
            return type(list[int])(cls, item)

    M = None
    # For `isinstance` and pattern matching.
    Sequence.register(ItemList)


class Page(Generic[M]):
    """One page of a list."""

    __slots__ = ("items", "next")
    __match_args__ = ("items", "next")

    items: Sequence[M]
    """The items. Each model is created on access."""
    next: str | None
    """The cursor of the next page, for the parameter `after`; None on the last page."""

    def __init__(self, items: Sequence[M], next: str | None) -> None:
        self.items = items
        self.next = next

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.items == other.items and self.next == other.next

    __hash__ = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return f"Page(items={self.items!r}, next={self.next!r})"

    def __reduce__(self) -> tuple[type[Page[M]], tuple[Sequence[M], str | None]]:
        return Page, (self.items, self.next)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from ._pydantic import page_schema

        return page_schema(source, handler)

    if not TYPE_CHECKING:

        @property
        def __dict__(self):
            """Returns the fields for `vars`, with which FastAPI and others serialize unknown objects."""
            return {"items": list(self.items), "next": self.next}
