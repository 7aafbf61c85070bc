"""What a sync and an async client share: the native client, the user's functions, and how calls begin."""

from __future__ import annotations

import atexit
import os

from ._encode import error_from_json, options_json, params_json, value_json
from ._file import describe
from ._native import Call, Client, NativeError, forked, stop, unconvertible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ._model import Model

atexit.register(stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forked)


class Started:
    """A call of which nothing is sent yet, and the user's functions that it may need."""

    __slots__ = ("call", "on_progress", "read", "store")

    def __init__(
        self,
        call: Call,
        read: Callable[[], Any] | None = None,
        on_progress: Callable[[int, int | None], Any] | None = None,
        store: Callable[[dict[str, Any]], Any] | None = None,
    ) -> None:
        self.call = call
        self.read = read
        self.on_progress = on_progress
        self.store = store

    def fail(self, error: Exception) -> None:
        """Tells the core that the user's code failed, by the class alone: the text could quote a secret."""
        self.call.fail(f"raised {type(error).__name__}")

    def supply_credential(self, kind: str, value: object) -> None:
        """Hands over what the user's function gave, if it is text."""
        if not isinstance(value, str):
            raise TypeError(f"the function for {kind} gave {type(value).__name__}, not str")
        self.call.supply_credential(value)


class Connection:
    """The native client, and the functions that give its credentials."""

    __slots__ = ("functions", "native")

    def __init__(
        self,
        api_key: object,
        token: object,
        api_key_file: str | os.PathLike[str] | None,
        base_url: str | None,
        timeout: float | None,
        connect_timeout: float | None,
        max_retries: int | None,
        max_body: int | None,
        headers: Mapping[str, str] | None,
        routes: Mapping[str, str] | None,
    ) -> None:
        self.functions: dict[str, Callable[[], Any]] = {}
        config: dict[str, Any] = {
            "base_url": base_url,
            "api_key": self._credential("api_key", api_key),
            "token": self._credential("token", token),
            "timeout": timeout,
            "connect_timeout": connect_timeout,
            "max_retries": max_retries,
            "max_body": max_body,
            "headers": list(headers.items()) if headers else [],
            "routes": list(routes.items()) if routes else [],
        }
        if api_key_file is not None:
            if api_key is not None:
                why = "api_key_file was given beside api_key; give one of them"
                raise error_from_json(unconvertible("client", "api_key_file", why))
            config["api_key"] = {"file": os.fspath(api_key_file)}
        try:
            self.native = Client(params_json("client", config))
        except NativeError as failed:
            raise error_from_json(failed.args[0]) from None

    def _credential(self, name: str, given: object) -> object:
        if not callable(given):
            return given
        self.functions[name] = given
        return {"function": True}

    def shown(self, name: str) -> str:
        """A `repr` with the credentials masked."""
        from json import loads

        summary = loads(self.native.summary())
        return f"{name}({', '.join(f'{option}={value!r}' for option, value in summary.items())})"

    def start(
        self,
        operation: str,
        params: dict[str, Any],
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> Started:
        """Begins an operation."""
        options = options_json(timeout, max_retries, extra_headers)
        return Started(self.native.call(operation, params_json(operation, params), options))

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
    ) -> Started:
        """Begins an operation that carries a file."""
        params["file"], read = describe(params["file"], file_name, content_type, on_progress is not None)
        started = self.start(operation, params, timeout, max_retries, extra_headers)
        started.read = read
        started.on_progress = on_progress
        return started

    def start_stored(
        self,
        operation: str,
        params: dict[str, Any],
        model: type[Model],
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> Started:
        """Begins an operation that hands its model to the user's `store` on the way."""
        store = params["store"]
        params["store"] = store is not None
        started = self.start(operation, params, timeout, max_retries, extra_headers)

        def keep(created: dict[str, Any]) -> object:
            return store(model(created))

        started.store = keep
        return started

    def start_request(
        self,
        method: str,
        path: str,
        body: object,
        credential: str | None,
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> Started:
        """Begins a request that no operation stands for."""
        sent = None if body is None else value_json("request", "body", body)
        options = options_json(timeout, max_retries, extra_headers)
        return Started(self.native.request(method, path, sent, credential, options))
