"""Models made from their fields, for tests and `copy.replace`."""

from __future__ import annotations

from datetime import datetime

from ._instant import instant_text
from ._model import Model
from ._native import ItemList

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeVar

    M = TypeVar("M", bound=Model)

DUMMY_KEY = "ah_test_exampleexampleexampleexample0000"
"""An API key that has the format of a key and that no service accepts."""

DUMMY_TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJleGFtcGxlIn0.example"  # noqa: S105
"""A token that has the format of a token and that no service accepts."""


def make(model: type[M], values: dict[str, Any], extra: Mapping[str, Any] | None) -> M:
    """Returns a model of the values that are not None.

    Raises:
        TypeError: If a value has the wrong type.
    """
    fields = {name: value for name, value in values.items() if value is not None}
    return _made(model, {"extra": dict(extra)} if extra else {}, fields)


def replaced(model: M, changes: dict[str, Any]) -> M:
    """Returns a copy of a model with other values. A field that is None is null.

    Raises:
        TypeError: If a field is unknown or a value has the wrong type.
    """
    cls = type(model)
    for name in changes.keys() - {*cls.__match_args__, "extra"}:
        raise TypeError(f"{cls.__name__} has no field {name}")
    fields = {name: value for name, value in changes.items() if name != "extra"}
    base = model.to_dict()
    if "extra" in changes:
        base["extra"] = dict(changes["extra"])
    return _made(cls, base, fields)


def _made(model: type[M], base: dict[str, Any], fields: dict[str, Any]) -> M:
    """Returns the model of a canonical form and of fields, which may be of Python's types."""
    canonical = {name: _canonical(name, value) for name, value in fields.items()}
    try:
        made = model.from_dict({**base, **canonical})
    except ValueError as error:
        raise TypeError(f"the fields of {model.__name__} have the wrong type: {error}") from None
    for name, value in fields.items():
        # A value that the model cannot read is kept in `extra`.
        if value is not None and getattr(made, name) is None:
            raise TypeError(f"{name} of {model.__name__} has the wrong type, {type(value).__name__}")
    return made


def _canonical(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"{name} must have a time zone, such as datetime(2026, 1, 1, tzinfo=timezone.utc)")
        return instant_text(value)
    if type(value) in (list, tuple, ItemList):
        return [_canonical(name, item) for item in value]
    return value.to_dict() if isinstance(value, Model) else value
