"""The relay: an ASGI app that a backend mounts, so that its phone apps use AgentHuman without an API key.

    from typing import Any

    from agenthuman import AsyncAgentHuman, relay
    from fastapi import FastAPI

    USERS = {"a-token-of-your-app": "ada"}  # replace with your own check

    def authorize(request: relay.Request) -> str | None:
        return USERS.get(request.token or "")  # None: not signed in

    def policy(user: str, request: dict[str, Any]) -> dict[str, Any] | None:  # None: not allowed
        return {"agents": ["1"]} if request["operation"] == "agents.list" else {"agent_id": "1"}

    app = FastAPI()
    app.mount("/agenthuman", relay.asgi_app(AsyncAgentHuman(), authorize=authorize, policy=policy))

It runs in FastAPI, in Starlette, or alone in any ASGI server, on asyncio and trio. If the client disconnects or the
task is cancelled, the relay drops its request to the API.

The logger `agenthuman.relay` receives exceptions of `authorize`, `policy`, `on_open` and credential functions at ERROR,
with a traceback in which API keys, JWTs and the request's token are redacted, and responses of 500 and above at
WARNING, with their cause. The phone receives neither.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from inspect import isawaitable, iscoroutinefunction
from typing import cast

from ._arguments import suggest_options
from ._asgi import Body, lifespan, reply, target
from ._connection import Connection, credential_text, error_from_native
from ._loop import Threads, event, next_step, run_until
from ._native import NativeError, Relay, refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from typing import Any, TypeAlias

    from . import AgentHuman, AsyncAgentHuman
    from ._asgi import Receive, Scope, Send
    from ._native import Exchange, Opened
    from ._step import Answer, RelayQuestion, RelayStep
    from .rooms import AgentHumanRooms, AsyncAgentHumanRooms

    RoomsClient: TypeAlias = AgentHumanRooms | AsyncAgentHumanRooms
    AnyClient: TypeAlias = AgentHuman | AsyncAgentHuman | RoomsClient
    Authorize: TypeAlias = Callable[["Request"], str | Awaitable[str | None] | None]
    Decision: TypeAlias = dict[str, Any] | "Refused" | None
    Policy: TypeAlias = Callable[[str, dict[str, Any]], Decision | Awaitable[Decision]]
    OnOpen: TypeAlias = Callable[[str, dict[str, Any]], object]

__all__ = ["App", "Headers", "Refused", "Request", "asgi_app"]

_logger = logging.getLogger("agenthuman.relay")


class Refused:
    """A policy's decision to reject a request. The phone receives the reason, if there is one."""

    __match_args__ = ("why",)
    __slots__ = ("why",)

    def __init__(self, why: str | None = None) -> None:
        self.why = why

    def __eq__(self, other: object) -> bool:
        return self.why == other.why if isinstance(other, Refused) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.why)

    def __repr__(self) -> str:
        return f"Refused({self.why!r})"


class Headers(Mapping[str, str]):
    """The headers of a request, by case-insensitive name. The values of repeated headers are joined by `, `."""

    __slots__ = ("_values",)

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name.lower(), []).append(value)
        self._values = {name: ", ".join(several) for name, several in values.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        # The values may be secrets.
        return f"<Headers {', '.join(self._values)}>"


class Request:
    """A request: the argument of `authorize`."""

    __slots__ = ("headers", "method", "path", "scope", "token")

    method: str
    path: str
    """The path below the relay's mount point, still encoded."""
    headers: Headers
    token: str | None
    """The app's own token, from the header `Authorization: Bearer …`."""
    scope: Scope
    """The ASGI scope, with the additions of middleware."""

    def __init__(self, scope: Scope, path: str, headers: list[tuple[str, str]]) -> None:
        self.method = scope["method"]
        self.path = path
        self.headers = Headers(headers)
        self.scope = scope
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        self.token = (token.strip() or None) if scheme.lower() == "bearer" else None

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"


class App:
    """A relay as an ASGI app. `asgi_app` creates it."""

    __slots__ = ("_authorize", "_clients", "_native", "_on_open", "_policy", "_threads")

    def __init__(
        self,
        clients: tuple[AnyClient, ...],
        native: Relay,
        authorize: Authorize,
        policy: Policy,
        on_open: OnOpen | None,
    ) -> None:
        self._clients = clients
        self._native = native
        self._authorize = authorize
        self._policy = policy
        self._on_open = on_open
        self._threads = Threads()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles requests and lifespan events of ASGI. Web sockets are closed."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise NotImplementedError("the relay supports HTTP only")

    def __repr__(self) -> str:
        return f"<relay.App for {' and '.join(map(repr, self._clients))}>"

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, query = target(scope)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        exchange = self._native.handle(scope["method"], path + query, headers)
        body = Body(receive, exchange)
        opened: list[Opened] = []
        sent: bool | None = False

        async def respond() -> bool:
            answer = await self._answer(exchange, body, opened, lambda: Request(scope, path, headers))
            if answer is None:
                return False
            _log_response(answer)
            return await reply(send, answer)

        try:
            sent = await run_until(body.receive, respond)
        finally:
            if not sent:
                for session in opened:
                    session.undelivered()

    async def _answer(
        self, exchange: Exchange, body: Body, opened: list[Opened], request: Callable[[], Request]
    ) -> Answer | None:
        """Steps through an exchange to its response, and runs the backend's functions that it needs."""
        try:
            step = await next_step(exchange)
            # A function may catch its cancellation.
            while not body.disconnected:
                if step[0] == "done":
                    if step[5] is not None:
                        opened.append(step[5])
                    return step[1:]
                # The relay has timeouts for bodies and functions, so the next step is awaited in any case.
                if step[0] == "chunk":
                    body.request_chunk()
                    step = await next_step(exchange)
                else:
                    step = await self._run(exchange, step, request)
            return None
        finally:
            exchange.cancel()

    async def _run(self, exchange: Exchange, step: RelayQuestion, request: Callable[[], Request]) -> RelayStep:
        """Runs a function of the backend, and returns the next step, which does not wait for it after the timeout."""
        over = False

        async def run() -> None:
            try:
                supply = await self._ask(exchange, step, request)
                if not over:
                    supply()
            except Exception as error:
                # Exceptions of a cancelled function are ignored.
                if not over:
                    _log_exception(step[0], error, request())
                    exchange.fail(f"raised {type(error).__name__}")
            await event().wait()

        async def follow() -> RelayStep:
            nonlocal over
            try:
                return await next_step(exchange)
            finally:
                over = True

        following = await run_until(run, follow)
        assert following is not None, "`run` waits for its cancellation"
        return following

    def _functions(self, contract: str) -> dict[str, Callable[..., Any]]:
        """Returns the credential functions of the client of a contract."""
        connections = [_connection("client", client) for client in self._clients]
        return next(each.functions for each in connections if each.surface == contract)

    async def _call(self, function: Callable[..., Any], *args: object) -> Any:
        result = function(*args) if iscoroutinefunction(function) else await self._threads.run(function, *args)
        return await result if isawaitable(result) else result

    async def _ask(
        self, exchange: Exchange, step: RelayQuestion, request: Callable[[], Request]
    ) -> Callable[[], object]:
        """Runs a function of the backend, and returns the function that passes its result to the exchange."""
        if step[0] == "authorize":
            user = await self._call(self._authorize, request())
            if not (user is None or isinstance(user, str)):
                raise _WrongTypeError(f"authorize must return str or None; got {type(user).__name__}")
            return lambda: exchange.supply_user(user)
        if step[0] == "policy":
            decision = _decision(await self._call(self._policy, step[1], step[2]))

            def supply() -> None:
                try:
                    exchange.supply_decision(decision)
                except TypeError as error:
                    raise _WrongTypeError(f"policy returned a dict that {error}") from None

            return supply
        if step[0] == "on_open":
            if self._on_open is not None:
                await self._call(self._on_open, step[1], step[2])
            return exchange.noted
        function = self._functions(step[2])[step[1]]
        credential = credential_text(step[1], await self._call(function))
        return lambda: exchange.supply_credential(credential)


@suggest_options
def asgi_app(
    client: AnyClient,
    *,
    rooms: RoomsClient | None = None,
    authorize: Authorize,
    policy: Policy,
    on_open: OnOpen | None = None,
    secrets: Sequence[str] | None = None,
    audience: str | None = None,
    origins: Sequence[str] = (),
    grant_seconds: int | None = None,
    session_seconds: int | None = None,
    max_request_bytes: int | None = None,
    requests_per_minute: int | None = None,
    open_sessions_per_user: int | None = None,
    function_timeout: float | None = None,
    wait_seconds: int | None = None,
) -> App:
    """Creates a relay, to be mounted (`app.mount("/agenthuman", relay_app)`) or run by an ASGI server.

    The functions may be coroutine functions, or plain functions, which run in a thread since they may block. If one
    raises an exception or returns a wrong type, the logger `agenthuman.relay` receives the exception, and the phone a
    plain 500. Copies of the relay in several processes need the same secrets, and share nothing else.

    Args:
        client: The client that calls the API: `AgentHuman` for sessions with agents, `AgentHumanRooms` for sessions in
            rooms, or their asynchronous twins. Its credentials may be functions of either kind. Defaults that were set
            with `with_options` do not apply.
        rooms: The client for sessions in rooms, if `client` is one for agents. Default: the relay opens no rooms.
        authorize: Returns the user's id (1 to 256 bytes) for the app's own token, or None if the token is invalid.
            Requests without an Authorization header do not reach it. An id that contains control characters or is not
            valid Unicode is an error.
        policy: Decides what a user may do. Its arguments are the user's id and the request as a dict with `operation`.
            For `sessions.create`, the dict has `agent_id`, `session_type` and `metadata` from the phone, or None, and
            `open_sessions`, the number of other open sessions of the user; return a dict with `agent_id` and
            optionally `session_type`, `metadata`, `operations` (the operations that the grant allows), `grant_seconds`
            and `session_seconds`. For `rooms.create`, it has `avatar` and `metadata` from the phone, or None, and
            `open_sessions`; return `avatar`, the `room` that the avatar joins (`Room.livekit(url, token)`),
            `participant_token`, with which the app joins it, and optionally `aspect_ratio`, `metadata`, `operations`,
            `grant_seconds` and `session_seconds`. For `agents.list`, it has `agents`, which are all agents; return
            `agents`, the ids that the user may see. For `sessions.list`, it has `sessions`, the ids of the user's open
            sessions that this copy of the relay knows, and `limit`; return `sessions`, the ids of the user's sessions,
            of which the first `limit` are listed. For `sessions.resume`, it has `session_id`, `agent_id`,
            `session_type`, `status` and `metadata` of a session that the relay opened for the user; return its
            `session_id`, and optionally `operations`, `grant_seconds` and `session_seconds`. Return None or a `Refused`
            to reject the request.
        on_open: Notes a session that was opened for a user, such as in the backend's database, before the phone gets
            it. Its arguments are the user's id and a dict with `session_id`, `agent_id`, `session_type`, `status` and
            `metadata`. If it raises an exception, the session is ended, and the phone gets a plain 500. It is not
            called for sessions in rooms.
        secrets: The secrets that sign grants, at least 32 bytes each. The first signs, all verify, so that secrets can
            be rotated. Default: `AGENTHUMAN_RELAY_SECRETS`, separated by commas.
        audience: The audience of the grants. Relays with the same secrets but different audiences reject each other's
            grants.
        origins: The origins of web front ends that may call from a browser, such as `https://app.example.com`.
        grant_seconds: The lifetime of a grant: 1 second to 365 days. Default: 15 minutes.
        session_seconds: How long after a session was opened or resumed its grants can be renewed: 1 second to 365
            days. Default: 8 hours.
        max_request_bytes: The maximum size of a request body, in bytes: at least 1. Default: 65,536.
        requests_per_minute: The maximum number of requests for each user and copy of the relay. Default: 30, half of
            what the API allows for a key. 0: no limit.
        open_sessions_per_user: The maximum number of open sessions for each user and copy of the relay. Default: 3.
            0: no limit. A session whose grant has expired without renewal is ended when its place is needed.
        function_timeout: The time limit of each run of `authorize`, `policy`, `on_open` and a credential function, in
            seconds: more than 0, and at most 600. Default: 10. After it the phone gets 503; a coroutine is cancelled,
            and a thread, which cannot be stopped, continues.
        wait_seconds: How long a phone's request for new messages may wait for one, in seconds: 0 to 300. Default: 20.
            0: it is answered at once, for hosts that are paid by time or have a thread for each request.

    Raises:
        ConfigurationError: If an option is invalid, which `parameter` names, or if there is no secret.
    """
    connection = _connection("client", client)
    rooms_native = None if rooms is None else _connection("rooms", rooms).native
    for name, function in (("authorize", authorize), ("policy", policy), ("on_open", on_open)):
        if not callable(function) and not (name == "on_open" and function is None):
            raise error_from_native(refusal("relay", name, f"{name} must be a function"))
    options = {
        "secrets": secrets,
        "audience": audience,
        "origins": origins,
        "grant_seconds": grant_seconds,
        "session_seconds": session_seconds,
        "max_request_bytes": max_request_bytes,
        "requests_per_minute": requests_per_minute,
        "open_sessions_per_user": open_sessions_per_user,
        "function_timeout": function_timeout,
        "wait_seconds": wait_seconds,
    }
    set_options = {name: value for name, value in options.items() if value is not None}
    try:
        native = Relay(connection.native, rooms_native, set_options)
    except NativeError as error:
        raise error_from_native(error) from None
    return App((client,) if rooms is None else (client, rooms), native, authorize, policy, on_open)


def _connection(name: str, client: object) -> Connection:
    connection = getattr(client, "_connection", None)
    if not isinstance(connection, Connection):
        raise error_from_native(
            refusal("relay", name, f"{name} must be a client of this package; got {type(client).__name__}")
        )
    return connection


class _WrongTypeError(TypeError):
    """A function returned a wrong type. The text contains no value."""


def _decision(value: object) -> object:
    if isinstance(value, Refused):
        return {"refused": value.why}
    if value is None or isinstance(value, dict):
        return cast("dict[str, Any] | None", value)
    raise _WrongTypeError(f"policy must return dict, Refused or None; got {type(value).__name__}")


def _log_exception(what: str, error: Exception, request: Request) -> None:
    if isinstance(error, _WrongTypeError):
        _logger.error("%s", error)
        return
    if not _logger.isEnabledFor(logging.ERROR):
        return
    import re
    from traceback import format_exception

    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "an unknown place"
    raised = (type(error), error, error.__traceback__)
    record = _logger.makeRecord(
        _logger.name, logging.ERROR, __file__, 0, "%s raised %s at %s", (what, type(error).__name__, place), raised
    )
    text = "".join(format_exception(error)).rstrip()
    if request.token:
        text = text.replace(request.token, "[token]")
    # Formatters print this in place of the exception, whose texts could quote a secret.
    record.exc_text = re.sub(_SECRET, "[redacted]", text)
    _logger.handle(record)


_SECRET = r"ah_(?:live|test)_[0-9A-Za-z]+|eyJ[\w-]+\.[\w-]+\.[\w-]*"  # noqa: S105


def _log_response(answer: Answer) -> None:
    status, headers, body, cause, _ = answer
    if status >= 500 or cause is not None:
        from json import loads

        request_id = dict(headers).get(b"x-request-id", b"").decode()
        code = loads(body)["error"]["code"]
        _logger.warning("answered %d %s, request id %s%s", status, code, request_id, f": {cause}" if cause else "")
