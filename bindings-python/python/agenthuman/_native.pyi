"""The native half: a client, its calls and its lists. It knows no operation and no error."""

from collections.abc import Callable
from typing import Any, final

from ._step import Step

__all__ = ["VERSION", "Call", "Client", "NativeError", "Pager", "Reply", "forked", "stop", "unconvertible"]

VERSION: str

class NativeError(Exception):
    """Carries the JSON of an error's fields."""

@final
class Reply:
    """A success."""

    @property
    def body(self) -> bytes:
        """Canonical JSON."""
    @property
    def next(self) -> str | None:
        """The cursor of the next page."""
    @property
    def status(self) -> int: ...
    @property
    def request_id(self) -> str | None: ...
    @property
    def attempts(self) -> str:
        """JSON of the tries."""

@final
class Call:
    """A call. Dropping or cancelling it drops its request."""

    def step(self) -> Step:
        """Waits for the next step. Ctrl-C ends the wait, and drops the request."""
    def step_then(self, wake: Callable[[Step], Any]) -> None:
        """Gives the next step to `wake`, from another thread. Nobody is woken of a cancelled call."""
    def supply_credential(self, text: str) -> None: ...
    def supply_chunk(self, chunk: bytes) -> None:
        """An empty chunk ends the file."""
    def stored(self) -> None: ...
    def fail(self, why: str) -> None:
        """What was asked for cannot be had; `why` is the name of a class, and quotes nothing."""
    def cancel(self) -> None: ...

@final
class Client:
    """A client made from the JSON of its options."""

    def __new__(cls, config: str) -> Client: ...
    def call(self, operation: str, params: str, options: str) -> Call:
        """Starts an operation. Nothing is sent until the first step."""
    def pages(self, operation: str, params: str, options: str) -> Pager:
        """Starts walking a list."""
    def request(self, method: str, path: str, body: str | None, credential: str | None, options: str) -> Call:
        """Starts a request that no operation stands for."""
    def close(self) -> None: ...
    def summary(self) -> str:
        """JSON of what may be shown of it."""

@final
class Pager:
    """A walk through a list."""

    def next(self) -> Call | None:
        """The call of the next page, or None after the last."""

def unconvertible(operation: str, parameter: str | None, why: str) -> str:
    """The JSON of the error of a value that Python has and JSON has not."""

def stop() -> None:
    """Called at exit: no thread of the runtime enters Python from here on, and those inside have left."""

def forked() -> None:
    """Called in the child of a fork, where the threads that were inside are gone."""
