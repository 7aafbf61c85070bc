"""Parameters that JSON does not have: instants, and pictures in place of an avatar's id."""

from __future__ import annotations

import os

from ._file import BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def instant_text(value: Any) -> Any:
    """Returns the text of an instant. The core rejects one without an offset."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def avatar_spec(value: Any) -> Any:
    """Returns the avatar for the core: a text as it is, the path of a picture, or its bytes."""
    if isinstance(value, BYTES):
        from base64 import b64encode

        return {"base64": b64encode(value).decode("ascii")}
    if hasattr(value, "__fspath__"):
        return {"path": os.fsdecode(value)}
    return value
