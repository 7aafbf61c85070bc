"""A server on a raw socket that sends canned responses and records the requests."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from typing_extensions import Self

TIME = "2024-01-15T10:30:00Z"


def session_row(number: object, **fields: object) -> dict[str, object]:
    """Returns a session as the service sends it: the fields that every response has, and others."""
    required = {"session_id": number, "agent_id": 7, "session_type": "voice", "status": "active", "started_at": TIME}
    return {**required, **fields}


def session_values(id: str = "5", **fields: object) -> dict[str, object]:
    """Returns a session in canonical form: the fields that every response has, and others."""
    required = {"id": id, "agent_id": "7", "session_type": "voice", "status": "active", "started_at": TIME}
    return {**required, **fields}


def message_values(id: str = "1", **fields: object) -> dict[str, object]:
    """Returns a message in canonical form: the fields that every response has, and others."""
    required = {"id": id, "session_id": "5", "role": "user", "content": "Hello", "created_at": TIME}
    return {**required, **fields}


def agent_values(id: str = "5", **fields: object) -> dict[str, object]:
    """Returns an agent in canonical form: the fields that every response has, and others."""
    required = {"id": id, "name": "Ada", "language": "en", "status": "active", "created_at": TIME}
    return {**required, **fields}


def key_values(id: str = "1", last4: str = "wxyz") -> dict[str, object]:
    """Returns the description of a key in canonical form."""
    return {"id": id, "name": "ci", "environment": "test", "prefix": "ah_test_", "last4": last4, "created_at": TIME}


def user_values(id: str = "1") -> dict[str, object]:
    """Returns a user in canonical form."""
    return {"id": id, "email": "ada@example.com", "created_at": TIME}


class Request:
    """A received request."""

    def __init__(self, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        self.method = method
        self.path = urlsplit(target).path
        self.query = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
        self.headers = headers
        self.body = body

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def credential(self) -> str:
        key, token = "x-api-key" in self.headers, "authorization" in self.headers
        assert not (key and token), "both credentials were sent"
        return "api_key" if key else "token" if token else "none"

    def parts(self) -> dict[str, tuple[dict[str, str], bytes]]:
        """The parts of a multipart body: the parameters of their header, and their content."""
        boundary = self.headers["content-type"].partition("boundary=")[2].strip('"').encode()
        parts = {}
        for part in self.body.split(b"--" + boundary)[1:-1]:
            head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            about: dict[str, str] = {}
            for line in head.decode().split("\r\n"):
                name, _, value = line.partition(": ")
                if name.lower() == "content-type":
                    about["content_type"] = value
                for item in value.split("; ")[1:]:
                    key, _, text = item.partition("=")
                    about[key] = text.strip('"').replace('\\"', '"').replace("%22", '"')
            parts[about["name"]] = (about, content.removesuffix(b"\r\n"))
        return parts


class Answer:
    """A response. `cut` is added to `Content-Length`; `silent` sends nothing and keeps the connection open."""

    def __init__(
        self,
        status: int = 200,
        body: Any = None,
        *,
        text: str | None = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        cut: int = 0,
        silent: bool = False,
    ) -> None:
        self.silent = silent
        encoded = content if content is not None else (json.dumps(body) if text is None else text).encode()
        lines = {"content-type": "application/json", "content-length": str(len(encoded) + cut), "connection": "close"}
        lines.update({name.lower(): value for name, value in (headers or {}).items()})
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.bytes = f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + encoded


class Listener:
    """Accepts connections on a free port, and serves each on a thread of its own with `serve`."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        # close() alone does not interrupt accept().
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()


class Server(Listener):
    """Responds to one request per connection with `answer`."""

    def __init__(self, answer: Callable[[Request], Answer] | Answer) -> None:
        self.answer: Callable[[Request], Answer] = answer if callable(answer) else lambda _: answer
        self.requests: list[Request] = []
        self.dropped = threading.Event()
        """Set when a client disconnects during a silent response."""
        self.requested = threading.Event()
        self._closing = threading.Event()
        super().__init__()
        self.url = f"http://{self.address}"

    def __exit__(self, *error: object) -> None:
        self._closing.set()
        super().__exit__(*error)

    def serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            try:
                request = _read(stream)
                if request is None:
                    return
                self.requests.append(request)
                answer = self.answer(request)
                self.requested.set()
                if not answer.silent:
                    connection.sendall(answer.bytes)
                    return
                connection.settimeout(30)
                if connection.recv(1) == b"":
                    self.dropped.set()
            except (OSError, ValueError):
                # The client disconnected, perhaps within a chunk size.
                self.dropped.set()


def _read(stream: BinaryIO) -> Request | None:
    first = stream.readline().decode()
    if not first:
        return None
    method, target, _ = first.split(" ")
    headers = {}
    while line := stream.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(stream.readline(), 16):
            body += stream.read(size)
            stream.readline()
        stream.readline()
    else:
        body = stream.read(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body)
