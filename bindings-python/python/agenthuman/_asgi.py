"""What ASGI says to an app and hears from it, as the relay needs it."""

from __future__ import annotations

from urllib.parse import quote, unquote

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


def target(scope: Scope) -> tuple[str, str]:
    """A request's path from where the app is mounted, with nothing decoded, and its query with the `?`."""
    raw: bytes | None = scope.get("raw_path")
    path = quote(scope["path"]) if raw is None else raw.partition(b"?")[0].decode("latin-1")
    root: str = scope.get("root_path", "")
    # A proxy may have taken off what the server was told to be under, and the mount adds to it all the same.
    for above in (root, root.removeprefix(scope.get("app_root_path", ""))):
        below = _below(path, above.rstrip("/"))
        if below is not None:
            path = below
            break
    query: str = scope["query_string"].decode("latin-1")
    return path or "/", f"?{query}" if query else ""


def _below(path: str, above: str) -> str | None:
    """What of a path that is not decoded is below one that is."""
    end = 0
    while end != -1:
        end = path.find("/", end + 1)
        if unquote(path[:end] if end != -1 else path) == above:
            return path[end:] if end != -1 else ""
    return None


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


async def reply(send: Send, answer: Answer) -> None:
    """Sends the answer to a request."""
    status, headers, body = answer
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    try:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
    except OSError:
        # The client has hung up, so that nobody is left to answer.
        pass


async def lifespan(receive: Receive, send: Send) -> None:
    """Goes along with the server's beginning and its end, at which there is nothing to do."""
    ended = False
    while not ended:
        message = await receive()
        ended = message["type"] == "lifespan.shutdown"
        await send({"type": f"{message['type']}.complete"})
