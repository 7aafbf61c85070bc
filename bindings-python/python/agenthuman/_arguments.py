"""The default of parameters that may be None, and suggestions for unknown names."""

from __future__ import annotations

from ._native import NotGiven as NotGiven

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    T = TypeVar("T")

NOT_GIVEN = NotGiven()
"""The default of a parameter for which None has a meaning of its own."""


def suggest_options(function: Callable[P, T]) -> Callable[P, T]:
    """Returns the function, with an error for unknown options that suggests the closest name."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    known = [name for name in names if name != "self"]

    def checked(*args: P.args, **options: P.kwargs) -> T:
        for name in options:
            if name not in known:
                advice = _advice(name, known)
                raise TypeError(f"{function.__qualname__}() got an unexpected keyword argument {name!r}. {advice}")
        return function(*args, **options)

    for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(checked, attribute, getattr(function, attribute))
    # `inspect.signature` and `help` find the parameters through this attribute.
    vars(checked)["__wrapped__"] = function
    return checked


def _advice(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    by_letters = {option.replace("_", ""): option for option in known}
    nearest = get_close_matches(name.lower().replace("_", ""), by_letters, 1)
    if nearest:
        return f"Did you mean {by_letters[nearest[0]]!r}?"
    return f"Supported options: {', '.join(by_letters.values())}."
