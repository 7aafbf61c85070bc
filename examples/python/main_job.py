"""Signs in, creates a key, talks with an agent, and rotates the key. Prints one line of JSON at the end.

Reads AGENTHUMAN_BASE_URL and AGENTHUMAN_DEMO_EMAIL; the one-time code is read from the sandbox's mailbox.
With AGENTHUMAN_API_KEY set, it runs the part that a key can do.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

from agenthuman import AgentHuman, APIKeyRevokedError, CreatedApiKey


def main() -> None:
    if os.environ.get("AGENTHUMAN_API_KEY"):
        with AgentHuman() as client:
            outcome = converse(client)
        outcome |= {"rotated": None, "old_key": None}
    else:
        outcome = sign_in_and_converse()
    print(json.dumps({"language": "python", **outcome}))


def sign_in_and_converse() -> dict[str, Any]:
    base_url = os.environ["AGENTHUMAN_BASE_URL"]
    email = os.environ.get("AGENTHUMAN_DEMO_EMAIL", "python@example.com")
    with AgentHuman(base_url=base_url) as user:
        user.auth.request_otp(email)
        login = user.auth.verify_otp(email, code_from_mailbox(base_url, email))
        say(f"signed in as {login.user.email if login.user else email}")
        old = user.api_keys.create(name="main job", environment="test")

    with AgentHuman(old.key, login.token, base_url=base_url) as client:
        outcome = converse(client)
        vault: dict[str, str] = {}

        def store(created: CreatedApiKey) -> None:
            vault["AGENTHUMAN_API_KEY"] = created.key

        new = client.api_keys.rotate(old.api_key.id, store=store)
        client.sessions.list().page()
        say(f"rotated {old.api_key.id} to {new.api_key.id}")

    with AgentHuman(old.key, base_url=base_url) as former:
        try:
            former.sessions.list().page()
            refusal = None
        except APIKeyRevokedError as error:
            refusal = type(error).__name__
            say(f"the old key is refused: {error}")
    return outcome | {"rotated": vault["AGENTHUMAN_API_KEY"] == new.key, "old_key": refusal}


def converse(client: AgentHuman) -> dict[str, Any]:
    avatars = client.avatars.list().all()
    agent = client.agents.create(
        name="Sunny",
        avatar_id=avatars[0].id if avatars else None,
        context="You are a friendly guide.",
    )
    say(f"{len(avatars)} public avatars; made agent {agent.id}")
    session = client.sessions.create(agent_id=agent.id, session_type="agent_chat", metadata={"from": "main_job.py"})
    for text in ("Hello!", "What can you do?"):
        exchange = client.messages.create(session.id, content=text)
        say(f"> {text}\n< {exchange.reply.content if exchange.reply else '(no reply)'}")
    messages = client.messages.list(session.id).all()
    ended = client.sessions.end(session.id)
    return {
        "avatars": len(avatars),
        "agent": agent.name,
        "session_status": ended.status,
        "messages": len(messages),
    }


def code_from_mailbox(base_url: str, email: str) -> str:
    with urlopen(f"{base_url}/sandbox/mailbox?to={quote(email)}") as answer:
        mails = json.load(answer)["mails"]
    newest = max(mails, key=lambda mail: int(mail["id"]))
    return str(newest["code"])


def say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
