"""`agenthuman.sandbox` and the pytest fixture."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import agenthuman
from agenthuman import AgentHuman, RateLimitError, ServiceUnavailableError, TokenExpiredError
from agenthuman.sandbox import PROGRAM, VARIABLE, SandboxError, SandboxFault, program


@pytest.fixture(autouse=True)
def _built(sandbox_program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, sandbox_program)


def test_a_sandbox_stops_at_the_end_of_the_block() -> None:
    with agenthuman.sandbox.start() as sandbox:
        client = AgentHuman(sandbox.api_key, sandbox.token, base_url=sandbox.url, timeout=5, max_retries=0)
        assert client.auth.me().email == sandbox.email
        assert list(client.sessions.list()) == []
        assert sandbox.api_key not in repr(sandbox)
    with pytest.raises(agenthuman.APIConnectionError):
        client.auth.me()
    sandbox.stop()


def test_options() -> None:
    with agenthuman.sandbox.start(rate_limit=1, faults=("sessions.create:status=503",)) as sandbox:
        client = AgentHuman(sandbox.api_key, base_url=sandbox.url, timeout=5, max_retries=0, max_rate_limit_wait=0)
        with pytest.raises(ServiceUnavailableError):
            client.sessions.create(agent_id="1")
        with pytest.raises((RateLimitError, agenthuman.APITimeoutError)):
            # A new minute may start between two requests.
            for _ in range(3):
                client.sessions.list(timeout=0.5).page()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "SIGHUP"])
def test_a_sandbox_stops_when_its_parent_is_killed(how: str) -> None:
    code = (
        "import agenthuman.sandbox, signal, time\n"
        # Under nohup it would be ignored.
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "print(agenthuman.sandbox.start()._process.pid, flush=True)\n"
        "time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert _lives(pid)
        parent.send_signal(getattr(signal, how))
        parent.wait(timeout=30)
        limit = time.monotonic() + 30
        while _lives(pid) and time.monotonic() < limit:
            time.sleep(0.02)
        assert not _lives(pid)


def _lives(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    # Without a reaper of orphans, an exited process remains as a zombie.
    return bool(state.strip()) and not state.startswith("Z")


def test_data_is_kept_in_a_file(tmp_path: Path) -> None:
    with agenthuman.sandbox.start(data=tmp_path / "data") as sandbox:
        created = AgentHuman(sandbox.api_key, base_url=sandbox.url).agents.create(name="Kept").id
        port = int(sandbox.url.rpartition(":")[2])
    with agenthuman.sandbox.start(data=tmp_path / "data", port=port) as sandbox:
        assert sandbox.url.endswith(f":{port}")
        assert AgentHuman(sandbox.api_key, base_url=sandbox.url).agents.get(created).name == "Kept"


def test_an_error_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SandboxError, match="before it was ready"):
        agenthuman.sandbox.start(faults=("nonsense",))


def test_the_lookup_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path / "scripts"))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(SandboxError, match="the package agenthuman-sandbox is not published yet"):
        program()
    for folder in (tmp_path, tmp_path / "scripts"):
        folder.mkdir(exist_ok=True)
        (folder / PROGRAM).touch(mode=0o755)
        assert program() == str(folder / PROGRAM)


def test_controls() -> None:
    with agenthuman.sandbox.start() as sandbox:
        client = AgentHuman(sandbox.api_key, base_url=sandbox.url, max_retries=0)
        with pytest.raises(SandboxError, match=r"no mail was sent to ada\+1@example\.com"):
            sandbox.latest_code("ada+1@example.com")
        user = AgentHuman(base_url=sandbox.url, max_retries=0)
        for email in ("ada+1@example.com", "bob@example.com"):
            user.auth.request_otp(email)
        code = sandbox.latest_code("ada+1@example.com")
        assert user.auth.verify_otp("ada+1@example.com", code).token
        assert [mail.to for mail in sandbox.mailbox()] == ["ada+1@example.com", "bob@example.com"]
        [mail] = sandbox.mailbox("ada+1@example.com")
        assert mail.code == code
        assert code not in repr(mail)

        token, before = sandbox.token, sandbox.clock.now()
        assert sandbox.clock.advance(3600) - before >= timedelta(hours=1)
        with pytest.raises(TokenExpiredError):
            AgentHuman(token=token, base_url=sandbox.url).auth.me()

        sandbox.faults.set(["agents.list@1:status=503"])
        with pytest.raises(ServiceUnavailableError):
            client.agents.list().page()
        assert sandbox.faults.list() == [SandboxFault("agents.list@1:status=503", calls=1, fired=1)]
        sandbox.faults.clear()
        assert sandbox.faults.list() == []
        with pytest.raises(SandboxError, match=r"rejected PUT /sandbox/faults: .*what is this"):
            sandbox.faults.set(["what is this"])

        sandbox.replies(["First.", "Second."])
        session = client.sessions.create(agent_id="1")
        for expected in ("First.", "Second."):
            reply = client.messages.create(session.id, content="Hello!").reply
            assert reply is not None
            assert reply.content == expected
        with pytest.raises(TypeError, match="list of texts"):
            sandbox.replies("First.")

        with pytest.raises(agenthuman.NotFoundError) as error:
            client.sessions.get("999")
        last = sandbox.requests()[-1]
        assert (last.method, last.path, last.status, last.credential) == ("GET", "/v1/sessions/999", 404, "api_key")
        assert last.request_id == error.value.request_id
        assert last.key_id is not None
        assert sandbox.clock.now() - last.at < timedelta(minutes=5)
        assert [one.path for one in sandbox.requests()][:3] == ["/v1/auth/otp/request"] * 2 + ["/v1/auth/otp/verify"]

        sandbox.reset()
        assert sandbox.requests() == []
        assert client.sessions.list().all() == []
        assert (sandbox.mailbox(), sandbox.faults.list()) == ([], [])
        assert sandbox.clock.now() - before < timedelta(minutes=30)
        assert sandbox.token != token
        assert AgentHuman(token=sandbox.token, base_url=sandbox.url).auth.me().email == sandbox.email
    with pytest.raises(SandboxError, match="connecting to the sandbox at"):
        sandbox.reset()


def test_controls_use_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy, agenthuman.sandbox.start() as sandbox:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        sandbox.reset()
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()


TESTS = """
    import pytest
    from agenthuman import AgentHuman

    @pytest.fixture(scope="module")
    def shared(agenthuman_sandbox_process):
        return agenthuman_sandbox_process.url

    @pytest.mark.parametrize("number", range(2))
    def test_it(agenthuman_sandbox, shared, number, urls=[]):
        client = AgentHuman(agenthuman_sandbox.api_key, base_url=agenthuman_sandbox.url)
        assert client.sessions.list().all() == []
        client.sessions.create(agent_id="1")
        agenthuman_sandbox.faults.set(["sessions.list:status=503"])
        urls.append(agenthuman_sandbox.url)
        assert set(urls) == {shared}
"""


def test_the_fixture_is_registered(tmp_path: Path) -> None:
    assert [entry.value for entry in entry_points(group="pytest11", name="agenthuman")] == ["agenthuman.pytest_plugin"]
    (tmp_path / "test_users.py").write_text(textwrap.dedent(TESTS))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path]
    process = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True)
    assert "2 passed" in process.stdout, process.stdout + process.stderr


PARALLEL = """
    import pathlib
    import pytest
    from agenthuman import AgentHuman

    FOLDER = pathlib.Path(__file__).parent

    @pytest.mark.parametrize("number", range(8))
    def test_it(agenthuman_sandbox, worker_id, number):
        client = AgentHuman(agenthuman_sandbox.api_key, base_url=agenthuman_sandbox.url)
        for _ in range(10):
            client.sessions.create(agent_id="1")
        # Those of another test, in this worker or in another, are not among them.
        assert len(client.sessions.list().all()) == 10
        assert len(agenthuman_sandbox.requests()) == 11
        (FOLDER / worker_id).write_text(agenthuman_sandbox.url)
"""


def test_the_fixture_with_xdist(tmp_path: Path) -> None:
    (tmp_path / "test_users.py").write_text(textwrap.dedent(PARALLEL))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", tmp_path]
    process = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True)
    assert "8 passed" in process.stdout, process.stdout + process.stderr
    urls = [(tmp_path / worker).read_text() for worker in ("gw0", "gw1")]
    assert urls[0] != urls[1]
