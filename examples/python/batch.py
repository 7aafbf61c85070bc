"""Many sessions at once: uploads an avatar, opens a session for each name, and greets them all, with a progress bar.

Needs AGENTHUMAN_API_KEY and AGENTHUMAN_TOKEN (avatars are the user's, so they need the token); takes the picture's path
and how many sessions.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from agenthuman import AgentHumanError, AsyncAgentHuman

AT_ONCE = 16


class Bar:
    """A line on standard error that fills up."""

    def __init__(self, what: str) -> None:
        self._what = what

    def show(self, done: int, of: int | None) -> None:
        part = done / of if of else 0
        print(f"\r{self._what} [{'#' * int(part * 30):30}] {part:4.0%}", end="", file=sys.stderr, flush=True)
        if done == of:
            print(file=sys.stderr)


async def main(picture: Path, count: int) -> None:
    async with AsyncAgentHuman() as client:
        avatar = await client.avatars.upload(file=picture, name="Batch", on_progress=Bar("upload  ").show)
        agent = await client.agents.create(name="Batch", avatar_id=avatar.id, context="You greet people by their name.")
        gate, bar = asyncio.Semaphore(AT_ONCE), Bar("sessions")
        done = 0

        async def converse(name: str) -> str:
            nonlocal done
            async with gate:
                session = await client.sessions.create(
                    agent_id=agent.id, session_type="agent_chat", metadata={"name": name}
                )
                exchange = await client.messages.create(session.id, content=f"Hello, I am {name}.")
                await client.sessions.end(session.id)
            done += 1
            bar.show(done, count)
            return exchange.reply.content or "" if exchange.reply else ""

        results = await asyncio.gather(*(converse(f"guest {n}") for n in range(count)), return_exceptions=True)
        failures = [result for result in results if isinstance(result, AgentHumanError)]
        for failure in failures:
            print(f"{failure.operation}: {failure}", file=sys.stderr)
        print(f"{count - len(failures)} of {count} greeted by agent {agent.id} with avatar {avatar.id}")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
