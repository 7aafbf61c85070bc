"""A bare blocking socket with a hand-made request: the minimum cost of a call."""

import socket

from rows import HEADERS


class Connection:
    def __init__(self, base):
        host, _, prefix = base.removeprefix("http://").partition("/")
        self.path = f"/{prefix}/v1/sessions" if prefix else "/v1/sessions"
        name, _, port = host.partition(":")
        self.socket = socket.create_connection((name, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        self.rest = f" {self.path} HTTP/1.1\r\nhost: {host}\r\n{headers}"
        self.get = f"GET{self.rest}\r\n".encode()
        self.post = f"POST{self.rest}content-type: application/json\r\ncontent-length: ".encode()

    def exchange(self, request):
        """Returns the body of the response, which has a Content-Length."""
        self.socket.sendall(request)
        read = self.socket.recv(65536)
        head = read.find(b"\r\n\r\n") + 4
        at = read.find(b"content-length: ", 0, head) + 16
        whole = head + int(read[at : read.find(b"\r", at)])
        if len(read) == whole:
            return read[head:]
        buffer = bytearray(whole)
        buffer[: len(read)] = read
        view, have = memoryview(buffer), len(read)
        while have < whole:
            have += self.socket.recv_into(view[have:])
        return bytes(view[head:])

    def create(self, body):
        return self.exchange(self.post + b"%d\r\n\r\n%b" % (len(body), body))
