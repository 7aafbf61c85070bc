"""The relay: an ASGI app that a backend mounts, so that its phone apps use AgentHuman without an API key.

    from agenthuman import AsyncAgentHuman, relay
    from fastapi import FastAPI

    USERS = {"a-token-of-your-app": "ada"}  # in place of your own check

    def authorize(request):
        return USERS.get(request.token)  # None is no

    def policy(user, wish):  # None is no, too
        return {"agents": ["1"]} if wish["operation"] == "agents.list" else {"agent_id": "1"}

    app = FastAPI()
    app.mount("/agenthuman", relay.asgi_app(AsyncAgentHuman(), authorize=authorize, policy=policy))

It runs in FastAPI, in Starlette, and by itself under any ASGI server, on asyncio and on trio. A request whose client
hangs up, or whose task is cancelled, is dropped with its request to the API.

The logger `agenthuman.relay` gets every exception of `authorize`, `policy` and credential functions at ERROR, with its
traceback, in which API keys, JWTs and the request's own token are redacted. It gets every response of 500 and above at
WARNING, with its cause. The phone gets nothing of either.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from inspect import isawaitable, iscoroutinefunction
from typing import cast

from . import AgentHuman, AsyncAgentHuman
from ._arguments import suggesting
from ._asgi import Body, lifespan, reply, target
from ._connection import credential_text, error_from_native
from ._loop import Threads, event, stepped, unless
from ._native import NativeError, Relay, refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from typing import Any, TypeAlias

    from ._asgi import Receive, Scope, Send
    from ._connection import Connection
    from ._native import Exchange, Opened
    from ._step import Answer, RelayQuestion, RelayStep

    Authorize: TypeAlias = Callable[["Request"], str | Awaitable[str | None] | None]
    Decision: TypeAlias = dict[str, Any] | "Refused" | None
    Policy: TypeAlias = Callable[[str, dict[str, Any]], Decision | Awaitable[Decision]]

__all__ = ["App", "Headers", "Refused", "Request", "asgi_app"]

_logger = logging.getLogger("agenthuman.relay")


class Refused:
    """A policy's decision to reject a request. The user gets the reason, if there is one."""

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
    """A request's headers by name, in any case. The values of a name that came more than once are joined by `, `."""

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
        # The values are the user's secrets.
        return f"<Headers {', '.join(self._values)}>"


class Request:
    """A request as `authorize` sees it."""

    __slots__ = ("headers", "method", "path", "scope", "token")

    method: str
    path: str
    """Its path from where the relay is mounted, as it came."""
    headers: Headers
    token: str | None
    """The app's own token: what follows `Bearer` in `Authorization`."""
    scope: Scope
    """ASGI's scope, with what the middleware in front of the relay put into it."""

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
    """A relay as an ASGI app; `asgi_app` makes it."""

    __slots__ = ("_authorize", "_client", "_functions", "_native", "_policy", "_threads")

    def __init__(
        self, client: AgentHuman | AsyncAgentHuman, native: Relay, authorize: Authorize, policy: Policy
    ) -> None:
        self._client = client
        self._functions = _connection(client).functions
        self._native = native
        self._authorize = authorize
        self._policy = policy
        self._threads = Threads()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles ASGI's requests and lifespan events. Web sockets are closed."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise NotImplementedError("the relay supports HTTP only")

    def __repr__(self) -> str:
        return f"<relay.App for {self._client!r}>"

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
            _tell_of(answer)
            return await reply(send, answer)

        try:
            sent = await unless(body.arrive, respond)
        finally:
            if not sent:
                for session in opened:
                    session.undelivered()

    async def _answer(
        self, exchange: Exchange, body: Body, opened: list[Opened], request: Callable[[], Request]
    ) -> Answer | None:
        """Steps through an exchange to its answer, and runs the backend's functions where they are asked for."""
        try:
            step = await stepped(exchange)
            # A function may take its cancellation for an error, or for nothing.
            while not body.gone:
                if step[0] == "done":
                    if step[5] is not None:
                        opened.append(step[5])
                    return step[1:]
                # The next step is waited for meanwhile: the relay waits only so long for a body, or for a function.
                if step[0] == "chunk":
                    body.ask()
                    step = await stepped(exchange)
                else:
                    step = await self._run(exchange, step, request)
            return None
        finally:
            exchange.cancel()

    async def _run(self, exchange: Exchange, step: RelayQuestion, request: Callable[[], Request]) -> RelayStep:
        """Runs one of the backend's functions until the step after it, which comes without it if it takes too long."""
        over = False

        async def run() -> None:
            try:
                supply = await self._ask(exchange, step, request)
                if not over:
                    supply()
            except Exception as error:
                # One that is cancelled may raise what it likes.
                if not over:
                    _tell_raised(step[0], error, request())
                    exchange.fail(f"raised {type(error).__name__}")
            await event().wait()

        async def follow() -> RelayStep:
            nonlocal over
            try:
                return await stepped(exchange)
            finally:
                over = True

        following = await unless(run, follow)
        assert following is not None, "a function that has run waits for the step"
        return following

    async def _called(self, function: Callable[..., Any], *args: object) -> Any:
        result = function(*args) if iscoroutinefunction(function) else await self._threads.run(function, *args)
        return await result if isawaitable(result) else result

    async def _ask(
        self, exchange: Exchange, step: RelayQuestion, request: Callable[[], Request]
    ) -> Callable[[], object]:
        """Runs one of the backend's functions, and returns what hands its value over."""
        if step[0] == "authorize":
            user = await self._called(self._authorize, request())
            if not (user is None or isinstance(user, str)):
                raise _WrongTypeError(f"authorize must return str or None; got {type(user).__name__}")
            return lambda: exchange.supply_user(user)
        if step[0] == "policy":
            decision = _decision(await self._called(self._policy, step[1], step[2]))

            def supply() -> None:
                try:
                    exchange.supply_decision(decision)
                except TypeError as error:
                    raise _WrongTypeError(f"policy returned a dict that {error}") from None

            return supply
        credential = credential_text(step[1], await self._called(self._functions[step[1]]))
        return lambda: exchange.supply_credential(credential)


@suggesting
def asgi_app(
    client: AgentHuman | AsyncAgentHuman,
    *,
    authorize: Authorize,
    policy: Policy,
    secrets: Sequence[str] | None = None,
    audience: str | None = None,
    origins: Sequence[str] = (),
    grant_seconds: int | None = None,
    session_seconds: int | None = None,
    max_request_bytes: int | None = None,
    requests_per_minute: int | None = None,
    open_sessions_per_user: int | None = None,
    function_timeout: float | None = None,
) -> App:
    """A relay, to be mounted (`app.mount("/agenthuman", relay_app)`) or run by an ASGI server as it is.

    Both functions may be plain ones, which run in a thread as they may block, or coroutine functions. If one raises, or
    returns a wrong type, the logger `agenthuman.relay` gets the exception, and the phone a plain 500. A copy of the
    relay in each process needs the same secrets, and nothing else in common.

    Args:
        client: What calls the API. Its credentials may be functions of either kind. What `with_options` set is for
            calls made by hand only.
        authorize: Says who sends a request, by the app's own token: the user's id (1 to 256 bytes), or None where the
            token is not good. Requests without an Authorization header do not come here. An id with a control
            character, or that is not valid Unicode, is an error.
        policy: Says what becomes of a user's wish. It is given the user's id, and the wish as a dict, whose `operation`
            says what it is. To open a session (`agent_id`, `session_type` and `metadata` as the phone gave them, or
            None, and `open_sessions`, how many others the user has open) it gives `agent_id`, and if need be
            `session_type`, `metadata`, `operations` (names of those that the grant allows), `grant_seconds` and
            `session_seconds`. To see `agents` (all of them) it gives `agents`, the ids of those that are shown. None
            or a `Refused` is no.
        secrets: What grants are signed with, at least 32 bytes each: the first signs, all verify, so that secrets can
            be rotated. AGENTHUMAN_RELAY_SECRETS, separated by commas, if not given.
        audience: Whom the grants are for. Relays that share secrets, and must not accept each other's grants, have
            different ones.
        origins: The origins of web front ends that may call from a browser, such as `https://app.example.com`.
        grant_seconds: How long a grant is good: 1 second to 365 days, 15 minutes by default.
        session_seconds: How long after a session's begin its grants can be renewed: 1 second to 365 days, 8 hours by
            default.
        max_request_bytes: The largest body of a request, in bytes: at least 1, and 65,536 by default.
        requests_per_minute: The maximum number of requests of each user, at each copy of the relay. Default: 30, half
            of what the API allows to a key. 0 is no limit.
        open_sessions_per_user: The maximum number of sessions that a user has open at once, at each copy of the relay.
            Default: 3. 0 is no limit. A session whose grant has expired unrenewed is ended when its place is needed.
        function_timeout: The time limit of each run of `authorize`, `policy` and a function that returns a credential,
            in seconds: more than 0, and at most 600. Default: 10. After it the phone gets 503; a coroutine is
            cancelled, and a thread, which cannot be, is left to itself.

    Raises:
        ConfigurationError: An option that cannot be, which `parameter` names, or no secret anywhere.
    """
    connection = _connection(client)
    for name, function in (("authorize", authorize), ("policy", policy)):
        if not callable(function):
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
    }
    given = {name: value for name, value in options.items() if value is not None}
    try:
        native = Relay(connection.native, given)
    except NativeError as error:
        raise error_from_native(error) from None
    return App(client, native, authorize, policy)


def _connection(client: object) -> Connection:
    if not isinstance(client, AgentHuman | AsyncAgentHuman):
        raise error_from_native(
            refusal("relay", "client", f"client must be AgentHuman or AsyncAgentHuman; got {type(client).__name__}")
        )
    return client._connection  # pyright: ignore[reportPrivateUsage]


class _WrongTypeError(TypeError):
    """A function gave what it must not. Its text is of this module, and holds no value."""


def _decision(given: object) -> object:
    if isinstance(given, Refused):
        return {"refused": given.why}
    if given is None or isinstance(given, dict):
        return cast("dict[str, Any] | None", given)
    raise _WrongTypeError(f"policy must return dict, Refused or None; got {type(given).__name__}")


def _tell_raised(what: str, error: Exception, request: Request) -> None:
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


def _tell_of(answer: Answer) -> None:
    status, headers, body, cause, _ = answer
    if status >= 500 or cause is not None:
        from json import loads

        request_id = dict(headers).get(b"x-request-id", b"").decode()
        code = loads(body)["error"]["code"]
        _logger.warning("answered %d %s, request id %s%s", status, code, request_id, f": {cause}" if cause else "")
