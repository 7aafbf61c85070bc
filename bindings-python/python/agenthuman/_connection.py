"""The parts that the sync and the async client share: the native client, the user's functions, and starting calls."""

from __future__ import annotations

import atexit
import os
import sys
from contextvars import ContextVar

from ._file import file_spec
from ._generated.errors import error_from_info
from ._native import Call, Client, NativeError, Pager, forked, refusal, stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, ClassVar

    from typing_extensions import Self

    from ._generated.errors import AgentHumanError
    from ._hooks import Hook
    from ._model import Model
    from ._watch import Watch

atexit.register(stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forked)

_modules = sys.modules


def error_from_json(text: str) -> AgentHumanError:
    """Returns the exception for an error of the native half."""
    from json import loads

    return error_from_info(loads(text))


def error_from_native(error: NativeError) -> AgentHumanError:
    """Returns the exception for an error that the native half raised."""
    return error_from_json(error.args[0])


def watch(operation: str, surface: str) -> Watch | None:
    """Returns a watch for a call, if the program has imported logging or tracing and enabled it."""
    if "logging" in _modules or "opentelemetry.trace" in _modules:
        from ._watch import start_watch

        return start_watch(operation, surface)
    return None


def warn(text: str) -> None:
    """Logs a warning, if the program uses logging."""
    if "logging" in _modules:
        _modules["logging"].getLogger("agenthuman").warning("%s", text)


def credential_text(kind: str, value: object) -> str:
    """Returns the credential that the user's function returned.

    Raises:
        TypeError: If it is not a string.
    """
    if not isinstance(value, str):
        raise TypeError(f"the {kind} function must return str; got {type(value).__name__}")
    return value


class Running:
    """A running credential function. A call inside it that needs the same credential would wait for itself."""

    __slots__ = ("_before", "is_active", "kind", "native")

    def __init__(self, native: Client, kind: str) -> None:
        self.native = native
        self.kind = kind
        self.is_active = True

    def __enter__(self) -> None:
        self._before = _running.set((*_running.get(), self))

    def __exit__(self, *error: object) -> None:
        # A task that the function started has a copy of the context, and may outlive it.
        self.is_active = False
        _running.reset(self._before)


_running: ContextVar[tuple[Running, ...]] = ContextVar("agenthuman_running", default=())


maker: ContextVar[Callable[[dict[str, Any]], Client]] = ContextVar("agenthuman_maker", default=Client)
"""Creates the native client. A cassette sets it while it creates one of its own clients."""


def note(error: BaseException, text: str | None) -> None:
    """Adds a note about an interrupted call to the exception that interrupted it, and logs the note."""
    if text is None:
        return
    if sys.version_info >= (3, 11):
        error.add_note(text)
    else:
        # The attribute that Python 3.11 prints, and that libraries for older versions read.
        error.__dict__["__notes__"] = [*getattr(error, "__notes__", ()), text]
    # The exception of a cancelled task is often not printed.
    warn(text)


def _pem(option: str, value: str | os.PathLike[str] | bytes | None) -> str | None:
    """Returns a path, or the text of a PEM file. The core tells them apart."""
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, bytes):
        return os.fspath(value)
    try:
        return value.decode("ascii")
    except UnicodeDecodeError:
        raise error_from_native(refusal("client", option, f"{option} must be the text of a PEM file")) from None


def _runtime() -> str:
    names = {"cpython": "CPython", "graalpy": "GraalPy", "pypy": "PyPy"}
    name = sys.implementation.name
    return f"{names.get(name, name)} {'.'.join(map(str, sys.version_info[:3]))}"


class PendingCall:
    """A call that has not been sent yet, and the user's functions that it may need."""

    __slots__ = ("call", "on_progress", "operation", "read", "store", "timeout")

    def __init__(self, operation: str, call: Call) -> None:
        self.operation = operation
        self.timeout: float | None = None
        self.call = call
        self.read: Callable[[], Any] | None = None
        self.on_progress: Callable[[int, int | None], Any] | None = None
        self.store: tuple[Callable[[Any], Any], type[Model]] | None = None

    def fail(self, error: Exception) -> None:
        """Reports to the core that the user's code failed, with the class only: the text could contain a secret."""
        self.call.fail(f"raised {type(error).__name__}")

    def supply_credential(self, kind: str, value: object) -> None:
        """Passes the credential that the user's function returned to the core."""
        self.call.supply_credential(credential_text(kind, value))


class Connection:
    """The native client, its credential functions, and the defaults of calls."""

    __slots__ = ("functions", "hooks", "max_retries", "native", "respond", "surface", "timeout")

    functions: dict[str, Callable[[], Any]]
    native: Client
    is_async: ClassVar[bool]
    timeout: float | None
    """The default for calls; None: that of the native client."""
    max_retries: int | None
    hooks: dict[str, Hook]
    respond: Callable[[str], Any] | None
    """Of a mock: makes the JSON of a response from that of the call."""
    surface: str
    """The contract of the service."""

    @classmethod
    def mock(cls, respond: Callable[[str], Any], surface: str) -> Self:
        """A client for tests, which sends nothing."""
        self = cls()
        self.functions = {}
        self.hooks = {}
        self.timeout = self.max_retries = None
        self.respond = respond
        self.surface = surface
        self.native = Client.mock(surface)
        return self

    @classmethod
    def open(
        cls,
        api_key: object,
        token: object,
        api_key_file: str | os.PathLike[str] | None,
        api_key_command: str | Sequence[str] | None,
        environment: str | None,
        base_url: str | None,
        timeout: float | None,
        max_rate_limit_wait: float | None,
        hooks: dict[str, object],
        connect_timeout: float | None,
        ca_file: str | os.PathLike[str] | None,
        client_cert: str | os.PathLike[str] | bytes | None,
        client_key: str | os.PathLike[str] | bytes | None,
        proxy: str | None,
        app_info: Mapping[str, str] | None,
        allow_insecure_http: bool,
        max_retries: int | None,
        max_response_bytes: int | None,
        headers: Mapping[str, str] | None,
        routes: Mapping[str, str] | None,
        surface: str,
        max_open: int | str | None,
    ) -> Self:
        """Creates a client. Nothing is sent."""
        self = cls()
        self.functions = {}
        self.timeout = self.max_retries = None
        self.hooks = {name: cls._hook(name, hook) for name, hook in hooks.items() if hook is not None}
        self.respond = None
        self.surface = surface
        config: dict[str, Any] = {
            "base_url": base_url,
            "surface": surface,
            "max_open": max_open,
            "api_key": self._credential("api_key", api_key),
            "token": self._credential("token", token),
            "environment": environment,
            "timeout": timeout,
            "max_rate_limit_wait": max_rate_limit_wait,
            "hooks": list(self.hooks),
            "connect_timeout": connect_timeout,
            "ca_file": None if ca_file is None else os.fspath(ca_file),
            # The variable of requests, and of libraries that use it.
            "ca_variable": "REQUESTS_CA_BUNDLE",
            "client_cert": _pem("client_cert", client_cert),
            "client_key": _pem("client_key", client_key),
            "proxy": proxy,
            "app_info": None if app_info is None else dict(app_info),
            "package": {"language": "python", "runtime": _runtime()},
            "allow_insecure_http": allow_insecure_http,
            "max_retries": max_retries,
            "max_response_bytes": max_response_bytes,
            "headers": list(headers.items()) if headers else [],
            "routes": list(routes.items()) if routes else [],
        }
        if sum(way is not None for way in (api_key, api_key_file, api_key_command)) > 1:
            why = "set only one of api_key, api_key_file and api_key_command"
            raise error_from_native(refusal("client", "api_key", why))
        if api_key_file is not None:
            config["api_key"] = {"file": os.fspath(api_key_file)}
        if api_key_command is not None:
            is_line = isinstance(api_key_command, str)
            config["api_key"] = {"command": api_key_command if is_line else list(api_key_command)}
        try:
            self.native = maker.get()(config)
        except NativeError as error:
            raise error_from_native(error) from None
        return self

    def copy(self, into: type[C], timeout: float | None = None, max_retries: int | None = None) -> C:
        """Returns another connection with the same native client."""
        copy = into()
        copy.functions = self.functions
        copy.native = self.native
        copy.hooks = self.hooks
        copy.respond = self.respond
        copy.surface = self.surface
        copy.timeout = self.timeout if timeout is None else timeout
        copy.max_retries = self.max_retries if max_retries is None else max_retries
        return copy

    @classmethod
    def _hook(cls, name: str, function: Any) -> Hook:
        from ._hooks import Hook

        if not callable(function):
            raise error_from_native(refusal("client", name, f"{name} must be a function"))
        hook = Hook(name, function)
        if hook.is_async and not cls.is_async:
            why = f"{name} must be a plain function; only AsyncAgentHuman accepts a coroutine function"
            raise error_from_native(refusal("client", name, why))
        return hook

    def mark(self, call: Call) -> None:
        """Tells the core if the call is made inside a credential function of this client."""
        for running in _running.get():
            if running.is_active and running.native is self.native:
                call.made_within(running.kind)

    def _credential(self, name: str, value: object) -> object:
        if not callable(value):
            return value
        self.functions[name] = value
        return {"function": True}

    def summary(self, name: str) -> str:
        """Formats a `repr` with the credentials masked."""
        from json import loads

        summary = loads(self.native.summary())
        return f"{name}({', '.join(f'{option}={value!r}' for option, value in summary.items())})"

    def missing(self, path: str, name: str) -> AttributeError:
        """Returns the error for an attribute that a client has not, which names the class that has it."""
        why = None if name.startswith("_") else self.native.elsewhere(f"{path}{name}")
        return AttributeError(why or f"the client has no attribute {path}{name}", name=name)

    def _options(
        self, timeout: float | None, max_retries: int | None, extra_headers: Mapping[str, str] | None
    ) -> dict[str, Any] | None:
        if timeout is None:
            timeout = self.timeout
        if max_retries is None:
            max_retries = self.max_retries
        if timeout is None and max_retries is None and not extra_headers:
            return None
        headers = list(extra_headers.items()) if extra_headers else []
        return {"timeout": timeout, "max_retries": max_retries, "headers": headers}

    def start(
        self,
        operation: str,
        params: dict[str, Any],
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> PendingCall:
        """Starts an operation."""
        options = self._options(timeout, max_retries, extra_headers)
        try:
            return PendingCall(operation, self.native.call(operation, params, options))
        except NativeError as error:
            raise error_from_native(error) from None

    def start_pages(
        self,
        operation: str,
        params: dict[str, Any],
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> Callable[[], Pager]:
        """Prepares an iteration over a list, and returns the function that starts it."""
        options = self._options(timeout, max_retries, extra_headers)
        try:
            # Invalid parameters raise an error here, and not when the iteration starts.
            first = self.native.pages(operation, params, options)
        except NativeError as error:
            raise error_from_native(error) from None
        return first.again

    def start_upload(
        self,
        operation: str,
        params: dict[str, Any],
        file_name: str | None,
        content_type: str | None,
        on_progress: Callable[[int, int | None], object] | None,
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> PendingCall:
        """Starts an operation with a file."""
        params["file"], read = file_spec(params["file"], file_name, content_type, on_progress is not None)
        pending = self.start(operation, params, timeout, max_retries, extra_headers)
        pending.read = read
        pending.on_progress = on_progress
        pending.timeout = timeout if timeout is not None else self.timeout
        return pending

    def start_stored(
        self,
        operation: str,
        params: dict[str, Any],
        model: type[Model],
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> PendingCall:
        """Starts an operation that passes its model to the user's `store`."""
        store = params["store"]
        params["store"] = store is not None
        pending = self.start(operation, params, timeout, max_retries, extra_headers)
        pending.store = (store, model)
        return pending

    def start_request(
        self,
        method: str,
        path: str,
        body: object,
        credential: str | None,
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> PendingCall:
        """Starts a request to a path without an operation."""
        options = self._options(timeout, max_retries, extra_headers)
        try:
            return PendingCall("request", self.native.request(method, path, body, credential, options))
        except NativeError as error:
            raise error_from_native(error) from None


if TYPE_CHECKING:
    from typing import TypeVar

    C = TypeVar("C", bound=Connection)
