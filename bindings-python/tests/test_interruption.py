"""Interruptions: a cancelled task, a timeout, Ctrl-C, a closed loop, the end of the interpreter, a fork."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from agenthuman import AgentHuman, APITimeoutError, AsyncAgentHuman

from canned import Answer, Server, session_row

SESSION = Answer(200, {"success": True, "session": session_row(5)})
SILENT = Answer(silent=True)


async def request_arrived(server: Server) -> None:
    assert await asyncio.to_thread(server.requested.wait, 10)


async def test_a_cancelled_task_drops_its_request(key: str) -> None:
    with Server(SILENT) as server:
        task = asyncio.create_task(AsyncAgentHuman(key, base_url=server.url).sessions.get("5"))
        await request_arrived(server)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.dropped.wait, 10)


async def test_a_task_cancelled_in_a_credential_function_ends(key: str) -> None:
    entered = asyncio.Event()

    async def source() -> str:
        entered.set()
        await asyncio.Event().wait()
        return key

    with Server(SESSION) as server:
        client = AsyncAgentHuman(source, base_url=server.url)
        first = asyncio.create_task(client.sessions.get("5"))
        await entered.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        entered.clear()
        # The function of the next call runs instead.
        second = asyncio.create_task(client.sessions.get("5"))
        await entered.wait()
        second.cancel()
        assert server.requests == []


async def test_wait_for_drops_the_request(key: str) -> None:
    with Server(SILENT) as server:
        client = AsyncAgentHuman(key, base_url=server.url)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.sessions.get("5"), 0.05)


async def test_a_timeout(key: str) -> None:
    with Server(SILENT) as server:
        with pytest.raises(APITimeoutError) as caught:
            AgentHuman(key, base_url=server.url, timeout=0.05, max_retries=0).sessions.get("5")
        assert isinstance(caught.value, TimeoutError)
        with pytest.raises(TimeoutError):
            await AsyncAgentHuman(key, base_url=server.url).sessions.get("5", timeout=0.05, max_retries=0)


async def test_the_loop_runs_while_a_call_waits(key: str) -> None:
    with Server(SILENT) as server:
        task = asyncio.create_task(AsyncAgentHuman(key, base_url=server.url).sessions.get("5"))
        await request_arrived(server)
        await asyncio.sleep(0)
        assert not task.done()
        task.cancel()


def test_other_threads_run_while_a_call_waits(key: str) -> None:
    with Server(SILENT) as server:
        client = AgentHuman(key, base_url=server.url, timeout=10, max_retries=0)
        done = threading.Event()

        def call() -> None:
            with pytest.raises(APITimeoutError):
                client.sessions.get("5", timeout=0.2)
            done.set()

        thread = threading.Thread(target=call)
        thread.start()
        # The server runs on threads of this interpreter.
        assert server.requested.wait(10)
        assert done.wait(10)
        thread.join()


def test_one_client_serves_one_loop_after_another(key: str) -> None:
    with Server(SESSION) as server:
        client = AsyncAgentHuman(key, base_url=server.url)

        async def run() -> str:
            return (await client.sessions.get("5")).id

        assert [asyncio.run(run()) for _ in range(3)] == ["5"] * 3


def test_a_loop_is_closed_during_a_call(key: str, capfd: pytest.CaptureFixture[str]) -> None:
    release = threading.Event()

    def answer(_: object) -> Answer:
        server.requested.set()
        release.wait(10)
        return SESSION

    with Server(answer) as server:
        client = AsyncAgentHuman(key, base_url=server.url)
        loop = asyncio.new_event_loop()
        call = client.sessions.get("5")
        # Not run by asyncio.run, which would cancel the task.
        loop.call_soon(lambda: None)

        async def begin() -> None:
            task = asyncio.ensure_future(call)
            await request_arrived(server)
            kept.append(task)

        kept: list[asyncio.Future[object]] = []
        loop.run_until_complete(begin())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        release.set()
        AgentHuman(key, base_url=server.url).sessions.get("5")
        for task in kept:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        call.close()
    assert capfd.readouterr().err == ""


def run_python(code: str, url: str, key: str) -> subprocess.Popen[str]:
    """Starts another interpreter, with a client named `client`."""
    head = f"from agenthuman import AgentHuman, AsyncAgentHuman\nurl = {url!r}\n"
    environment = {**os.environ, "AGENTHUMAN_API_KEY": key, "AGENTHUMAN_BASE_URL": url}
    return subprocess.Popen(
        # From 3.12 on, Python warns of a fork of a process with threads.
        [sys.executable, "-W", "ignore:This process:DeprecationWarning", "-c", head + textwrap.dedent(code)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# A shell makes background processes ignore Ctrl-C, and children inherit that.
ENABLE_CTRL_C = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
"""
SYNC = """
    try:
        AgentHuman(max_retries=0).sessions.get("5")
    except KeyboardInterrupt:
        print("interrupted")
"""
ASYNC = """
    import asyncio
    try:
        asyncio.run(AsyncAgentHuman(max_retries=0).sessions.get("5"))
    except KeyboardInterrupt:
        print("interrupted")
"""


@pytest.mark.parametrize("code", [SYNC, ASYNC], ids=["sync", "async"])
def test_ctrl_c_interrupts_a_call(code: str, key: str) -> None:
    with Server(SILENT) as server, run_python(ENABLE_CTRL_C + textwrap.dedent(code), server.url, key) as process:
        assert server.requested.wait(20)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert (out, err, process.returncode) == ("interrupted\n", "", 0)
        assert server.dropped.wait(10)


EXITS = {
    "a task is left": """
        import asyncio
        async def main():
            task = asyncio.create_task(AsyncAgentHuman().sessions.get("5"))
            await asyncio.sleep(0.1)
        asyncio.run(main())
    """,
    "a thread is left": """
        import threading, time
        threading.Thread(target=AgentHuman().sessions.get, args=("5",), daemon=True).start()
        time.sleep(0.1)
    """,
    "a loop is left on a thread": """
        import asyncio, threading, time
        call = lambda: asyncio.run(AsyncAgentHuman().sessions.get("5"))
        threading.Thread(target=call, daemon=True).start()
        time.sleep(0.1)
    """,
    "nothing was called": "client = AgentHuman()",
}


@pytest.mark.parametrize("name", EXITS)
def test_the_interpreter_exits_with_calls_in_flight(name: str, key: str) -> None:
    with Server(SILENT) as server, run_python(EXITS[name], server.url, key) as process:
        out, err = process.communicate(timeout=20)
        assert (out, err, process.returncode) == ("", "", 0)


FORK = """
    import asyncio, os
    client, other = AgentHuman(), AsyncAgentHuman()
    if {used}:
        client.sessions.get("5")
        asyncio.run(other.sessions.get("5"))
    child = os.fork()
    assert client.sessions.get("5").id == "5"
    assert asyncio.run(other.sessions.get("5")).id == "5"
    if child:
        assert os.waitpid(child, 0)[1] == 0
        print("both")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("used", [False, True])
def test_parent_and_child_use_the_client_after_a_fork(used: bool, key: str) -> None:
    with Server(SESSION) as server, run_python(FORK.format(used=used), server.url, key) as process:
        out, err = process.communicate(timeout=20)
        assert (out, err, process.returncode) == ("both\n", "", 0)
