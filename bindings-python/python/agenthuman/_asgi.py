"""What ASGI says to an app and hears from it, as the relay needs it."""

from __future__ import annotations

from urllib.parse import quote

from ._loop import event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from typing import Any, TypeAlias

    from ._loop import Event
    from ._native import Exchange
    from ._step import Answer

    Message: TypeAlias = MutableMapping[str, Any]
    Scope: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]


LONGEST_PATH = 128
"""No path of the relay is longer; the relay's own rule is in its router."""


def target(scope: Scope) -> tuple[str, str]:
    """A request's path from where the app is mounted, with nothing decoded, and its query with the `?`."""
    raw: bytes | None = scope.get("raw_path")
    root: str = scope.get("root_path", "")
    query: str = scope["query_string"].decode("latin-1")
    query = f"?{query}" if query else ""
    # Each character above the relay has at most twelve: four bytes, each encoded as three characters.
    longest = LONGEST_PATH + 12 * len(root)
    given: str = scope["path"] if raw is None else raw.partition(b"?")[0].decode("latin-1")
    if len(given) > longest:
        return "/", query
    path = quote(given) if raw is None else given
    # A proxy may have taken off what the server was told to be under, and the mount adds to it all the same.
    for above in (root, root.removeprefix(scope.get("app_root_path", ""))):
        below = _below(path, above.rstrip("/"))
        if below is not None:
            path = below
            break
    return path or "/", query


def _below(path: str, above: str) -> str | None:
    """What of a path that is not decoded is below one that is. Takes a time that grows with `above` alone."""
    at = 0
    for byte in above.encode("utf-8", "surrogatepass"):
        digits = path[at + 1 : at + 3]
        if path[at : at + 1] == "%" and len(digits) == 2 and all(digit in _HEX for digit in digits):
            found, length = int(digits, 16), 3
        else:
            found, length = ord(path[at : at + 1] or "\0"), 1
        if found != byte:
            return None
        at += length
    return path[at:] if path[at : at + 1] in ("", "/") else None


_HEX = frozenset("0123456789abcdefABCDEF")


class Body:
    """A request's body as it arrives: read no further ahead than one message, so that a client that hangs up is noticed
    and a large body stays where it is."""

    __slots__ = ("_asked", "_ended", "_exchange", "_kept", "_receive", "_taken", "gone")

    gone: bool
    """Whether the client has hung up."""

    def __init__(self, receive: Receive, exchange: Exchange) -> None:
        self._receive = receive
        self._exchange = exchange
        self.gone = False
        self._asked = False
        self._ended = False
        self._kept = b""
        """Arrived, and not asked for yet."""
        self._taken: Event | None = None
        """Waited for before there is more to read."""

    def ask(self) -> None:
        """Gives the exchange the next chunk, now or once it has arrived."""
        if self._kept or self._ended:
            self._exchange.supply_chunk(self._kept)
            self._kept = b""
            if self._taken is not None:
                self._taken.set()
        else:
            self._asked = True

    async def arrive(self) -> None:
        """Takes in the body and returns once the client has hung up."""
        while (message := await self._receive())["type"] != "http.disconnect":
            if self._ended:
                continue
            self._kept = message.get("body", b"")
            self._ended = not message.get("more_body", False)
            if self._asked:
                self._asked = False
                self.ask()
            if self._kept and not self._ended:
                self._taken = event()
                await self._taken.wait()
                self._taken = None
        self.gone = True


async def reply(send: Send, answer: Answer) -> bool:
    """Sends the answer to a request. False if the client has hung up."""
    status, headers, body = answer[:3]
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    try:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
    except OSError:
        return False
    return True


async def lifespan(receive: Receive, send: Send) -> None:
    """Goes along with the server's beginning and its end, at which there is nothing to do."""
    ended = False
    while not ended:
        message = await receive()
        ended = message["type"] == "lifespan.shutdown"
        await send({"type": f"{message['type']}.complete"})
