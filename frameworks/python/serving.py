"""Starts a server program and waits until it accepts connections."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

HERE = Path(__file__).parent
LIMIT = 60
"""Seconds that anything here may take."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextlib.contextmanager
def serving(module: str, *arguments: str, port: int, environment: dict[str, str]) -> Iterator[str]:
    """The address of a server that `python -m` starts, until the block ends."""
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], cwd=HERE, env=environment)
    try:
        limit = time.monotonic() + LIMIT
        while True:
            assert process.poll() is None, f"{module} ended with {process.returncode}"
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert time.monotonic() < limit, f"{module} does not accept connections"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def get(url: str) -> str:
    """The text of a response with a status of success."""
    with build_opener(ProxyHandler({})).open(url, timeout=LIMIT) as response:
        return response.read().decode()
