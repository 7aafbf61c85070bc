"""The mailboxes of event loops. The runtime's threads put steps into one, and wake the loop once for all of them."""

from __future__ import annotations

import os
from weakref import ref

from ._native import Mailbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Start: TypeAlias = Callable[..., object]
    """Starts a task that runs a coroutine function with arguments."""


_mailboxes: dict[int, tuple[ref[Any], Mailbox]] = {}
"""By the loop's `id`, which a later loop may have, too."""

if hasattr(os, "register_at_fork"):
    # The descriptors of the parent's mailboxes wake the parent.
    os.register_at_fork(after_in_child=_mailboxes.clear)


def waking_mailbox(loop: Any, call: Callable[[Any, Callable[[], None]], object]) -> Mailbox:
    """Creates a mailbox that wakes its loop with `call`, as long as the loop exists."""
    known = ref(loop)

    def wake(mailbox: Mailbox) -> None:
        alive = known()
        if alive is not None:
            call(alive, mailbox.deliver)

    return Mailbox(wake)


def register_mailbox(loop: Any, mailbox: Mailbox) -> None:
    """Stores a loop's mailbox for as long as the loop exists."""
    key = id(loop)

    def forget(gone: ref[Any]) -> None:
        known = _mailboxes.get(key)
        if known is not None and known[0] is gone:
            del _mailboxes[key]

    _mailboxes[key] = ref(loop, forget), mailbox


def find_mailbox(loop: Any) -> Mailbox | None:
    """Returns the mailbox of a loop, if it has one."""
    known = _mailboxes.get(id(loop))
    return known[1] if known is not None and known[0]() is loop else None
