"""Mailboxes: a loop has one, into which the runtime's threads put steps, and is woken once for all that is there."""

from __future__ import annotations

import os
from weakref import ref

from ._native import Mailbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Start: TypeAlias = Callable[..., object]
    """Starts a task: the coroutine function, and its arguments."""


_mailboxes: dict[int, tuple[ref[Any], Mailbox]] = {}
"""By the loop's `id`, which another loop may get when it is gone."""

if hasattr(os, "register_at_fork"):
    # The parent's descriptors wake the parent.
    os.register_at_fork(after_in_child=_mailboxes.clear)


def waking(loop: Any, call: Callable[[Any, Callable[[], None]], object]) -> Mailbox:
    """A mailbox that has its loop call a function, for as long as the loop is there."""
    known = ref(loop)

    def wake(mailbox: Mailbox) -> None:
        alive = known()
        if alive is not None:
            call(alive, mailbox.deliver)

    return Mailbox(wake)


def keep(loop: Any, mailbox: Mailbox) -> None:
    """Keeps a loop's mailbox for as long as the loop is there."""
    key = id(loop)

    def forget(gone: ref[Any]) -> None:
        known = _mailboxes.get(key)
        if known is not None and known[0] is gone:
            del _mailboxes[key]

    _mailboxes[key] = ref(loop, forget), mailbox


def kept(loop: Any) -> Mailbox | None:
    """The mailbox of a loop, if it has one."""
    known = _mailboxes.get(id(loop))
    return known[1] if known is not None and known[0]() is loop else None
