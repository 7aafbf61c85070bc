"""Processes: fork before and after use, multiprocessing, prefork servers, pickling across processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from canned import Answer, Request, Server, session_row, session_values

SESSION = {"success": True, "session": {**session_row(5), "metadata": {"x": [1]}}}
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def answer(request: Request) -> Answer:
    if request.path.endswith("/404"):
        return Answer(404, {"success": False, "error": "gone"}, headers={"x-request-id": "r-1"})
    if request.path.endswith("/sessions"):
        return Answer(200, {"success": True, "sessions": [session_row(n) for n in range(5)]})
    return Answer(200, SESSION)


def run(tmp_path: Path, key: str, code: str) -> str:
    """Runs a program with a sync and an async client, and returns its output."""
    head = """
import asyncio, multiprocessing, os, signal, sys, threading
from concurrent.futures import ProcessPoolExecutor
from agenthuman import AgentHuman, AsyncAgentHuman, NotFoundError, Session

client, other = AgentHuman(), AsyncAgentHuman()

def get():
    return client.sessions.get("5").id

def get_async():
    return asyncio.run(other.sessions.get("5")).id
"""
    program = tmp_path / "program.py"
    program.write_text(head + textwrap.dedent(code))
    with Server(answer) as server:
        environment = {**os.environ, "AGENTHUMAN_API_KEY": key, "AGENTHUMAN_BASE_URL": server.url}
        process = subprocess.run(
            [sys.executable, "-W", "ignore::DeprecationWarning", program],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert process.stderr == ""
    assert process.returncode == 0
    return process.stdout


FORKS = {
    "before use": "",
    "after use": "get(); get_async()",
    "while another thread calls": """
        def always():
            while True:
                get()
        threading.Thread(target=always, daemon=True).start()
        get_async()
    """,
}


@needs_fork
@pytest.mark.parametrize("when", FORKS)
def test_fork(tmp_path: Path, key: str, when: str) -> None:
    code = """
        children = []
        for _ in range(4):
            child = os.fork()
            if child == 0:
                assert get() == get_async() == "5"
                grandchild = os.fork()
                assert get_async() == get() == "5"
                if grandchild:
                    assert os.waitpid(grandchild, 0)[1] == 0
                os._exit(0)
            children.append(child)
            assert get() == get_async() == "5"
        print([os.waitpid(child, 0)[1] for child in children])
    """
    assert run(tmp_path, key, textwrap.dedent(FORKS[when]) + textwrap.dedent(code)) == "[0, 0, 0, 0]\n"


@needs_fork
def test_a_child_shares_no_connection_with_its_parent(tmp_path: Path, key: str) -> None:
    """The server keeps connections open, and each process must use its own."""
    code = """
        import http.server, json

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                at = "2024-01-15T10:30:00Z"
                required = {"agent_id": 7, "session_type": "voice", "status": "active", "started_at": at}
                session = {"session_id": self.client_address[1], **required}
                body = json.dumps({"success": True, "session": session}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        class Keeping(http.server.ThreadingHTTPServer):
            def handle_error(self, *args):
                pass

        server = Keeping(("127.0.0.1", 0), Handler)
        serving = os.fork()
        if serving == 0:
            server.serve_forever()
        url = f"http://127.0.0.1:{server.server_port}"
        client, other = AgentHuman(base_url=url), AsyncAgentHuman(base_url=url)
        assert get() == get(), "the connection is kept"
        mine = {get(), get_async()}
        assert len(mine) == 2
        read, write = os.pipe()
        if os.fork() == 0:
            os.write(write, f"{get()} {get_async()}".encode())
            os._exit(0)
        theirs = set(os.read(read, 99).decode().split())
        assert len(theirs) == 2 and not theirs & mine, (theirs, mine)
        assert get() in mine, "the parent's goes on"
        os.kill(serving, signal.SIGKILL)
        print("apart")
    """
    assert run(tmp_path, key, code) == "apart\n"


METHODS = ["spawn", "forkserver", "fork"] if hasattr(os, "fork") else ["spawn"]


@pytest.mark.parametrize("method", METHODS)
def test_multiprocessing(tmp_path: Path, key: str, method: str) -> None:
    code = f"""
        if __name__ == "__main__":
            assert get() == get_async() == "5"
            with multiprocessing.get_context({method!r}).Pool(3) as pool:
                print(pool.apply(get), pool.apply(get_async), [pool.apply_async(get).get(30) for _ in range(6)])
    """
    assert run(tmp_path, key, code) == f"5 5 {['5'] * 6}\n"


@pytest.mark.parametrize("method", METHODS)
def test_models_and_errors_are_returned_from_a_process_pool(tmp_path: Path, key: str, method: str) -> None:
    code = f"""
        def session():
            return client.sessions.get("5")

        def page():
            return client.sessions.list().page()

        def failure():
            client.sessions.get("404")

        if __name__ == "__main__":
            with ProcessPoolExecutor(2, multiprocessing.get_context({method!r})) as pool:
                assert pool.submit(session).result() == session()
                assert pool.submit(page).result() == page()
                error = pool.submit(failure).exception()
                assert type(error) is NotFoundError and isinstance(error, Exception)
                print(error.status, error.request_id, error.operation, len(error.attempts))
    """
    assert run(tmp_path, key, code) == "404 r-1 sessions.get 1\n"


@needs_fork
def test_prefork_with_a_client_from_before_the_fork(tmp_path: Path, key: str) -> None:
    """Like gunicorn and Celery: the parent creates and uses the client, forks, and waits for signals."""
    code = """
        get(), get_async()
        read, write = os.pipe()
        workers = []
        for number in range(4):
            worker = os.fork()
            if worker == 0:
                signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
                threads = [threading.Thread(target=get) for _ in range(4)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                assert get_async() == "5"
                os.write(write, b"x")
                while True:
                    signal.pause()
            workers.append(worker)
        served = b""
        while len(served) < 4:
            served += os.read(read, 4)
        for worker in workers:
            os.kill(worker, signal.SIGTERM)
        print([os.waitpid(worker, 0)[1] for worker in workers])
    """
    assert run(tmp_path, key, code) == "[0, 0, 0, 0]\n"


BACKGROUND = {
    "a thread that goes on calling": """
        def always():
            while True:
                get()
        for _ in range(4):
            threading.Thread(target=always, daemon=True).start()
        get()
    """,
    "a loop that goes on calling": """
        async def always():
            while True:
                await asyncio.gather(*(other.sessions.get("5") for _ in range(8)))
        threading.Thread(target=lambda: asyncio.run(always()), daemon=True).start()
        get()
    """,
    "tasks that nobody awaits": """
        async def main():
            for _ in range(8):
                asyncio.ensure_future(other.sessions.get("5"))
            await other.sessions.get("5")
        asyncio.run(main())
    """,
    "trio, gone in the midst": """
        import trio
        async def main():
            with trio.move_on_after(0.05):
                while True:
                    await other.sessions.get("5")
        trio.run(main)
    """,
}


@pytest.mark.parametrize("name", BACKGROUND)
def test_the_interpreter_exits_during_calls(tmp_path: Path, key: str, name: str) -> None:
    for _ in range(5):
        assert run(tmp_path, key, BACKGROUND[name]) == ""


def test_pickles_are_the_same_in_every_process(key: str) -> None:
    """Pickles contain no hash or address of a process."""
    make = f"agenthuman.Session.from_dict({session_values()!r})"
    code = f"import pickle, agenthuman; print(pickle.dumps({make}, 5).hex())"
    pickles = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(pickles) == 1
