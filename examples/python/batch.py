"""Many concurrent sessions: uploads an avatar, opens a session for each name, and greets them all, with a progress bar.

The client waits for the rate limit by itself, so a large batch takes as many minutes as its calls need. However the
batch ends, by Ctrl-C too, no session of it stays active.

Needs AGENTHUMAN_API_KEY and AGENTHUMAN_TOKEN (avatars are the user's, so they need the token); takes the picture's path
and how many sessions.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from agenthuman import AgentHumanError, AsyncAgentHuman, RateLimitWait

AT_ONCE = 16


class Bar:
    """A progress bar on standard error."""

    def __init__(self, what: str) -> None:
        self._what = what

    def show(self, done: int, of: int | None) -> None:
        part = done / of if of else 0
        print(f"\r{self._what} [{'#' * int(part * 30):30}] {part:4.0%}", end="", file=sys.stderr, flush=True)
        if done == of:
            print(file=sys.stderr)


def show_wait(wait: RateLimitWait) -> None:
    """Prints why the bar has stopped."""
    text = f"{wait.queued} calls wait {wait.seconds:.0f} s for the rate limit"
    print(f"\r{text:50}", end="", file=sys.stderr, flush=True)


async def end_all(client: AsyncAgentHuman, agent_id: str) -> None:
    """Ends the active sessions of the agent, including those whose creation was interrupted."""
    while active := [s async for s in client.agents.sessions(agent_id) if s.status == "active"]:
        print(f"\nending {len(active)} sessions", file=sys.stderr)
        await asyncio.gather(*(client.sessions.end(session.id) for session in active))


async def main(picture: Path, count: int) -> int:
    async with AsyncAgentHuman(on_wait=show_wait) as client:
        avatar = await client.avatars.upload(file=picture, name="Batch", on_progress=Bar("upload  ").show)
        agent = await client.agents.create(name="Batch", avatar_id=avatar.id, context="You greet people by their name.")
        gate, bar = asyncio.Semaphore(AT_ONCE), Bar("sessions")
        done = 0

        async def converse(name: str) -> None:
            nonlocal done
            async with gate:
                session = await client.sessions.create(
                    agent_id=agent.id, session_type="agent_chat", metadata={"name": name}
                )
                await client.messages.create(session.id, content=f"Hello, I am {name}.")
                await client.sessions.end(session.id)
            done += 1
            bar.show(done, count)

        try:
            results = await asyncio.gather(*(converse(f"guest {n}") for n in range(count)), return_exceptions=True)
        finally:
            await end_all(client, agent.id)
        failures = [result for result in results if result is not None]
        for failure in failures:
            if not isinstance(failure, AgentHumanError):
                raise failure
            print(f"{failure.operation}: {failure}", file=sys.stderr)
        print(f"{count - len(failures)} of {count} greeted by agent {agent.id} with avatar {avatar.id}")
        return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]))))
    except KeyboardInterrupt:
        sys.exit(130)
