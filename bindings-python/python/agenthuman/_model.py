"""What the models stand on: a native row, and descriptors that read its fields."""

from __future__ import annotations

from ._native import Model as Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from builtins import property as field
    from typing import TypeVar

    M = TypeVar("M", bound=Model)
else:
    from ._native import Field

    class field(Field):  # noqa: N801
        # No words of its own: those of the function stand in their place.
        __slots__ = ("__doc__",)

        def __init__(self, function):
            self.__doc__ = function.__doc__


__all__ = ["Model", "field"]
