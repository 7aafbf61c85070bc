"""What the models stand on: a native row, and descriptors that read its fields."""

from __future__ import annotations

from ._native import Model as Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from builtins import property as field
    from collections.abc import Callable
    from datetime import datetime
    from typing import TypeVar

    M = TypeVar("M", bound=Model)
else:
    from ._native import Field

    class field(Field):  # noqa: N801
        # No words of its own: those of the function stand in their place.
        __slots__ = ("__doc__",)

        def __init__(self, function):
            self.__doc__ = function.__doc__


def instant_parser() -> Callable[[str], datetime | None]:
    """The function that the native half parses instants with.

    It calls this at the first instant, since importing `datetime` takes a while. The import statement is here because
    programs that bundle applications, such as PyInstaller, see the imports of Python code alone.
    """
    from ._instant import instant

    return instant


__all__ = ["Model", "field", "instant_parser"]
