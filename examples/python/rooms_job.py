"""Opens a session with an avatar in a room, looks at it and at the usage, meets the plan's limit, and ends it. Prints
one line of JSON at the end.

Reads AGENTHUMAN_API_KEY and AGENTHUMAN_BASE_URL, and on a real service ROOM_URL and ROOM_TOKEN: a LiveKit room, and a
token with which the avatar joins it. The session costs a minute of the plan.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from agenthuman import ConcurrencyLimitError
from agenthuman.rooms import AgentHumanRooms, Room


def main() -> None:
    url = os.environ.get("ROOM_URL", "wss://example.livekit.cloud")
    room = Room.livekit(url, os.environ.get("ROOM_TOKEN", "the avatar's token"))
    with AgentHumanRooms() as client:
        avatar = client.avatars.list().public_avatars[0]
        with client.sessions.open(avatar=avatar.id, room=room, metadata={"from": "rooms_job.py"}) as session:
            say(f"{session.id}: {avatar.id} joins {url}")
            found = client.sessions.get(session.id)
            concurrency = client.usage.get().concurrency
            available = concurrency.available if concurrency else None
            # The limit is met only if no second session can open, which would cost money.
            refused = limit(client, avatar.id, room) if available == 0 else None
        ended = client.sessions.get(session.id)
        outcome: dict[str, Any] = {
            "opened": session.status,
            "found": found.status,
            "available": available,
            "limit": refused,
            "ended": ended.status,
            "open_now": len(list(client.sessions.list(status="started"))),
        }
    print(json.dumps({"language": "python", **outcome}))


def limit(client: AgentHumanRooms, avatar: str, room: Any) -> str | None:
    """Returns the name of the error of one session too many."""
    try:
        client.sessions.end(client.sessions.create(avatar=avatar, room=room).id)
    except ConcurrencyLimitError as error:
        say(f"no second session: {error}")
        return type(error).__name__
    return None


def say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
