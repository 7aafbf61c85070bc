"""A backend in a container beside the sandbox: see examples/compose.yaml.

POST / with a text starts a conversation with it, and returns the reply; GET / says whether the backend runs.
"""

from __future__ import annotations

import os
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from agenthuman import AgentHuman, AgentHumanError

MAX_BYTES = 10_000

# http is for containers of the same machine. The client sends test keys only.
client = AgentHuman(allow_insecure_http=True)


class Backend(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer(HTTPStatus.OK, "running")

    def do_POST(self) -> None:
        length = int(self.headers["content-length"] or 0)
        if length > MAX_BYTES:
            return self.answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too long")
        try:
            reply = talk(self.rfile.read(length).decode())
        except AgentHumanError as error:
            self.log_error("%s", error)
            return self.answer(HTTPStatus.BAD_GATEWAY, error.code)
        self.answer(HTTPStatus.CREATED, reply)

    def answer(self, status: HTTPStatus, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", "text/plain; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def talk(text: str) -> str:
    session = client.sessions.create(agent_id=os.environ["AGENT_ID"], session_type="agent_chat")
    try:
        exchange = client.messages.create(session.id, content=text)
    finally:
        client.sessions.end(session.id)
    return exchange.reply.content if exchange.reply else ""


if __name__ == "__main__":
    with ThreadingHTTPServer(("", int(os.environ["PORT"])), Backend) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
