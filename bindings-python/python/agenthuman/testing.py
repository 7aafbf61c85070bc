"""Tests without a server: a client whose responses the test provides, and models made from their fields.

    from agenthuman.testing import Mock, session

    mock = Mock()
    mock.on("sessions.create").returns(session(id="5", status="active"))

    created = mock.client.sessions.create(agent_id="7")

    assert created.id == "5"
    assert mock.calls[0].params == {"agent_id": "7"}

A client of a mock checks parameters and returns models and errors as any other client, and sends nothing. It needs no
credential and no sandbox. With pytest, the fixture `agenthuman_mock` is a new `Mock` for each test.

`RoomsMock`, the fixture `agenthuman_rooms_mock` and the factories in `rooms` are the same for `agenthuman.rooms`.
"""

# pyright: reportPrivateUsage=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from ._cassette import Cassette
from ._factory import DUMMY_KEY, DUMMY_TOKEN
from ._generated.client import AgentHuman
from ._generated.errors import AgentHumanError, error_classes
from ._generated.rooms import testing as rooms
from ._generated.rooms.client import AgentHumanRooms
from ._generated.testing import (
    RETURNS,
    Operations,
    agent,
    api_key_info,
    auth_token,
    avatar,
    created_api_key,
    created_avatar,
    message,
    message_exchange,
    new_api_key_info,
    otp_requested,
    role,
    session,
    uploaded_avatar,
    user,
    voice,
)
from ._model import Model
from ._page import Page
from ._sync import SyncConnection

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import TypeAlias

    from typing_extensions import Self

    from ._async import AsyncConnection
    from ._generated.async_client import AsyncAgentHuman
    from ._generated.rooms.async_client import AsyncAgentHumanRooms
    from ._generated.testing import ErrorCode

    Answer: TypeAlias = Callable[["MockCall"], Any]
    """What makes a response, or raises."""

__all__ = [
    "DUMMY_KEY",
    "DUMMY_TOKEN",
    "Cassette",
    "ListStub",
    "Mock",
    "MockCall",
    "NothingStub",
    "OneStub",
    "RequestStub",
    "RoomsMock",
    "Stub",
    "UnexpectedCallError",
    "agent",
    "api_key_info",
    "auth_token",
    "avatar",
    "created_api_key",
    "created_avatar",
    "message",
    "message_exchange",
    "new_api_key_info",
    "otp_requested",
    "role",
    "rooms",
    "session",
    "uploaded_avatar",
    "user",
    "voice",
]

M = TypeVar("M", bound=Model)
V = TypeVar("V")
C = TypeVar("C")
A = TypeVar("A")


class UnexpectedCallError(AssertionError):
    """A call of an operation for which the mock has no response."""


@dataclass(frozen=True)
class MockCall:
    """A call that a mock received."""

    operation: str
    """The operation, such as `sessions.create`; `request` is `client.request`."""
    params: dict[str, Any]
    """The parameters that were passed, by name. A file is a dict of what is known of it; its content is not read."""
    options: dict[str, Any]
    """The options that were passed for this call: `timeout`, `max_retries` and `headers`."""


class _Mocked(Generic[C, A]):
    """Responses for the clients of a contract, by operation."""

    _surface: ClassVar[str]
    _returns: ClassVar[Mapping[str, tuple[str, type[Model] | None]]]
    """What the operations return."""
    _module: ClassVar[str]
    """The prefix of the factories of the contract's models."""

    def __init__(self) -> None:
        self.calls: list[MockCall] = []
        """Every call that passed the checks of its parameters, in order."""
        self._stubs: dict[str, Stub[Any]] = {}
        self._lock = Lock()
        self._async_client: A | None = None
        self.client: C = self._make(SyncConnection.mock(self._respond, self._surface))
        """The sync client."""

    @property
    def async_client(self) -> A:
        """The client for asyncio and trio."""
        if self._async_client is None:
            from ._async import AsyncConnection

            self._async_client = self._make_async(AsyncConnection.mock(self._respond_later, self._surface))
        return self._async_client

    @staticmethod
    def _make(connection: SyncConnection) -> C:
        raise NotImplementedError

    @staticmethod
    def _make_async(connection: AsyncConnection) -> A:
        raise NotImplementedError

    if not TYPE_CHECKING:

        def on(self, operation: str) -> Any:
            """Returns what configures the responses of an operation. Responses from an earlier `on` are removed.

            Raises:
                ValueError: If the operation is unknown.
            """
            returns = self._returns.get(operation)
            if returns is None:
                raise ValueError(f"unknown operation {operation!r}.{_nearest(operation, self._returns)}")
            answer, model = returns
            stub = self._stubs[operation] = _STUBS[answer](operation, model)
            return stub

        def assert_calls(self, *operations: str) -> None:
            """Asserts that these operations were called, in this order, and no others."""
            called = [call.operation for call in self.calls]
            if called != list(operations):
                raise AssertionError(f"expected calls of {list(operations)}; got {called}")

    def assert_all_called(self) -> None:
        """Asserts that every response was used, and that no call was unexpected."""
        unused = [
            f"{operation} ({stub.used} of {len(stub)} responses)"
            for operation, stub in self._stubs.items()
            if stub.used < max(1, len(stub))
        ]
        if unused:
            raise AssertionError(f"responses that were not used: {', '.join(unused)}")
        unexpected = [call.operation for call in self.calls if not self._stubs.get(call.operation)]
        if unexpected:
            raise AssertionError(f"unexpected calls of {unexpected}")

    def reset(self) -> None:
        """Removes all responses and recorded calls."""
        self._stubs.clear()
        self.calls.clear()

    def _respond(self, text: str) -> str:
        stub, value = self._answer(text)
        if hasattr(value, "__await__"):
            if hasattr(value, "close"):
                value.close()
            raise TypeError("the function is async; use async_client, or a plain function")
        return stub.text(value)

    async def _respond_later(self, text: str) -> str:
        stub, value = self._answer(text)
        return stub.text(await value if hasattr(value, "__await__") else value)

    def _answer(self, text: str) -> tuple[Stub[Any], Any]:
        """Records a call, and returns what it is answered with."""
        call = MockCall(**json.loads(text))
        with self._lock:
            self.calls.append(call)
            stub = self._stubs.get(call.operation)
            answer = stub.take() if stub is not None else None
        if stub is None or answer is None:
            # The values may be secrets.
            names = f" with {', '.join(call.params)}" if call.params else ""
            raise UnexpectedCallError(
                f"unexpected call of {call.operation}{names}. Add {self._example(call.operation)}"
            )
        return stub, answer(call)

    def _example(self, operation: str) -> str:
        """How to configure an operation."""
        answer, model = self._returns[operation]
        name = (
            "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in model.__name__) if model else ""
        )
        made = f"{self._module}{name.lstrip('_')}()"
        values = {"one": made, "list": f"[{made}]", "nothing": "None", "request": "{}"}
        return f'mock.on("{operation}").returns({values[answer]})'


class Mock(_Mocked[AgentHuman, "AsyncAgentHuman"], Operations):
    """Responses for the clients `client` and `async_client`, by operation.

    Both clients may be used by many threads and event loops.
    """

    _surface = "server"
    _returns = RETURNS
    _module = ""

    @staticmethod
    def _make(connection: SyncConnection) -> AgentHuman:
        return AgentHuman._from_connection(connection)

    @staticmethod
    def _make_async(connection: AsyncConnection) -> AsyncAgentHuman:
        from ._generated.async_client import AsyncAgentHuman

        return AsyncAgentHuman._from_connection(connection)


class RoomsMock(_Mocked[AgentHumanRooms, "AsyncAgentHumanRooms"], rooms.Operations):
    """The same for the clients of `agenthuman.rooms`. `rooms` has the factories of their models.

    The session that `sessions.open` returns is ended by `sessions.end`, which needs a response too.
    """

    _surface = "rooms"
    _returns = rooms.RETURNS
    _module = "rooms."

    @staticmethod
    def _make(connection: SyncConnection) -> AgentHumanRooms:
        return AgentHumanRooms._from_connection(connection)

    @staticmethod
    def _make_async(connection: AsyncConnection) -> AsyncAgentHumanRooms:
        from ._generated.rooms.async_client import AsyncAgentHumanRooms

        return AsyncAgentHumanRooms._from_connection(connection)


class _Text(str):
    """The JSON of a response."""

    __slots__ = ()


class Stub(Generic[V]):
    """The responses of one operation. Each is used once, in the order in which they were added; the last one is used
    for all calls that follow."""

    def __init__(self, operation: str, model: type[Model] | None) -> None:
        self._operation = operation
        self._model = model
        self._answers: list[Answer] = []
        self.used = 0
        """How many of the responses have been used."""

    def __len__(self) -> int:
        return len(self._answers)

    def raises(
        self,
        error: ErrorCode | type[AgentHumanError] | Exception,
        *,
        message: str | None = None,
        suggestion: str | None = None,
        status: int | None = None,
        details: Any = None,
        request_id: str | None = None,
        retryable: bool | None = None,
        retry_after: float | None = None,
        outcome_unknown: bool | None = None,
        phase: str | None = None,
        parameter: str | None = None,
    ) -> Self:
        """Adds an error.

        Args:
            error: The code or the class of the error, or an exception to raise as it is.
            message: The description. Default: by the kind of error, as for all fields.
            suggestion: How to fix it.
            status: The HTTP status.
            details: Further details from the service.
            request_id: The service's id of the request.
            retryable: Whether the same call may succeed later.
            retry_after: Seconds to wait before the next call.
            outcome_unknown: Whether a write may have taken effect although the call failed.
            phase: The phase of the call that failed, such as `connect`.
            parameter: The invalid parameter.

        Raises:
            ValueError: If the code is unknown.
        """
        if isinstance(error, Exception):
            return self._add(_raising(error))
        code = error if isinstance(error, str) else error.code
        if code not in error_classes:
            raise ValueError(f"unknown error code {code!r}.{_nearest(code, error_classes)}")
        fields = {
            "code": code,
            "message": message,
            "suggestion": suggestion,
            "status": status,
            "details": details,
            "request_id": request_id,
            "retryable": retryable,
            "retry_after": retry_after,
            "outcome_unknown": outcome_unknown,
            "phase": phase,
            "parameter": parameter,
        }
        return self._add_text(
            json.dumps({"error": {name: value for name, value in fields.items() if value is not None}})
        )

    def responds(self, function: Callable[[MockCall], V | Awaitable[V]]) -> Self:
        """Adds a function that is called with the `MockCall`, and returns what `returns` takes or raises. With
        `async_client` it may be a coroutine function."""
        return self._add(function)

    def text(self, value: Any) -> str:
        """The JSON of the response that an answer made."""
        return value if isinstance(value, _Text) else self._json(value)

    def take(self) -> Answer | None:
        """The answer to the next call."""
        if not self._answers:
            return None
        answer = self._answers[min(self.used, len(self._answers) - 1)]
        self.used = min(self.used + 1, len(self._answers))
        return answer

    def _json(self, value: Any) -> str:
        """The JSON of a response with this value."""
        raise NotImplementedError

    def _add(self, answer: Answer) -> Self:
        self._answers.append(answer)
        return self

    def _add_values(self, values: Sequence[Any]) -> Self:
        if not values:
            raise TypeError("returns() takes at least one value")
        for text in [self._json(value) for value in values]:
            self._add_text(text)
        return self

    def _add_text(self, text: str) -> Self:
        ready = _Text(text)
        return self._add(lambda _: ready)

    def _model_json(self, value: Any) -> str:
        """The JSON of a model, or of its canonical form as a dict."""
        assert self._model is not None
        if isinstance(value, Mapping):
            value = self._model.from_dict(dict(value))
        if not isinstance(value, self._model):
            raise TypeError(f"{self._operation} returns {self._model.__name__}; got {type(value).__name__}")
        return value.to_json()


class OneStub(Stub["M | Mapping[str, Any]"], Generic[M]):
    """The responses of an operation that returns one model."""

    def returns(self, *values: M | Mapping[str, Any]) -> Self:
        """Adds responses: models, or dicts of canonical fields.

        Raises:
            TypeError: If a value is not the operation's model.
            ValueError: If a dict is not the operation's model.
        """
        return self._add_values(values)

    def _json(self, value: Any) -> str:
        return f'{{"body":{self._model_json(value)}}}'


class ListStub(Stub["Sequence[M | Mapping[str, Any]] | Page[M]"], Generic[M]):
    """The responses of an operation that returns a list."""

    def returns(self, *pages: Sequence[M | Mapping[str, Any]] | Page[M], next: str | None = None) -> Self:
        """Adds responses, each of which is one page.

        Args:
            *pages: The items of each page, or a `Page`.
            next: The cursor of the page after the last of these.

        Raises:
            TypeError: If an item is not the operation's model.
            ValueError: If a dict is not the operation's model.
        """
        if next is None or not pages:
            return self._add_values(pages)
        *before, last = [self._page(page) for page in pages]
        for items, cursor in (*before, (last[0], next)):
            self._add_text(_page_json(items, cursor))
        return self

    def pages(self, *pages: Sequence[M | Mapping[str, Any]]) -> Self:
        """Adds one list of several pages, which can be iterated over any number of times: each call gets the page that
        its parameter `after` names.

        Raises:
            TypeError: If an item is not the operation's model.
            ValueError: If a dict is not the operation's model.
        """
        cursors = [None, *(f"page-{number}" for number in range(2, len(pages) + 1)), None]
        texts = {cursors[at]: _Text(_page_json(self._page(page)[0], cursors[at + 1])) for at, page in enumerate(pages)}
        return self._add(lambda call: texts.get(call.params.get("after"), _Text(_page_json("", None))))

    def _json(self, value: Any) -> str:
        return _page_json(*self._page(value))

    def _page(self, page: Any) -> tuple[str, str | None]:
        """The JSON of the items, and the cursor of the next page."""
        if isinstance(page, (Model, Mapping, str)):
            raise TypeError(f"{self._operation} returns a list of models; got {type(page).__name__}")
        items, following = (page.items, page.next) if isinstance(page, Page) else (page, None)
        return ",".join(self._model_json(item) for item in items), following


class NothingStub(Stub[None]):
    """The responses of an operation that returns nothing."""

    def returns(self, value: None = None) -> Self:
        """Adds a success."""
        return self._add_values([value])

    def _json(self, value: Any) -> str:
        if value is not None:
            raise TypeError(f"{self._operation} returns None; got {type(value).__name__}")
        return "{}"


class RequestStub(Stub[Any]):
    """The responses of `client.request`."""

    def returns(self, *values: Any) -> Self:
        """Adds responses: any JSON values.

        Raises:
            TypeError: If JSON cannot represent a value.
        """
        return self._add_values(values)

    def _json(self, value: Any) -> str:
        return json.dumps({"body": value}, allow_nan=False)


_STUBS: dict[str, type[Stub[Any]]] = {
    "one": OneStub,
    "list": ListStub,
    "nothing": NothingStub,
    "request": RequestStub,
}


def _page_json(items: str, following: str | None) -> str:
    return f'{{"body":[{items}],"next":{json.dumps(following)}}}'


def _raising(error: Exception) -> Answer:
    def answer(_: MockCall) -> Any:
        raise error

    return answer


def _nearest(name: str, known: Mapping[str, object]) -> str:
    nearest = get_close_matches(name, known, 1)
    return f" Did you mean {nearest[0]!r}?" if nearest else ""
