"""Event loops: asyncio, uvloop, trio, anyio; several loops at once; loops that cannot watch descriptors."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
import trio
import uvloop

from agenthuman import AsyncAgentHuman, MissingCredentialError, NotFoundError
from agenthuman._mailbox import _mailboxes

from canned import Answer, Server, session_row

SESSION = Answer(200, {"success": True, "session": session_row(5)})
SILENT = Answer(silent=True)

Runner = Callable[[Callable[[], Awaitable[Any]]], Any]


def on_asyncio(work: Callable[[], Any]) -> Any:
    return asyncio.run(work())


class Undescriptive(asyncio.SelectorEventLoop):
    """A loop that cannot watch descriptors, like the default loop of Windows."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> Any:
        if getattr(callback, "__name__", "") == "deliver":
            raise NotImplementedError
        return super().add_reader(fd, callback, *args)


def on_undescriptive(work: Callable[[], Any]) -> Any:
    with asyncio.Runner(loop_factory=Undescriptive) as runner:
        return runner.run(work())


def on_uvloop(work: Callable[[], Any]) -> Any:
    return uvloop.run(work())


def anyio_on(backend: str) -> Runner:
    return lambda work: anyio.run(work, backend=backend)


RUNNERS: dict[str, Runner] = {
    "asyncio": on_asyncio,
    "no descriptors": on_undescriptive,
    "uvloop": on_uvloop,
    "trio": trio.run,
    "anyio on asyncio": anyio_on("asyncio"),
    "anyio on trio": anyio_on("trio"),
}


@pytest.fixture(params=RUNNERS)
def run(request: pytest.FixtureRequest) -> Runner:
    return RUNNERS[request.param]


def test_concurrent_calls(run: Runner, key: str) -> None:
    with Server(SESSION) as server:
        client = AsyncAgentHuman(key, base_url=server.url)
        seen: list[str] = []

        async def one() -> None:
            seen.append((await client.sessions.get("5")).id)

        async def work() -> None:
            async with anyio.create_task_group() as group:
                for _ in range(32):
                    group.start_soon(one)

        # A second run with the same client, too.
        for _ in range(2):
            run(work)
        assert seen == ["5"] * 64


def test_errors_are_raised(run: Runner, key: str) -> None:
    async def work() -> None:
        await AsyncAgentHuman(key, base_url=server.url).sessions.get("5")

    with Server(Answer(404, {"success": False, "error": "gone"})) as server, pytest.raises(NotFoundError):
        run(work)


def test_cancelling_drops_the_request(run: Runner, key: str) -> None:
    with Server(SILENT) as server:

        async def work() -> None:
            with anyio.move_on_after(0.1) as scope:
                await AsyncAgentHuman(key, base_url=server.url).sessions.get("5")
            assert scope.cancelled_caught
            assert await anyio.to_thread.run_sync(server.dropped.wait, 10)

        run(work)


@pytest.mark.parametrize("kind", ["plain", "coroutine"])
def test_a_key_function_runs_once(run: Runner, kind: str, key: str) -> None:
    runs = []

    def plain() -> str:
        assert threading.current_thread() is not threading.main_thread()
        runs.append(1)
        return key

    async def coroutine() -> str:
        await anyio.sleep(0)
        runs.append(1)
        return key

    with Server(SESSION) as server:
        client = AsyncAgentHuman(plain if kind == "plain" else coroutine, base_url=server.url)

        async def one() -> None:
            await client.sessions.get("5")

        async def work() -> None:
            async with anyio.create_task_group() as group:
                for _ in range(8):
                    group.start_soon(one)

        run(work)
    assert len(runs) == 1


def test_each_exception_of_a_function_is_the_cause_of_one_error(run: Runner) -> None:
    """If the function fails, the next waiting call runs it, so each error has its own cause."""
    raised: list[VaultError] = []

    async def source() -> str:
        raised.append(VaultError())
        raise raised[-1]

    with Server(SESSION) as server:
        client = AsyncAgentHuman(source, base_url=server.url)
        causes: list[BaseException | None] = []

        async def one() -> None:
            try:
                await client.sessions.get("5")
            except MissingCredentialError as error:
                causes.append(error.__cause__)

        async def work() -> None:
            async with anyio.create_task_group() as group:
                for _ in range(8):
                    group.start_soon(one)

        run(work)
    assert len(causes) == 8
    caught = [cause for cause in causes if cause is not None]
    assert len(caught) == len({id(cause) for cause in caught}) == len(raised)


class VaultError(Exception):
    pass


def test_iterating_over_a_list(run: Runner, key: str) -> None:
    with Server(Answer(200, {"success": True, "sessions": [session_row(1), session_row(2)]})) as server:

        async def work() -> list[str]:
            sessions = AsyncAgentHuman(key, base_url=server.url).sessions.list()
            return [session.id async for session in sessions]

        assert run(work) == ["1", "2"]


@pytest.mark.parametrize("kind", ["asyncio", "uvloop", "trio"])
def test_loops_in_many_threads_share_a_client(kind: str, key: str) -> None:
    with Server(SESSION) as server:
        client = AsyncAgentHuman(key, base_url=server.url)

        async def work() -> list[str]:
            return [(await client.sessions.get("5")).id for _ in range(20)]

        with ThreadPoolExecutor(8) as pool:
            runs = [pool.submit(RUNNERS[kind], work) for _ in range(8)]
            assert [run.result(60) for run in runs] == [["5"] * 20] * 8


@pytest.mark.parametrize("kind", ["asyncio", "no descriptors", "uvloop", "trio"])
def test_a_closed_loop_is_freed(kind: str, key: str) -> None:
    def known() -> set[int]:
        return {id(mailbox) for _, mailbox in _mailboxes.values()}

    with Server(SESSION) as server:
        client = AsyncAgentHuman(key, base_url=server.url)

        async def work() -> set[int]:
            before = known()
            await client.sessions.get("5")
            return known() - before

        made = RUNNERS[kind](work)
        assert len(made) == 1
        gc.collect()
        assert not made & known()


def test_a_call_without_a_loop_raises(key: str) -> None:
    call = AsyncAgentHuman(key, base_url="http://127.0.0.1:1").sessions.get("5")
    with pytest.raises(RuntimeError):
        call.send(None)
