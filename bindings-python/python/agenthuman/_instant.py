"""Reading the wire's instants, in the many forms of RFC 3339, as aware datetimes."""

from __future__ import annotations

from datetime import datetime


def instant(text: str) -> datetime | None:
    """The instant, to the microsecond; None where Python has no datetime for it (before year 1)."""
    text = text.upper().partition("[")[0]
    zone = max(text.rfind("Z"), text.rfind("+"), text.rfind("-", 10))
    if zone < 0:
        return None
    clock, offset = text[:zone], text[zone:]
    clock, _, fraction = clock.replace(",", ".").partition(".")
    # A leap second, which datetime does not have, is the second before it.
    if clock.endswith(":60"):
        clock = clock[:-2] + "59"
    microseconds = (fraction + "000000")[:6]
    try:
        return datetime.fromisoformat(f"{clock}.{microseconds}{_offset(offset)}")
    except ValueError:
        return None


def _offset(text: str) -> str:
    if text == "Z":
        return "+00:00"
    digits = text[1:].replace(":", "")
    return f"{text[0]}{digits[:2]}:{digits[2:4] or '00'}"
