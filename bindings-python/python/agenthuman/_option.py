"""Naming the option that was meant."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import ParamSpec

    P = ParamSpec("P")


def suggesting(init: Callable[P, None]) -> Callable[P, None]:
    """A constructor whose error for an unknown option names the nearest one."""
    code = init.__code__
    known = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]

    def checked(*args: P.args, **options: P.kwargs) -> None:
        for name in options:
            if name not in known:
                raise TypeError(
                    f"{init.__qualname__}() got an unexpected keyword argument {name!r}. {_advice(name, known)}"
                )
        init(*args, **options)

    for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(checked, attribute, getattr(init, attribute))
    # By which `inspect.signature` and `help` find the parameters.
    vars(checked)["__wrapped__"] = init
    return checked


def _advice(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    by_letters = {option.replace("_", ""): option for option in known}
    nearest = get_close_matches(name.lower().replace("_", ""), by_letters, 1)
    if nearest:
        return f"Did you mean {by_letters[nearest[0]]!r}?"
    return f"The options are {', '.join(by_letters.values())}."
