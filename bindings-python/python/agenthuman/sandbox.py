"""A local AgentHuman service for tests: `with agenthuman.sandbox.start() as sandbox: …`.

It is a program of its own, which `pip install agenthuman[sandbox]` brings.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Literal

PROGRAM = "agenthuman-sandbox"
VARIABLE = "AGENTHUMAN_SANDBOX"


class SandboxError(RuntimeError):
    """The sandbox is not installed, or did not start."""


class Sandbox:
    """A sandbox that runs until the `with` block ends. Its data is forgotten then."""

    __slots__ = ("_process", "api_key", "email", "token", "url")

    url: str
    """Where it is, for `base_url`."""
    api_key: str
    """A key of its account."""
    token: str
    """A token of its account."""
    email: str
    """The account's address, for signing in; the codes are in the mailbox, at `/sandbox/mailbox`."""

    def __init__(self, process: subprocess.Popen[str], said: dict[str, str]) -> None:
        self._process = process
        self.url = said["url"]
        self.api_key = said["api_key"]
        self.token = said["token"]
        self.email = said["email"]

    def stop(self) -> None:
        """Ends it; once more does nothing."""
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


def start(*, rate_limit: int | Literal["off"] = "off", faults: tuple[str, ...] = ()) -> Sandbox:
    """Starts a sandbox on a free port of this machine.

    Args:
        rate_limit: Requests a minute for each credential. The real service allows 60.
        faults: Faults to answer with, such as `sessions.create@10%:status=503`; `agenthuman-sandbox --help` has all.

    Raises:
        SandboxError: It is not installed, or did not start.
    """
    from json import loads

    command = [program(), "--port", "0", "--json", "--exit-with-parent", "--rate-limit", str(rate_limit)]
    for fault in faults:
        command += ["--fault", fault]
    # However this process ends, the system closes its end of the pipe, and the sandbox stops.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        assert process.stdin is not None
        process.stdin.close()
        process.stdout.close()
        raise SandboxError(f"{command[0]} ended with {process.wait()} before it served")
    return Sandbox(process, loads(line))


def program() -> str:
    """The program's path: that of AGENTHUMAN_SANDBOX, else that of this Python's packages, else that of PATH.

    Raises:
        SandboxError: It is nowhere.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return given
    folders = [sysconfig.get_path("scripts"), os.path.dirname(sys.executable)]
    if sys.platform != "win32":
        folders.append(sysconfig.get_path("scripts", "posix_user"))
    for folder in [*folders, None]:
        found = shutil.which(PROGRAM, path=folder)
        if found:
            return found
    raise SandboxError(f"the sandbox is not installed; `pip install agenthuman[sandbox]`, or set {VARIABLE}")
