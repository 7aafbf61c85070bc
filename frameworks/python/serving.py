"""Starts a server program and waits until it accepts connections."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

HERE = Path(__file__).parent
LIMIT = 60
"""The timeout of everything here, in seconds."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextlib.contextmanager
def serving(module: str, *arguments: str, port: int, environment: dict[str, str]) -> Iterator[str]:
    """Starts a server with `python -m`, and yields its URL. The server stops at the end of the block."""
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


SESSION = (
    b'{"session": {"session_id": 1, "agent_id": 7, "session_type": "voice", "status": "active", '
    b'"started_at": "2024-01-15T10:30:00Z"}}'
)


class Together(ThreadingHTTPServer):
    """An API that holds back each response until so many requests are in flight at the same time."""

    daemon_threads = True

    def __init__(self, count: int) -> None:
        super().__init__(("127.0.0.1", 0), _Held)
        self.requests = threading.Barrier(count, timeout=LIMIT / 4)
        self.requested = threading.Event()
        self.dropped = threading.Event()
        """Set when a client disconnects without a response."""
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Together:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.requests.abort()
        self.shutdown()
        self.server_close()


class _Held(BaseHTTPRequestHandler):
    server: Together

    def do_GET(self) -> None:
        self.server.requested.set()
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            self.server.requests.wait()
            status, body = 200, SESSION
        except threading.BrokenBarrierError:
            status, body = 400, b'{"error": "the requests did not come together"}'
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _watch(self) -> None:
        """Detects that the client disconnects."""
        with contextlib.suppress(OSError):
            if self.connection.recv(1, socket.MSG_PEEK) == b"":
                self.server.dropped.set()

    def log_message(self, *_: object) -> None:
        pass


def get(url: str) -> str:
    """Returns the text of a successful response."""
    with build_opener(ProxyHandler({})).open(url, timeout=LIMIT) as response:
        return response.read().decode()
