"""The base class of the models, and the descriptors that read their fields."""

from __future__ import annotations

from ._native import ItemList
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
    from typing_extensions import Self

    M = TypeVar("M", bound="Model")
else:
    from ._native import Field

    class field(Field):  # noqa: N801
        # The docstring is that of the function.
        __slots__ = ("__doc__",)

        def __init__(self, function):
            self.__doc__ = function.__doc__

    class secret(field):  # noqa: N801
        # Masked everywhere except in the attribute itself, `to_dict` and `to_json`.
        __slots__ = ("__doc__",)


MASK = "[redacted]"
"""The text that replaces a secret, also in a `repr`."""


class Model(NativeModel):
    """A model of the API. Models are immutable, compare by value, and can be pickled."""

    __slots__ = ()

    _surface = ""
    """The contract of the service whose operations return it."""

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Returns the JSON Schema of the model's canonical form, which `to_dict` returns.

        The schemas of models inside it are in `$defs`. Unknown texts and fields are valid, since a later service may
        send them.
        """
        from ._schema import json_schema

        return json_schema(cls)

    def __replace__(self, /, **changes: Any) -> Self:
        """Returns a copy with other values of these fields, for `copy.replace` (Python 3.13).

        Raises:
            TypeError: If a field is unknown or a value has the wrong type.
        """
        from ._factory import replaced

        return replaced(self, changes)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from ._pydantic import model_schema

        return model_schema(cls, handler)

    if not TYPE_CHECKING:

        @property
        def __dict__(self):
            """The fields with secrets masked, for `vars`, with which FastAPI and others serialize unknown objects."""
            return plain(self)


def masked(model: Model) -> dict[str, Any]:
    """Returns the canonical form with secrets masked.

    If the model has a secret, the values in `extra` are masked, too, since they are unknown.
    """
    cls = type(model)
    values = model.to_dict()
    masks = False
    for name, value in values.items():
        if name == "extra" or value is None:
            continue
        if isinstance(getattr(cls, name), secret):
            values[name], masks = MASK, True
        elif isinstance(value, dict) and isinstance(inner := getattr(model, name), Model):
            values[name] = masked(inner)
        elif isinstance(value, list) and _is_list(inner := getattr(model, name)):
            values[name] = [masked(item) for item in inner]
    if masks and "extra" in values:
        values["extra"] = dict.fromkeys(values["extra"], MASK)
    return values


def plain(model: Model) -> dict[str, Any]:
    """Returns the fields that the service sent, as Python values, with secrets masked."""
    cls = type(model)
    values = masked(model)
    for name, value in values.items():
        if name == "extra" or value is None or isinstance(getattr(cls, name), secret):
            continue
        read = getattr(model, name)
        if isinstance(read, Model):
            values[name] = plain(read)
        elif _is_list(read):
            values[name] = [plain(item) for item in read]
        else:
            values[name] = read
    return values


def _is_list(value: object) -> bool:
    """Whether a value is a list of models."""
    return isinstance(value, ItemList)


def instant_parser() -> Callable[[str], datetime]:
    """Returns the function with which the native code parses instants.

    It is called for the first instant only, since importing `datetime` takes a while. The import statement is in Python
    because bundlers such as PyInstaller do not see imports of native code.
    """
    from ._instant import instant

    return instant


__all__ = ["MASK", "Model", "field", "instant_parser", "masked", "plain", "secret"]
