"""Makes many calls to a sandbox and prints their cost. Fails on any error, or if memory grows.

    python tests/load.py [SYNC_CALLS] [ASYNC_CALLS]

By default 1,000 sync calls from 16 threads and 10,000 async calls, 64 at a time. Memory is looked at after the first
thousand calls and at the end; AGENTHUMAN_SANDBOX says which sandbox.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter, process_time

import agenthuman
from agenthuman import AgentHuman, AsyncAgentHuman

THREADS = 16
TASKS = 64
WARM = 1000
GROWTH = 1.05


def resident() -> int:
    """Returns the number of resident pages, or 0 if the system does not report it."""
    gc.collect()
    try:
        return int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0


def report(what: str, calls: int, began: tuple[float, float], before: int) -> None:
    wall, cpu = perf_counter() - began[0], process_time() - began[1]
    growth = resident() / before if before else 1.0
    each = f"{cpu / calls * 1e6:.0f} us CPU and {wall / calls * 1e6:.0f} us each"
    print(f"{what}: {calls} calls, {each}, memory x {growth:.3f}")
    if growth > GROWTH:
        raise SystemExit(f"{what}: memory grew by more than {GROWTH - 1:.0%}")


def sync(client: AgentHuman, session: str, calls: int) -> None:
    with ThreadPoolExecutor(THREADS) as pool:

        def run(count: int) -> None:
            for found in pool.map(lambda _: client.sessions.get(session), range(count)):
                assert found.id == session

        run(WARM)
        before, began = resident(), (perf_counter(), process_time())
        run(calls)
        report("sync", calls, began, before)


async def in_async(client: AsyncAgentHuman, session: str, calls: int) -> None:
    async def run(count: int) -> None:
        numbers = iter(range(count))

        async def worker() -> None:
            for _ in numbers:
                assert (await client.sessions.get(session)).id == session

        await asyncio.gather(*(worker() for _ in range(TASKS)))

    await run(WARM)
    before, began = resident(), (perf_counter(), process_time())
    await run(calls)
    report("async", calls, began, before)


def main() -> None:
    calls = [*(int(argument) for argument in sys.argv[1:]), *(1000, 10_000)[len(sys.argv) - 1 :]]
    with agenthuman.sandbox.start() as sandbox:
        client = AgentHuman(sandbox.api_key, base_url=sandbox.url)
        agent = client.agents.create(name="Load")
        session = client.sessions.create(agent_id=agent.id, session_type="agent_chat", metadata={"x": [1, 2, 3]})
        sync(client, session.id, calls[0])
        asyncio.run(in_async(AsyncAgentHuman(sandbox.api_key, base_url=sandbox.url), session.id, calls[1]))


if __name__ == "__main__":
    main()
