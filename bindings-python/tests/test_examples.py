"""Runs every example on a sandbox."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from agenthuman import AgentHuman
from agenthuman.sandbox import Sandbox, start

from conftest import ROOT

EXAMPLES = ROOT / "examples" / "python"


def run(name: str, *arguments: str | Path, text: str = "", **environment: str) -> str:
    process = subprocess.run(
        [sys.executable, EXAMPLES / name, *arguments],
        env={**os.environ, **environment},
        input=text,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    return process.stdout


@pytest.fixture
def own_sandbox(sandbox_program: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox for one test."""
    monkeypatch.setenv("AGENTHUMAN_SANDBOX", sandbox_program)
    with start() as sandbox:
        yield sandbox


def test_every_example_has_a_test() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {
        "batch.py",
        # In test_compose.py.
        "compose_backend.py",
        "fastapi_backend.py",
        "flask_backend.py",
        "main_job.py",
        "quickstart.py",
        "rooms_job.py",
        "sign_in.py",
        "upload.py",
        "walkthrough.py",
        "worker.py",
    }


def test_main_job_with_a_sign_in(sandbox: dict[str, str]) -> None:
    out = run("main_job.py", AGENTHUMAN_BASE_URL=sandbox["url"], AGENTHUMAN_DEMO_EMAIL="ada+python@example.com")
    outcome = json.loads(out)
    assert outcome.pop("avatars") > 0
    assert outcome == {
        "language": "python",
        "agent": "Sunny",
        "session_status": "completed",
        "messages": 4,
        "rotated": True,
        "old_key": "APIKeyRevokedError",
    }


@pytest.mark.parametrize(("plan", "available", "limit"), [("free", 0, "ConcurrencyLimitError"), ("pro", 19, None)])
def test_rooms_job(plan: Any, available: int, limit: str | None, own_sandbox: Sandbox) -> None:
    own_sandbox.set_account(plan=plan)
    url = f"{own_sandbox.url}/rooms"
    out = run("rooms_job.py", AGENTHUMAN_BASE_URL=url, AGENTHUMAN_API_KEY=own_sandbox.api_key)
    assert json.loads(out.splitlines()[-1]) == {
        "language": "python",
        "opened": "started",
        "found": "started",
        "available": available,
        "limit": limit,
        "ended": "ended",
        "open_now": 0,
    }


def test_main_job_with_a_key(sandbox: dict[str, str]) -> None:
    out = run("main_job.py", AGENTHUMAN_BASE_URL=sandbox["url"], AGENTHUMAN_API_KEY=sandbox["api_key"])
    outcome = json.loads(out)
    assert (outcome["session_status"], outcome["rotated"], outcome["old_key"]) == ("completed", None, None)


def test_quickstart(sandbox: dict[str, str]) -> None:
    out = run("quickstart.py", AGENTHUMAN_BASE_URL=sandbox["url"], AGENTHUMAN_API_KEY=sandbox["api_key"])
    assert out.splitlines()[-1] == "completed"


def test_sign_in(own_sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "saved.key"
    environment = {"AGENTHUMAN_BASE_URL": own_sandbox.url, "KEY_FILE": str(file)}

    # The code is known only after the program has requested it, so the answers are written one by one.
    command = [sys.executable, EXAMPLES / "sign_in.py"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stdin=pipe, stdout=pipe, text=True, bufsize=0
    ) as first:
        assert first.stdin
        assert first.stdout
        first.stdin.write("ada@example.com\n")
        prompts = ""
        while not prompts.endswith("Code from the email: "):
            prompts += first.stdout.read(1)
        first.stdin.write("12\n000000\n" + own_sandbox.latest_code("ada@example.com") + "\n")
        rest = first.stdout.read()
    assert first.returncode == 0
    assert "code must be exactly 6 digits" in rest
    assert "Invalid or expired code" in rest
    assert rest.endswith("Signed in as ada@example.com.\nThe account has 0 sessions.\n")
    assert file.read_text().startswith("ah_test_")
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    assert run("sign_in.py", **environment) == "The account has 0 sessions.\n"

    user = AgentHuman(base_url=own_sandbox.url)
    user.auth.request_otp("ada@example.com")
    user.auth.verify_otp("ada@example.com", own_sandbox.latest_code("ada@example.com"))
    user.api_keys.delete(user.api_keys.list().all()[0].id)
    with pytest.raises(subprocess.CalledProcessError):
        run("sign_in.py", **environment)
    assert not file.exists()


def test_batch(sandbox_program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTHUMAN_SANDBOX", sandbox_program)
    # The limit of the service, in a window of one second in the place of a minute.
    with start(rate_limit="200/1", faults=("messages.create@150:status=500",)) as sandbox:
        client = AgentHuman(sandbox.api_key, base_url=sandbox.url)
        environment = {"AGENTHUMAN_BASE_URL": sandbox.url, "AGENTHUMAN_API_KEY": sandbox.api_key}
        with pytest.raises(subprocess.CalledProcessError) as ended:
            run("batch.py", "200", **environment)
        assert ended.value.stdout == "199 of 200 greeted\n"
        sessions = client.sessions.list(limit=100).all()
        assert [session.status for session in sessions] == ["completed"] * 200


def test_upload(sandbox: dict[str, str], tmp_path: Path) -> None:
    picture = tmp_path / "face.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(600_000))
    out = run("upload.py", picture, AGENTHUMAN_BASE_URL=sandbox["url"], AGENTHUMAN_TOKEN=sandbox["token"])
    assert out.startswith("avatar ")


def test_worker(sandbox: dict[str, str], agent: str) -> None:
    environment = {"AGENTHUMAN_BASE_URL": sandbox["url"], "AGENTHUMAN_API_KEY": sandbox["api_key"], "AGENT_ID": agent}
    names = ["Ada", "Grace", "Hedy", "Joan", "Mary", "Radia"]
    lines = run("worker.py", *names, **environment).splitlines()
    assert sorted(line.split(":")[0] for line in lines) == names
    assert not [line for line in lines if "failed" in line]


def test_walkthrough(sandbox: dict[str, str]) -> None:
    out = run("walkthrough.py", AGENTHUMAN_BASE_URL=sandbox["url"], AGENTHUMAN_API_KEY=sandbox["api_key"])
    assert [line[0] for line in out.splitlines() if line[0] != " "] == list("1234567")
    assert out.splitlines()[-1] == "7. completed"


def test_fastapi_backend(own_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTHUMAN_BASE_URL", own_sandbox.url)
    monkeypatch.setenv("AGENTHUMAN_API_KEY", own_sandbox.api_key)
    monkeypatch.setenv("AGENT_ID", "1")
    monkeypatch.syspath_prepend(EXAMPLES)
    backend: Any = __import__("fastapi_backend")
    with TestClient(backend.app) as page:
        begun = page.post("/conversations", json={"content": "Hello"}).json()
        id = begun["session"]["id"]
        assert begun["reply"]["role"] == "assistant"
        assert page.post(f"/conversations/{id}/messages", json={"content": "And?"}).json()["content"]
        assert page.post(f"/conversations/{id}/messages", json={"content": ""}).status_code == 422
        assert len(page.get(f"/conversations/{id}/messages").json()) == 4
        assert page.delete(f"/conversations/{id}").json()["status"] == "completed"
        missing = page.post("/conversations/999999999/messages", json={"content": "Hello"})
        assert (missing.status_code, missing.json()) == (404, {"detail": "There is no such conversation."})
        ended = page.post(f"/conversations/{id}/messages", json={"content": "And?"})
        assert (ended.status_code, ended.json()) == (409, {"detail": "The conversation has ended."})
        own_sandbox.faults.set(["messages.create:status=500", "messages.list:status=503"])
        broken = page.post("/conversations", json={"content": "Hello"})
        assert (broken.status_code, broken.json()) == (502, {"detail": "The agent is not available."})
        busy = page.get(f"/conversations/{id}/messages")
        assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
        schemas = page.get("/openapi.json").json()["components"]["schemas"]
        assert {"Session", "Message", "Reply"} <= schemas.keys()


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn does not run on Windows")
def test_flask_backend_in_gunicorn(sandbox: dict[str, str], agent: str) -> None:
    environment = {"AGENTHUMAN_BASE_URL": sandbox["url"], "AGENTHUMAN_API_KEY": sandbox["api_key"], "AGENT_ID": agent}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"fd://{listener.fileno()}"
        options = ["--preload", "--workers", "2", "--threads", "4", "--bind", address, "--log-level", "warning"]
        with subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options, "flask_backend:app"],
            cwd=EXAMPLES,
            env={**os.environ, **environment},
            pass_fds=[listener.fileno()],
        ) as server:
            try:
                # The kernel accepts connections before the workers do, so no wait is needed.
                url = f"http://127.0.0.1:{listener.getsockname()[1]}"
                with httpx2.Client(base_url=url, timeout=60, trust_env=False) as page:
                    for _ in range(4):
                        begun = page.post("/conversations")
                        assert begun.status_code == 201, begun.text
                        messages = f"/conversations/{begun.json()['id']}/messages"
                        answered = page.post(messages, data={"content": "Hello"})
                        assert (answered.status_code, answered.json()["reply"] is not None) == (201, True)
                    assert page.post(messages).json() == {"error": "content is missing"}
                    missing = page.post("/conversations/999999999/messages", data={"content": "Hello"})
                    assert missing.status_code == 404
            finally:
                server.terminate()


def test_the_tests(sandbox_program: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", EXAMPLES / "tests"]
    process = subprocess.run(
        command, env={**os.environ, "AGENTHUMAN_SANDBOX": sandbox_program}, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert "7 passed" in process.stdout
