"""The native half: a client, its calls, its lists, what models stand on, and the relay. It knows no operation and no
error."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, SupportsIndex, TypeVar, final, overload

from typing_extensions import Self, disjoint_base

from ._step import RelayStep, Step, Waiter

__all__ = [
    "VERSION",
    "Call",
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
    """Carries the JSON of an error's fields."""

@final
class NotGiven:
    """That a parameter is not given, where None says something else."""

    def __new__(cls) -> Self: ...
    def __bool__(self) -> bool: ...
    def __reduce__(self) -> tuple[Any, tuple[()]]: ...

@disjoint_base
class Model:
    """A value of the API. It cannot be changed, compares by value, and can be pickled."""

    __match_args__: tuple[str, ...]

    def __new__(cls, items: ItemList[Any], index: int) -> Self: ...
    @classmethod
    def from_dict(cls, values: dict[str, Any], /) -> Self:
        """The model of a canonical form, such as `to_dict` gives."""
    @classmethod
    def from_json(cls, text: str, /) -> Self:
        """The model of canonical JSON, such as `to_json` gives."""
    @property
    def extra(self) -> dict[str, Any]:
        """What the service sent beside the fields known here, as it came."""
    def to_dict(self) -> dict[str, Any]:
        """The canonical form: ids as text, instants as the service wrote them, secrets as they are.

        A field that the service did not send is absent.
        """
    def to_json(self) -> str:
        """The canonical form as JSON, secrets as they are."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: Any, /) -> Self: ...
    def __reduce__(self) -> tuple[Any, tuple[str]]: ...

@disjoint_base
class Field:
    """Reads a field of an item. It stands in for `property`."""

    def __new__(cls, function: Callable[[Any], Any]) -> Self: ...
    def __set_name__(self, owner: type[Any], name: str) -> None: ...
    def __get__(self, instance: Any, owner: Any = None, /) -> Any: ...
    def __set__(self, instance: Any, value: Any, /) -> None: ...
    def __delete__(self, instance: Any, /) -> None: ...
    @property
    def __name__(self) -> str: ...
    @property
    def fget(self) -> Callable[[Any], Any]:
        """As a property has it, for tools that read annotations."""

@final
class ItemList(Sequence[_M], Generic[_M]):
    """The models of a list. It cannot be changed."""

    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> _M: ...
    @overload
    def __getitem__(self, key: slice, /) -> list[_M]: ...
    def __iter__(self) -> Iterator[_M]: ...
    def index(self, value: Any, start: int = 0, stop: int | None = None, /) -> int:
        """The place of the first model that equals `value`."""
    def count(self, value: Any, /) -> int:
        """How many models equal `value`."""
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[Any, tuple[type[_M], str]]: ...

@final
class ItemIterator(Iterator[_M]):
    """Iterates over the items."""

    def __next__(self) -> _M: ...
    def __length_hint__(self) -> int: ...

def item_list_from_json(class_: type[_M], json: str) -> ItemList[_M]:
    """The list of canonical JSON, as pickle keeps it."""

@final
class Reply:
    """A success."""

    def one(self, class_: type[_M]) -> _M:
        """The one model of the answer."""
    def items(self, class_: type[_M]) -> ItemList[_M]:
        """The models of the answer."""
    def json(self) -> Any:
        """The answer's JSON."""
    @property
    def next(self) -> str | None:
        """The cursor of the next page."""
    @property
    def status(self) -> int: ...
    @property
    def request_id(self) -> str | None: ...
    @property
    def headers(self) -> list[tuple[str, str]]:
        """Names, in lower case, and values."""
    @property
    def attempts(self) -> str:
        """JSON of the tries."""

@final
class Mailbox:
    """Where the steps for one event loop wait."""

    def __new__(cls, wake: Callable[[Mailbox], object] | None = None) -> Self:
        """A function is called from another thread with the mailbox, and is to have the loop call its `deliver`."""
    def fileno(self) -> int:
        """The descriptor that is ready to be read when there is something to deliver."""
    def deliver(self) -> None:
        """Hands each step to the one who waits for it, unless that one is done with waiting."""

@final
class Call:
    """A call. Dropping or cancelling it drops its request."""

    def step(self) -> Step:
        """Waits for the next step. Ctrl-C ends the wait, and drops the request."""
    def step_to(self, mailbox: Mailbox, waiter: Waiter[Step]) -> None:
        """Has the next step put into the mailbox for `waiter`, which is like a future, unless the call is cancelled."""
    def supply_credential(self, text: str) -> None: ...
    def supply_chunk(self, chunk: bytes) -> None:
        """An empty chunk ends the file."""
    def stored(self) -> None: ...
    def fail(self, why: str) -> None:
        """What was asked for cannot be had; `why` is the name of a class, and quotes nothing."""
    def made_within(self, kind: str) -> None:
        """Records that the call was made inside the client's own function for a credential. Before the first step."""

    def cancel(self) -> str | None:
        """Drops the request. Returns what the user has to know of a call that is interrupted at this moment."""

@final
class Client:
    """A client made from its options."""

    def __new__(cls, config: dict[str, Any]) -> Self: ...
    def call(self, operation: str, params: dict[str, Any], options: dict[str, Any] | None) -> Call:
        """Starts an operation. Nothing is sent until the first step."""
    def pages(self, operation: str, params: dict[str, Any], options: dict[str, Any] | None) -> Pager:
        """Starts walking a list."""
    def request(
        self, method: str, path: str, body: Any, credential: str | None, options: dict[str, Any] | None
    ) -> Call:
        """Starts a request that no operation stands for."""
    def close(self) -> None: ...
    def timeout(self) -> float:
        """Seconds that a call has, unless it has a timeout of its own."""

    def summary(self) -> str:
        """JSON of what may be shown of it."""

@final
class Pager:
    """A walk through a list."""

    def next(self) -> Call | None:
        """The call of the next page, or None after the last."""
    def again(self) -> Pager:
        """Another walk, from the beginning."""

@final
class Relay:
    """A relay made from its options."""

    def __new__(cls, client: Client, options: dict[str, Any]) -> Self: ...
    def handle(self, method: str, target: str, headers: list[tuple[str, str]]) -> Exchange:
        """Begins to answer a request. Nothing happens until the first step."""

@final
class Exchange:
    """A request that is being answered. Dropping or cancelling it drops its request to the API."""

    def step_to(self, mailbox: Mailbox, waiter: Waiter[RelayStep]) -> None:
        """Has the next step put into the mailbox for `waiter`, which is like a future, unless the exchange is
        cancelled."""
    def supply_chunk(self, chunk: bytes) -> None:
        """An empty chunk ends the body. One that comes too late is not needed."""
    def supply_user(self, user: str | None) -> None: ...
    def supply_decision(self, decision: Any) -> None:
        """What JSON does not have is a TypeError, and leaves the question open."""
    def supply_credential(self, text: str) -> None: ...
    def fail(self, why: str) -> None:
        """What was asked for cannot be had; `why` is the name of a class, and quotes nothing."""
    def cancel(self) -> None: ...

@final
class Opened:
    """A session that a request to the relay has opened."""

    def undelivered(self) -> None:
        """The response could not be sent, so the session is ended."""

def error_line(
    code: str,
    message: str,
    suggestion: str | None,
    status: int | None,
    operation: str | None,
    request_id: str | None,
) -> str:
    """An error in one line."""

def refusal(operation: str, parameter: str, why: str) -> NativeError:
    """The error of an argument that Python's half refuses."""

def stop() -> None:
    """Called at exit: no thread of the runtime enters Python from here on, and those inside have left."""

def forked() -> None:
    """Called in the child of a fork, where the threads that were inside are gone."""
