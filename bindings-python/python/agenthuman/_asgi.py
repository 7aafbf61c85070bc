"""The ASGI protocol of the relay."""

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


MAX_PATH = 128
"""Longer than any path of the relay."""


def target(scope: Scope) -> tuple[str, str]:
    """Returns a request's path below the mount point, still encoded, and its query with the `?`."""
    raw: bytes | None = scope.get("raw_path")
    root: str = scope.get("root_path", "")
    query: str = scope["query_string"].decode("latin-1")
    query = f"?{query}" if query else ""
    # Each character of the mount point has up to twelve encoded characters: four bytes of three characters.
    max_length = MAX_PATH + 12 * len(root)
    full: str = scope["path"] if raw is None else raw.partition(b"?")[0].decode("latin-1")
    if len(full) > max_length:
        return "/", query
    path = quote(full) if raw is None else full
    # A proxy may have removed the server's root path, which is part of `root_path` anyway.
    for above in (root, root.removeprefix(scope.get("app_root_path", ""))):
        below = _below(path, above.rstrip("/"))
        if below is not None:
            path = below
            break
    return path or "/", query


def _below(path: str, above: str) -> str | None:
    """Returns the part of an encoded path below a decoded one, or None, in a time linear in the length of `above`."""
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
    """A request's body. It is read one message ahead, which is enough to notice that the client disconnects, and leaves
    a large body in the server's buffers."""

    __slots__ = ("_buffer", "_consumed", "_ended", "_exchange", "_receive", "_requested", "disconnected")

    disconnected: bool
    """Whether the client has disconnected."""

    def __init__(self, receive: Receive, exchange: Exchange) -> None:
        self._receive = receive
        self._exchange = exchange
        self.disconnected = False
        self._requested = False
        self._ended = False
        self._buffer = b""
        """Received, but not requested yet."""
        self._consumed: Event | None = None
        """Set when the buffer is empty again."""

    def request_chunk(self) -> None:
        """Passes the next chunk to the exchange, now or when it arrives."""
        if self._buffer or self._ended:
            self._exchange.supply_chunk(self._buffer)
            self._buffer = b""
            if self._consumed is not None:
                self._consumed.set()
        else:
            self._requested = True

    async def receive(self) -> None:
        """Receives the body, and returns when the client disconnects."""
        while (message := await self._receive())["type"] != "http.disconnect":
            if self._ended:
                continue
            self._buffer = message.get("body", b"")
            self._ended = not message.get("more_body", False)
            if self._requested:
                self._requested = False
                self.request_chunk()
            if self._buffer and not self._ended:
                self._consumed = event()
                await self._consumed.wait()
                self._consumed = None
        self.disconnected = True


async def reply(send: Send, answer: Answer) -> bool:
    """Sends a response. Returns whether the client was still connected."""
    status, headers, body = answer[:3]
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    try:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
    except OSError:
        return False
    return True


async def lifespan(receive: Receive, send: Send) -> None:
    """Acknowledges the start and the end of the server."""
    ended = False
    while not ended:
        message = await receive()
        ended = message["type"] == "lifespan.shutdown"
        await send({"type": f"{message['type']}.complete"})
