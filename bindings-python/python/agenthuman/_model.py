"""What the models stand on: a native item, and descriptors that read its fields."""

from __future__ import annotations

from ._native import Model as NativeModel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from builtins import property as field
    from builtins import property as secret
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any, TypeVar

    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

    M = TypeVar("M", bound="Model")
else:
    from ._native import Field

    class field(Field):  # noqa: N801
        # No words of its own: those of the function stand in their place.
        __slots__ = ("__doc__",)

        def __init__(self, function):
            self.__doc__ = function.__doc__

    class secret(field):  # noqa: N801
        # Masked by all but the attribute itself, `to_dict` and `to_json`.
        __slots__ = ("__doc__",)


MASK = "[redacted]"
"""What stands in the place of a secret, in a `repr` too."""


class Model(NativeModel):
    """A value of the API. It cannot be changed, compares by value, and can be pickled."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from ._pydantic import model_schema

        return model_schema(cls, handler)

    if not TYPE_CHECKING:

        @property
        def __dict__(self):
            """For `vars`, which FastAPI and others serialize objects with that they do not know. Secrets are masked."""
            return plain(self)


def plain(model: Model) -> dict[str, Any]:
    """The fields that the service sent, as Python values, with secrets masked.

    If the model has a secret, the values in `extra` are masked too: nobody knows what is in there.
    """
    cls = type(model)
    values = model.to_dict()
    masks = False
    for name, value in values.items():
        if name == "extra" or value is None:
            continue
        if isinstance(getattr(cls, name), secret):
            values[name], masks = MASK, True
            continue
        read = getattr(model, name)
        values[name] = plain(read) if isinstance(read, Model) else read
    if masks and "extra" in values:
        values["extra"] = dict.fromkeys(values["extra"], MASK)
    return values


def instant_parser() -> Callable[[str], datetime]:
    """The function that the native half parses instants with.

    It calls this at the first instant, since importing `datetime` takes a while. The import statement is here because
    programs that bundle applications, such as PyInstaller, see the imports of Python code alone.
    """
    from ._instant import instant

    return instant


__all__ = ["MASK", "Model", "field", "instant_parser", "plain", "secret"]
