"""What all models have in common: fields that are read out of the canonical form, and never changed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any, ClassVar, TypeVar

    from typing_extensions import Self

    M = TypeVar("M", bound="Model")

SHOWN_TEXT = 80
"""How many characters of a long text a `repr` shows."""


class Model:
    """A value of the API. It cannot be changed, compares by value, and can be pickled."""

    __slots__ = ("_values",)
    __match_args__: ClassVar[tuple[str, ...]] = ()
    _secrets: ClassVar[tuple[str, ...]] = ()

    _values: dict[str, Any]

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The model of a canonical form, such as `to_dict` gives."""
        return cls(_copied(values))

    @property
    def extra(self) -> dict[str, Any]:
        """What the service sent beside the fields known here, as it came."""
        return self._object("extra") or {}

    def to_dict(self) -> dict[str, Any]:
        """The canonical form: ids as text, instants as the service wrote them, secrets as they are.

        A field that the service did not send is absent.
        """
        values: dict[str, Any] = _copied(self._values)
        return values

    def to_json(self) -> str:
        """The canonical form as JSON, secrets as they are."""
        from json import dumps

        return dumps(self._values, ensure_ascii=False, separators=(",", ":"))

    def __repr__(self) -> str:
        values = self._values
        shown = [f"{name}={self._shown(name)}" for name in self.__match_args__ if name in values]
        if "extra" in values:
            # Nobody knows what is in there, a secret perhaps.
            shown.append(f"extra=<{', '.join(values['extra'])}>")
        return f"{type(self).__name__}({', '.join(shown)})"

    def _shown(self, name: str) -> str:
        value = self._values[name]
        if value is None:
            return "None"
        if name in self._secrets:
            return "'[redacted]'"
        if isinstance(value, str):
            return repr(value if len(value) <= SHOWN_TEXT else value[: SHOWN_TEXT - 1] + "…")
        if isinstance(value, dict):
            return repr(getattr(self, name))
        return repr(value)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        assert isinstance(other, Model)
        return self._values == other._values

    def __hash__(self) -> int:
        plain = ((name, value) for name, value in self._values.items() if not isinstance(value, (dict, list)))
        return hash((type(self), frozenset(plain)))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[dict[str, Any]]]:
        return type(self), (self._values,)

    def _text(self, name: str) -> str | None:
        return self._values.get(name)

    def _needed(self, name: str) -> str:
        text: str = self._values[name]
        return text

    def _flag(self, name: str) -> bool | None:
        return self._values.get(name)

    def _integer(self, name: str) -> int | None:
        return self._values.get(name)

    def _number(self, name: str) -> float | None:
        return self._values.get(name)

    def _instant(self, name: str) -> datetime | None:
        text = self._values.get(name)
        if text is None:
            return None
        from ._instant import instant

        return instant(text)

    def _object(self, name: str) -> dict[str, Any] | None:
        value = self._values.get(name)
        return None if value is None else _copied(value)

    def _model(self, name: str, model: type[M]) -> M | None:
        values = self._values.get(name)
        return None if values is None else model(values)

    def _needed_model(self, name: str, model: type[M]) -> M:
        return model(self._values[name])


def _copied(value: Any) -> Any:
    kind = value.__class__
    if kind is dict:
        return {name: _copied(inner) for name, inner in value.items()}
    if kind is list:
        return [_copied(inner) for inner in value]
    return value
