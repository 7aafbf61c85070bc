"""The native module: client, calls, lists, the base of the models, and the relay."""

from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from typing import Any, Generic, Literal, SupportsIndex, TypeVar, final, overload

from typing_extensions import Self, disjoint_base

from ._step import RelayStep, Step, Waiter

__all__ = [
    "VERSION",
    "Call",
    "Cassette",
    "Client",
    "Exchange",
    "Field",
    "ItemIterator",
    "ItemList",
    "Mailbox",
    "Model",
    "NativeError",
    "NotGiven",
    "Opened",
    "Pager",
    "Relay",
    "Reply",
    "error_line",
    "forked",
    "item_list_from_json",
    "refusal",
    "stop",
]

_M = TypeVar("_M", bound=Model)

VERSION: str

class NativeError(Exception):
    """An error. Its argument is the JSON of the error's fields."""

@final
class NotGiven:
    """The type of the default of parameters for which None has a meaning of its own."""

    def __new__(cls) -> Self: ...
    def __bool__(self) -> bool: ...
    def __reduce__(self) -> tuple[Any, tuple[()]]: ...

@disjoint_base
class Model:
    """A model of the API. Models are immutable, compare by value, and can be pickled."""

    __match_args__: tuple[str, ...]

    def __new__(cls, items: ItemList[Any], index: int) -> Self: ...
    @classmethod
    def from_dict(cls, values: dict[str, Any], /) -> Self:
        """Creates a model from its canonical form, such as the result of `to_dict`."""
    @classmethod
    def from_json(cls, text: str, /) -> Self:
        """Creates a model from canonical JSON, such as the result of `to_json`."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this version does not know, as received."""
    def to_dict(self) -> dict[str, Any]:
        """Returns the canonical form: ids as strings, instants in RFC 3339, secrets unmasked.

        Fields that the service did not send are missing.
        """
    def to_json(self) -> str:
        """Returns the canonical form as JSON, with secrets unmasked."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: Any, /) -> Self: ...
    def __reduce__(self) -> tuple[Any, tuple[str]]: ...

@disjoint_base
class Field:
    """Reads a field of an item, like a `property`."""

    def __new__(cls, function: Callable[[Any], Any]) -> Self: ...
    def __set_name__(self, owner: type[Any], name: str) -> None: ...
    def __get__(self, instance: Any, owner: Any = None, /) -> Any: ...
    def __set__(self, instance: Any, value: Any, /) -> None: ...
    def __delete__(self, instance: Any, /) -> None: ...
    @property
    def __name__(self) -> str: ...
    @property
    def fget(self) -> Callable[[Any], Any]:
        """The function, as in `property`, for tools that read annotations."""

@final
class ItemList(Sequence[_M], Generic[_M]):
    """An immutable list of models."""

    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> _M: ...
    @overload
    def __getitem__(self, key: slice, /) -> list[_M]: ...
    def __iter__(self) -> Iterator[_M]: ...
    def index(self, value: Any, start: int = 0, stop: int | None = None, /) -> int:
        """Returns the index of the first model that equals `value`."""
    def count(self, value: Any, /) -> int:
        """Returns the number of models that equal `value`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[Any, tuple[type[_M], str]]: ...

@final
class ItemIterator(Iterator[_M]):
    """Iterates over the items."""

    def __next__(self) -> _M: ...
    def __length_hint__(self) -> int: ...

def item_list_from_json(class_: type[_M], json: str) -> ItemList[_M]:
    """Creates a list from canonical JSON, which pickle stores."""

@final
class Reply:
    """A successful response."""

    def one(self, class_: type[_M]) -> _M:
        """Returns the model of the response."""
    def items(self, class_: type[_M]) -> ItemList[_M]:
        """Returns the models of the response."""
    def json(self) -> Any:
        """Returns the JSON of the response."""
    @property
    def next(self) -> str | None:
        """The cursor of the next page."""
    @property
    def status(self) -> int: ...
    @property
    def request_id(self) -> str | None: ...
    @property
    def headers(self) -> list[tuple[str, str]]:
        """Names in lower case, and values."""
    @property
    def attempts(self) -> str:
        """The attempts as JSON."""

@final
class Mailbox:
    """The steps for one event loop."""

    def __new__(cls, wake: Callable[[Mailbox], object] | None = None) -> Self:
        """`wake` is called from another thread with the mailbox, and must make the loop call `deliver`."""
    def fileno(self) -> int:
        """Returns the descriptor that is readable when there are steps to deliver."""
    def deliver(self) -> None:
        """Passes each step to its waiter, unless the waiter is done."""

@final
class Call:
    """A call. Dropping or cancelling it drops its request."""

    def step(self) -> Step:
        """Waits for the next step. Ctrl-C interrupts the wait, and drops the request."""
    def step_to(self, mailbox: Mailbox, waiter: Waiter[Step]) -> None:
        """Puts the next step into the mailbox for `waiter`, unless the call is cancelled."""
    def supply_credential(self, text: str) -> None: ...
    def supply_chunk(self, chunk: bytes) -> None:
        """An empty chunk ends the file."""
    def supply_response(self, json: str) -> None:
        """The JSON of a response, for a mock."""
    def claim(self) -> None:
        """Takes over the session that the call opened. Otherwise it is ended when the call is dropped."""
    def stored(self) -> None: ...
    def fail(self, why: str) -> None:
        """Reports that the user's code failed. `why` names the class of the exception, and contains no secret."""
    def made_within(self, kind: str) -> None:
        """Records that the call was made inside the client's own function for a credential. Before the first step."""

    def cancel(self) -> str | None:
        """Drops the request. Returns a note for the user, if the interruption has consequences."""

@final
class Client:
    """A client."""

    def __new__(cls, config: dict[str, Any]) -> Self: ...
    @staticmethod
    def mock(surface: str) -> Client:
        """A client for tests, whose calls ask for their responses."""
    def call(self, operation: str, params: dict[str, Any], options: dict[str, Any] | None) -> Call:
        """Starts an operation. Nothing is sent until the first step."""
    def pages(self, operation: str, params: dict[str, Any], options: dict[str, Any] | None) -> Pager:
        """Starts an iteration over a list."""
    def request(
        self, method: str, path: str, body: Any, credential: str | None, options: dict[str, Any] | None
    ) -> Call:
        """Starts a request to a path without an operation."""
    def close(self) -> None: ...
    def timeout(self) -> float:
        """Returns the default timeout of calls, in seconds."""

    def elsewhere(self, name: str) -> str | None: ...
    def summary(self) -> str:
        """Returns a summary as JSON, with secrets masked."""

@final
class Cassette:
    """A cassette."""

    def __new__(cls, path: str | PathLike[str], mode: str) -> Self: ...
    def client(self, config: dict[str, Any]) -> Client:
        """Creates a client that records or replays."""
    def mode(self) -> Literal["record", "replay"]: ...
    def unplayed(self) -> list[str]: ...
    def check_all_played(self) -> None: ...
    def close(self) -> None: ...
    def discard(self) -> None: ...

@final
class Pager:
    """An iteration over the pages of a list."""

    def next(self) -> Call | None:
        """Returns the call for the next page, or None after the last."""
    def again(self) -> Pager:
        """Returns a new iteration from the beginning."""

@final
class Relay:
    """A relay."""

    def __new__(cls, client: Client, rooms: Client | None, options: dict[str, Any]) -> Self: ...
    def handle(self, method: str, target: str, headers: list[tuple[str, str]]) -> Exchange:
        """Starts handling a request. Nothing happens until the first step."""

@final
class Exchange:
    """A request to the relay. Dropping or cancelling it drops its request to the API."""

    def step_to(self, mailbox: Mailbox, waiter: Waiter[RelayStep]) -> None:
        """Puts the next step into the mailbox for `waiter`, unless the exchange is cancelled."""
    def supply_chunk(self, chunk: bytes) -> None:
        """Passes a chunk of the body. An empty chunk ends it. Ignored if the body is not needed any more."""
    def supply_user(self, user: str | None) -> None: ...
    def supply_decision(self, decision: Any) -> None:
        """Passes the policy's decision.

        Raises:
            TypeError: If it cannot be represented in JSON. The question stays open.
        """
    def noted(self) -> None:
        """Reports that `on_open` has returned."""
    def supply_credential(self, text: str) -> None: ...
    def fail(self, why: str) -> None:
        """Reports that the user's code failed. `why` names the class of the exception, and contains no secret."""
    def cancel(self) -> None: ...

@final
class Opened:
    """A session that a request to the relay opened."""

    def undelivered(self) -> None:
        """Ends the session, since its response was not sent."""

def error_line(
    code: str,
    message: str,
    suggestion: str | None,
    status: int | None,
    operation: str | None,
    request_id: str | None,
) -> str:
    """Formats an error in one line."""

def refusal(operation: str, parameter: str, why: str) -> NativeError:
    """Creates the error for an invalid argument."""

def stop() -> None:
    """Waits until no thread of the runtime is inside Python, and keeps them out. Called at exit."""

def forked() -> None:
    """Resets the state after a fork. Called in the child."""
