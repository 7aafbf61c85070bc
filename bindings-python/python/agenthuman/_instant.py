"""Parses instants into aware datetimes."""

from __future__ import annotations

from datetime import datetime


def instant(text: str) -> datetime:
    """Parses the form of RFC 3339 that the core writes, to the microsecond.

    Raises:
        ValueError: If the text has another form.
    """
    clock, offset = (text[:-1], "+00:00") if text.endswith("Z") else (text[:-6], text[-6:])
    clock, _, fraction = clock.partition(".")
    # Python 3.10 reads three or six digits only.
    return datetime.fromisoformat(f"{clock}.{fraction[:6]:0<6}{offset}")


def instant_text(value: datetime) -> str:
    """Returns an aware datetime in RFC 3339."""
    return value.isoformat().replace("+00:00", "Z")
