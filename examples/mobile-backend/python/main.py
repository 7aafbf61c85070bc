"""A backend for a phone app: the app signs in here, and talks with agents through the relay at /agenthuman, so that the
key stays here.

pip install -r requirements.txt
AGENTHUMAN_API_KEY=… AGENTHUMAN_RELAY_SECRETS=… PORT=8000 python main.py

It listens on this machine only, unless HOST is set. There, and only if the service is a sandbox, the
token `demo-NAME` is accepted as the user NAME, for trying phones: anywhere else only with DEMO_TOKENS=1.

Prints one line of JSON with the relay's URL once it listens; PORT=0 picks a free port. Without a key, it makes one at
the sandbox that AGENTHUMAN_BASE_URL names.
"""

from __future__ import annotations

import ipaddress
import json
import os
import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from agenthuman import AgentHuman, AsyncAgentHuman, relay

# A real backend stores these in a database.
PASSWORDS = {"alice": "wonderland", "bob": "builder"}
USERS: dict[str, str] = {}
"""The signed-in users, by the app's own token."""
SESSIONS: dict[str, list[str]] = {}
"""The ids of each user's sessions, the newest first."""


HOST = os.environ.get("HOST", "127.0.0.1")


def on_this_machine(host: str) -> bool:
    """Whether only programs on this machine can reach it."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


DEMO_TOKENS = os.environ.get("DEMO_TOKENS") == "1" or (
    on_this_machine(HOST) and on_this_machine(urlsplit(os.environ.get("AGENTHUMAN_BASE_URL", "")).hostname or "")
)


class SignIn(BaseModel):
    user: str
    password: str


def backend() -> FastAPI:
    client = AsyncAgentHuman(os.environ.get("AGENTHUMAN_API_KEY") or new_key())

    async def authorize(request: relay.Request) -> str | None:
        token = request.token or ""
        # For testing apps, like `agenthuman relay --demo`. Remove this in a real backend, since it accepts everyone.
        if DEMO_TOKENS and token.startswith("demo-"):
            return token.removeprefix("demo-")
        return USERS.get(token)

    async def policy(user: str, request: dict[str, Any]) -> relay.Decision:
        match request["operation"]:
            case "sessions.create":
                return {
                    "agent_id": request["agent_id"] or await first_agent(client),
                    "session_type": request["session_type"],
                    "metadata": {**(request["metadata"] or {}), "user": user},
                }
            case "sessions.list":
                return {"sessions": SESSIONS.get(user, [])[: request["limit"]]}
            case "sessions.resume":
                return {"session_id": request["session_id"]}
            case "agents.list":
                return {"agents": [agent["id"] for agent in request["agents"]]}
            case _:
                return None

    async def on_open(user: str, session: dict[str, Any]) -> None:
        SESSIONS.setdefault(user, []).insert(0, session["session_id"])

    @asynccontextmanager
    async def serving(_: FastAPI) -> AsyncGenerator[None, None]:
        async with client:
            await first_agent(client)
            yield

    app = FastAPI(lifespan=serving)

    @app.post("/sign-in")
    async def sign_in(credentials: SignIn) -> dict[str, str]:
        known = PASSWORDS.get(credentials.user)
        if known is None or not secrets.compare_digest(known.encode(), credentials.password.encode()):
            raise HTTPException(401, "wrong name or password")
        token = secrets.token_urlsafe(32)
        USERS[token] = credentials.user
        return {"token": token}

    # A real backend has the same secrets in every copy and after every restart.
    signing = None if os.environ.get("AGENTHUMAN_RELAY_SECRETS") else [secrets.token_urlsafe(32)]
    app.mount(
        "/agenthuman", relay.asgi_app(client, authorize=authorize, policy=policy, on_open=on_open, secrets=signing)
    )
    return app


async def first_agent(client: AsyncAgentHuman) -> str:
    async for agent in client.agents.list(limit=1):
        return agent.id
    return (await client.agents.create(name="Sunny", context="You are a friendly guide.")).id


def new_key() -> str:
    base_url = os.environ["AGENTHUMAN_BASE_URL"]
    email = "mobile-backend@example.com"
    with AgentHuman(base_url=base_url) as user:
        user.auth.request_otp(email)
        with urlopen(f"{base_url}/sandbox/mailbox?to={quote(email)}") as answer:
            mails = json.load(answer)["mails"]
        newest = max(mails, key=lambda mail: int(mail["id"]))
        user.auth.verify_otp(email, str(newest["code"]))
        return user.api_keys.create(name="mobile backend", environment="test").key


def main() -> None:
    app = backend()
    with socket.create_server((HOST, int(os.environ.get("PORT", "8000")))) as listening:
        print(json.dumps({"url": f"http://{HOST}:{listening.getsockname()[1]}/agenthuman"}), flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


if __name__ == "__main__":
    main()
