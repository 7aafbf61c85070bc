"""Models for tests, made from their fields."""

from __future__ import annotations

from datetime import datetime

from ._model import Model

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
    canonical = {name: _canonical(name, value) for name, value in values.items() if value is not None}
    try:
        made = model.from_dict({**canonical, "extra": dict(extra)} if extra else canonical)
    except ValueError as error:
        raise TypeError(f"the fields of {model.__name__} have the wrong type: {error}") from None
    for name in canonical:
        # A value that the model cannot read is kept in `extra`.
        if getattr(made, name) is None:
            raise TypeError(f"{name} of {model.__name__} has the wrong type, {type(values[name]).__name__}")
    return made


def _canonical(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"{name} must have a time zone, such as datetime(2026, 1, 1, tzinfo=timezone.utc)")
        return value.isoformat()
    return value.to_dict() if isinstance(value, Model) else value
