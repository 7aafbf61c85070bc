"""Turning arguments into the JSON that the native half takes, and its errors into exceptions."""

from __future__ import annotations

from ._errors import error_from_info
from ._native import unconvertible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ._errors import AgentHumanError

_encode: Callable[[Any], str] | None = None


class NotGiven:
    """The type of `NOT_GIVEN`, for a parameter where None means to take the value away."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "NOT_GIVEN"

    def __reduce__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN = NotGiven()
"""That a parameter is not given, where None says something else."""


def error_from_json(text: str) -> AgentHumanError:
    """The exception of the native half's error."""
    from json import loads

    return error_from_info(loads(text))


def params_json(operation: str, params: dict[str, Any]) -> str:
    """The parameters as JSON, which the core checks. What JSON cannot carry is refused here."""
    given = {name: value for name, value in params.items() if value is not NOT_GIVEN}
    try:
        return _encoded(given)
    except (TypeError, ValueError, RecursionError):
        for name, value in given.items():
            value_json(operation, name, value)
        raise


def value_json(operation: str, name: str, value: object) -> str:
    """One parameter as JSON."""
    try:
        return _encoded(value)
    except _UnconvertibleError as error:
        why = str(error)
    except TypeError:
        why = "has a key that is not text"
    except ValueError:
        why = "holds itself"
    except RecursionError:
        why = "is nested too deeply"
    raise error_from_json(unconvertible(operation, name, f"{name} {why}"))


def options_json(timeout: float | None, max_retries: int | None, extra_headers: Mapping[str, str] | None) -> str:
    """A call's own options as JSON; empty where it has none."""
    if timeout is None and max_retries is None and not extra_headers:
        return ""
    options = {
        "timeout": timeout,
        "max_retries": max_retries,
        "headers": list(extra_headers.items()) if extra_headers else [],
    }
    return params_json("options", options)


def _encoded(value: Any) -> str:
    global _encode
    if _encode is None:
        from json import JSONEncoder

        _encode = JSONEncoder(default=_refuse, separators=(",", ":")).encode
    return _encode(value)


class _UnconvertibleError(TypeError):
    """Says what JSON does not have."""


def _refuse(value: object) -> Any:
    raise _UnconvertibleError(f"holds a value of type {type(value).__name__}, which JSON does not have")
