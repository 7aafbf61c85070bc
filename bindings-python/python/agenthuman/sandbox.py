"""A local AgentHuman service for tests.

    import agenthuman
    import agenthuman.sandbox

    with agenthuman.sandbox.start() as sandbox:
        client = agenthuman.AgentHuman(sandbox.api_key, base_url=sandbox.url)

The sandbox is a separate program, in the package agenthuman-sandbox (the extra `agenthuman[sandbox]`). It is not
published yet: install its wheel, or build it with `cargo build --package agenthuman-sandbox` in a checkout, and set
AGENTHUMAN_SANDBOX to its path.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from datetime import datetime
from typing import NamedTuple

from ._arguments import NOT_GIVEN, suggest_options
from ._instant import instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Any, Literal

    from ._arguments import NotGiven

__all__ = [
    "Sandbox",
    "SandboxClock",
    "SandboxError",
    "SandboxFault",
    "SandboxFaults",
    "SandboxMail",
    "SandboxRequest",
    "program",
    "start",
]

PROGRAM = "agenthuman-sandbox"
VARIABLE = "AGENTHUMAN_SANDBOX"
_CONTROL_TIMEOUT = 30
"""Seconds. Longer than any request to the sandbox takes."""


class SandboxError(RuntimeError):
    """The sandbox is not installed, did not start, or rejected a control."""


class SandboxMail(NamedTuple):
    """A mail with a one-time code."""

    id: int
    to: str
    subject: str
    text: str
    code: str
    sent_at: datetime

    def __repr__(self) -> str:
        return f"SandboxMail(id={self.id}, to={self.to!r}, subject={self.subject!r})"


class SandboxFault(NamedTuple):
    """A fault rule, and how often it was applied."""

    rule: str
    calls: int
    """The number of calls that the rule was compared with."""
    fired: int
    """The number of calls that had the fault."""


class SandboxRequest(NamedTuple):
    """A request that the sandbox received."""

    at: datetime
    method: str
    path: str
    """The path without the query. Segments that may be secrets are cut."""
    status: int
    milliseconds: float
    credential: str
    """`api_key`, `token`, `cookie` or `none`."""
    key_id: str | None
    """The id of the API key, if it is known."""
    request_id: str
    """The id that errors have as `request_id`."""


class SandboxClock:
    """The time of a sandbox. It can be moved forward, so that tokens and codes expire."""

    __slots__ = ("_url",)

    def __init__(self, url: str) -> None:
        self._url = url

    def now(self) -> datetime:
        """Returns the sandbox's time."""
        return instant(_control(self._url, "GET", "clock")["now"])

    def advance(self, seconds: int) -> datetime:
        """Moves the time forward by a number of seconds, and returns it."""
        return instant(_control(self._url, "POST", "clock", {"advance_seconds": seconds})["now"])


class SandboxFaults:
    """The simulated failures of a sandbox."""

    __slots__ = ("_url",)

    def __init__(self, url: str) -> None:
        self._url = url

    def list(self) -> list[SandboxFault]:
        """Returns the rules, and how often each was applied."""
        faults = _control(self._url, "GET", "faults")["faults"]
        return [SandboxFault(fault["rule"], fault["calls"], fault["fired"]) for fault in faults]

    def set(self, rules: Iterable[str]) -> None:
        """Replaces the rules with others, such as `sessions.create@3:status=503`.

        Raises:
            SandboxError: If a rule is malformed.
        """
        _control(self._url, "PUT", "faults", {"faults": [*rules]})

    def clear(self) -> None:
        """Removes all rules."""
        _control(self._url, "DELETE", "faults")


class Sandbox:
    """A running sandbox. It stops at the end of the `with` block, and its data is deleted."""

    __slots__ = ("_process", "api_key", "clock", "email", "faults", "token", "url")

    url: str
    """The base URL."""
    api_key: str
    """An API key of the predefined account."""
    token: str
    """A token of the predefined account. `reset` replaces it."""
    email: str
    """The email address of the predefined account. For signing in, `latest_code` returns the codes."""
    clock: SandboxClock
    """The sandbox's clock."""
    faults: SandboxFaults
    """The simulated failures."""

    def __init__(self, process: subprocess.Popen[str], greeting: dict[str, str]) -> None:
        self._process = process
        self.url = greeting["url"]
        self.api_key = greeting["api_key"]
        self.token = greeting["token"]
        self.email = greeting["email"]
        self.clock = SandboxClock(self.url)
        self.faults = SandboxFaults(self.url)

    def reset(self) -> None:
        """Restores the state after the start: data, mails, clock, faults, replies and the log of requests. The key is
        valid again."""
        self.token = _control(self.url, "POST", "reset")["token"]

    def mailbox(self, email: str | None = None) -> list[SandboxMail]:
        """Returns the mails that were sent, the oldest first; with `email` only those to that address."""
        from urllib.parse import urlencode

        query = "" if email is None else "?" + urlencode({"to": email})
        mails = _control(self.url, "GET", f"mailbox{query}")["mails"]
        return [_mail(**mail) for mail in reversed(mails)]

    def latest_code(self, email: str) -> str:
        """Returns the one-time code of the latest mail to an address.

        Raises:
            SandboxError: If no mail was sent to the address.
        """
        mails = self.mailbox(email)
        if not mails:
            raise SandboxError(f"no mail was sent to {email}: call auth.request_otp first")
        return mails[-1].code

    def requests(self) -> list[SandboxRequest]:
        """Returns the requests to the API since the start or the last `reset`, the oldest first; at most 500."""
        return [_request(entry) for entry in _control(self.url, "GET", "log")["entries"]]

    def replies(self, texts: Iterable[str]) -> None:
        """Sets the agent's next replies, in this order. Replaces remaining replies."""
        if isinstance(texts, str):
            raise TypeError("replies must be a list of texts; got one text")
        _control(self.url, "PUT", "replies", {"replies": [*texts]})

    def set_account(
        self,
        *,
        plan: Literal["free", "explorer", "growth", "pro"] | None = None,
        included_minutes: int | NotGiven | None = NOT_GIVEN,
        purchased_minutes: int | None = None,
    ) -> None:
        """Changes the plan and the minutes of the predefined account, for the clients of `agenthuman.rooms`.

        Args:
            plan: The plan, with its maximum of open sessions: 1, 5, 10 or 20. Default: no change.
            included_minutes: The minutes of each month. None: no limit. Default: no change.
            purchased_minutes: The purchased minutes, in place of those that are left. Default: no change.

        Raises:
            SandboxError: If a value is invalid.
        """
        changes: dict[str, object] = {"plan": plan, "purchased_minutes": purchased_minutes}
        changes = {name: value for name, value in changes.items() if value is not None}
        if included_minutes is not NOT_GIVEN:
            changes["included_minutes"] = included_minutes
        _control(self.url, "PUT", "account", changes, self.api_key)

    def leave(self, session_id: str, *, silently: bool = False) -> None:
        """Makes everybody leave the room of a session of `agenthuman.rooms`, which ends it.

        Args:
            session_id: The session's id.
            silently: Whether the service does not notice at once, but after three minutes of the sandbox's clock.

        Raises:
            SandboxError: If there is no such session.
        """
        from urllib.parse import quote

        body = {"gone": "silently"} if silently else {}
        _control(self.url, "POST", f"sessions/{quote(session_id, safe='')}/leave", body, self.api_key)

    def stop(self) -> None:
        """Stops the sandbox, if it is still running."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Sandbox on {self.url}>"


def _control(url: str, method: str, path: str, body: object = None, api_key: str | None = None) -> Any:
    """Sends a request to the control API of the sandbox, without a proxy, and returns the JSON of the response.

    Controls of an account need its API key.

    Raises:
        SandboxError: If the sandbox rejects the request, or the connection fails.
    """
    from http.client import HTTPConnection, HTTPException
    from json import dumps, loads
    from urllib.parse import urlsplit

    connection = HTTPConnection(urlsplit(url).netloc, timeout=_CONTROL_TIMEOUT)
    content = None if body is None else dumps(body)
    headers = {"content-type": "application/json", **({} if api_key is None else {"x-api-key": api_key})}
    try:
        connection.request(method, f"/sandbox/{path}", content, headers)
        response = connection.getresponse()
        text = response.read()
    except (OSError, HTTPException) as error:
        raise SandboxError(f"connecting to the sandbox at {url} failed") from error
    finally:
        connection.close()
    if response.status >= 400:
        raise SandboxError(f"the sandbox rejected {method} /sandbox/{path}: {loads(text)['error']}")
    return loads(text)


def _mail(sent_at: str, **fields: Any) -> SandboxMail:
    return SandboxMail(sent_at=instant(sent_at), **fields)


def _request(entry: dict[str, Any]) -> SandboxRequest:
    key_id = entry["key_id"]
    converted: dict[str, Any] = {"at": instant(entry["at"]), "key_id": None if key_id is None else str(key_id)}
    return SandboxRequest(**{name: converted.get(name, entry[name]) for name in SandboxRequest._fields})


@suggest_options
def start(
    *,
    port: int = 0,
    data: str | os.PathLike[str] | None = None,
    rate_limit: int | str = "off",
    faults: tuple[str, ...] = (),
) -> Sandbox:
    """Starts a sandbox on this machine.

    Args:
        port: The port to listen on. Default: a free port.
        data: A file to keep the data in. Default: the data is in memory.
        rate_limit: Requests per minute for each credential, or "off"; "60/5" is 60 in five seconds, for quick tests.
            Default: "off". The real service allows 60 per minute.
        faults: Failures to simulate, such as `sessions.create@10%:status=503`; `agenthuman-sandbox --help` lists them.

    Raises:
        SandboxError: If the sandbox is not installed, or did not start.
    """
    from json import loads

    command = [program(), "--port", str(port), "--json", "--exit-with-parent", "--rate-limit", str(rate_limit)]
    if data is not None:
        command += ["--data", os.fspath(data)]
    for fault in faults:
        command += ["--fault", fault]
    # When this process ends for any reason, the system closes the pipe, and the sandbox stops.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        assert process.stdin is not None
        process.stdin.close()
        process.stdout.close()
        raise SandboxError(f"{command[0]} exited with status {process.wait()} before it was ready")
    return Sandbox(process, loads(line))


def program() -> str:
    """Returns the path of the program: from AGENTHUMAN_SANDBOX, from this Python's scripts, or from PATH.

    Raises:
        SandboxError: If it is not found.
    """
    program = os.environ.get(VARIABLE)
    if program:
        return program
    folders = [sysconfig.get_path("scripts"), os.path.dirname(sys.executable)]
    if sys.platform != "win32":
        folders.append(sysconfig.get_path("scripts", "posix_user"))
    for folder in [*folders, None]:
        found = shutil.which(PROGRAM, path=folder)
        if found:
            return found
    raise SandboxError(
        f"the sandbox is not installed: the package {PROGRAM} is not published yet; install it from its wheel, or "
        f"build it in a checkout with `cargo build --package {PROGRAM}` and set {VARIABLE} to its path"
    )
