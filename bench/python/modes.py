"""The benchmark modes."""

from time import perf_counter, perf_counter_ns, process_time

BODY = {"agent_id": 7, "session_type": "agent_voice", "metadata": {"user_id": "user_000007", "campaign": "spring-launch"}}


def measure(client, mode, base, seconds, amount):
    if mode == "construct":
        return construct(client, base)
    if client.KIND == "sync":
        return Sync(client, base).measure(mode, seconds, amount)
    import asyncio

    run = getattr(client, "run", asyncio.run)
    return run(Async(client, base).measure(mode, seconds, amount))


def construct(client, base):
    cpu, wall = process_time(), perf_counter()
    made = client.make(base)
    cpu, wall = process_time() - cpu, perf_counter() - wall
    # Kept until the end, since closing a client is not part of creating one.
    del made
    return {"cpu_us": cpu * 1e6, "wall_us": wall * 1e6}


def spent(calls, cpu, wall):
    return {"calls": calls, "cpu_us": (process_time() - cpu) * 1e6 / calls, "wall_us": (perf_counter() - wall) * 1e6 / calls}


def use(client, mode, answer):
    """Reads the fields that a mode reads: the last session's name, or two fields of each."""
    if mode == "post":
        client.name(answer)
    elif mode == "walk":
        for session in answer:
            client.name(session), client.campaign(session)
    elif answer is not None:
        client.name(answer[-1])


class Sync:
    def __init__(self, client, base):
        self.client = client
        self.base = base
        self.made = client.make(base)

    def call(self, mode):
        client = self.client
        use(client, mode, client.create(self.made, BODY) if mode == "post" else client.sessions(self.made))

    def measure(self, mode, seconds, amount):
        if mode == "cold":
            self.call(mode)
            return {}
        if mode == "conc":
            return self.threads(seconds, amount)
        if mode == "young":
            self.call(mode)
            return self.counted(mode, 1000)
        if mode == "memory":
            return self.memory(amount)
        for _ in range(3 if mode in ("list", "walk") else 200):
            self.call(mode)
        calls, cpu, wall = 0, process_time(), perf_counter()
        until = perf_counter_ns() + int(seconds * 1e9)
        while perf_counter_ns() < until:
            self.call(mode)
            calls += 1
        return spent(max(calls, 1), cpu, wall)

    def counted(self, mode, calls):
        cpu, wall = process_time(), perf_counter()
        for _ in range(calls):
            self.call(mode)
        return spent(calls, cpu, wall)

    def memory(self, amount):
        from run import resident

        self.counted("seq", max(amount // 10, 1000))
        before = resident()
        figures = self.counted("seq", amount)
        return {**figures, "drift_mb": resident() - before}

    def threads(self, seconds, amount):
        from threading import Barrier, Thread

        counts, barrier, until = [], Barrier(amount + 1), [0]

        def work():
            mine = self if getattr(self.client, "SHARED", True) else Sync(self.client, self.base)
            mine.call("seq")
            barrier.wait()
            barrier.wait()
            calls = 0
            while perf_counter_ns() < until[0]:
                mine.call("seq")
                calls += 1
            counts.append(calls)

        threads = [Thread(target=work) for _ in range(amount)]
        for thread in threads:
            thread.start()
        barrier.wait()
        cpu, wall = process_time(), perf_counter()
        until[0] = perf_counter_ns() + int(seconds * 1e9)
        barrier.wait()
        for thread in threads:
            thread.join()
        return spent(max(sum(counts), 1), cpu, wall)


class Async:
    def __init__(self, client, base):
        self.client = client
        self.base = base

    async def call(self, mode):
        client = self.client
        use(client, mode, await (client.create(self.made, BODY) if mode == "post" else client.sessions(self.made)))

    async def measure(self, mode, seconds, amount):
        self.made = await self.client.make(self.base)
        try:
            return await self.measured(mode, seconds, amount)
        finally:
            await self.client.close(self.made)

    async def measured(self, mode, seconds, amount):
        if mode == "cold":
            await self.call(mode)
            return {}
        if mode == "young":
            await self.call(mode)
            return await self.counted(mode, 1000)
        if mode == "memory":
            from run import resident

            await self.counted("seq", max(amount // 10, 1000))
            before = resident()
            figures = await self.counted("seq", amount)
            return {**figures, "drift_mb": resident() - before}
        if mode == "conc":
            await self.timed("seq", max(0.1, amount / 5000), amount)
            return await self.timed("seq", seconds, amount)
        for _ in range(3 if mode in ("list", "walk") else 200):
            await self.call(mode)
        return await self.timed(mode, seconds, 1)

    async def timed(self, mode, seconds, workers):
        from asyncio import gather

        cpu, wall = process_time(), perf_counter()
        until = perf_counter_ns() + int(seconds * 1e9)

        async def work():
            calls = 0
            while perf_counter_ns() < until:
                await self.call(mode)
                calls += 1
            return calls

        return spent(max(sum(await gather(*[work() for _ in range(workers)])), 1), cpu, wall)

    async def counted(self, mode, calls):
        cpu, wall = process_time(), perf_counter()
        for _ in range(calls):
            await self.call(mode)
        return spent(calls, cpu, wall)
