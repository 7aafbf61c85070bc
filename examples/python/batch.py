"""Greets many people, 16 at a time, with a progress bar.

pip install tqdm, and agenthuman as in the README
AGENTHUMAN_API_KEY=… python batch.py 200

Each person takes three requests, and the API allows 60 per minute, so 200 people take ten minutes. The client waits for
the limit by itself. A person whose call fails is reported, and the others go on.
"""

from __future__ import annotations

import asyncio
import sys

from tqdm import tqdm

from agenthuman import AgentHumanError, AsyncAgentHuman, RateLimitWait

AT_ONCE = 16


async def greet(client: AsyncAgentHuman, agent_id: str, name: str) -> None:
    session = await client.sessions.create(agent_id=agent_id, metadata={"name": name})
    try:
        await client.messages.create(session.id, content=f"Hello, I am {name}.")
    finally:
        # After Ctrl-C, too.
        await client.sessions.end(session.id)


async def greet_all(names: list[str]) -> int:
    """Returns the number of failures."""
    failures = 0
    bar = tqdm(total=len(names), unit="person")
    limit = asyncio.Semaphore(AT_ONCE)

    def show_wait(wait: RateLimitWait) -> None:
        bar.set_postfix_str(f"waiting {wait.seconds:.0f} s for the rate limit")

    async with AsyncAgentHuman(on_wait=show_wait) as client:
        agent = await client.agents.create(name="Greeter", context="You greet people by their name.")

        async def one(name: str) -> None:
            nonlocal failures
            async with limit:
                try:
                    await greet(client, agent.id, name)
                except AgentHumanError as error:
                    failures += 1
                    bar.write(f"{name}: {error}", file=sys.stderr)
            bar.set_postfix_str("")
            bar.update()

        with bar:
            await asyncio.gather(*(one(name) for name in names))
    return failures


if __name__ == "__main__":
    names = [f"guest {number}" for number in range(1, int(sys.argv[1]) + 1)]
    failures = asyncio.run(greet_all(names))
    print(f"{len(names) - failures} of {len(names)} greeted")
    sys.exit(1 if failures else 0)
