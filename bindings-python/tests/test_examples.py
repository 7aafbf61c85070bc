"""Runs every example on a sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from agenthuman import AgentHuman

from conftest import ROOT

EXAMPLES = ROOT / "examples" / "python"


def run(name: str, *arguments: str | Path, **environment: str) -> str:
    process = subprocess.run(
        [sys.executable, EXAMPLES / name, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return process.stdout


def test_every_example_has_a_test() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {
        "batch.py",
        "fastapi_backend.py",
        "main_job.py",
        "quickstart.py",
        "walkthrough.py",
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


def test_main_job_with_a_key(sandbox: dict[str, str]) -> None:
    out = run("main_job.py", AGENTHUMAN_BASE_URL=sandbox["url"], AGENTHUMAN_API_KEY=sandbox["api_key"])
    outcome = json.loads(out)
    assert (outcome["session_status"], outcome["rotated"], outcome["old_key"]) == ("completed", None, None)


def test_quickstart(sandbox: dict[str, str]) -> None:
    out = run("quickstart.py", AGENTHUMAN_BASE_URL=sandbox["url"], AGENTHUMAN_API_KEY=sandbox["api_key"])
    assert out.splitlines()[-1] == "completed"


def test_batch(sandbox: dict[str, str], tmp_path: Path) -> None:
    picture = tmp_path / "face.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(600_000))
    credentials = {"AGENTHUMAN_API_KEY": sandbox["api_key"], "AGENTHUMAN_TOKEN": sandbox["token"]}
    out = run("batch.py", picture, "40", AGENTHUMAN_BASE_URL=sandbox["url"], **credentials)
    assert out.startswith("40 of 40 greeted")


def test_walkthrough(sandbox: dict[str, str]) -> None:
    out = run("walkthrough.py", AGENTHUMAN_BASE_URL=sandbox["url"], AGENTHUMAN_API_KEY=sandbox["api_key"])
    assert [line[0] for line in out.splitlines() if line[0] != " "] == list("1234567")
    assert out.splitlines()[-1] == "7. completed"


def test_fastapi_backend(sandbox: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTHUMAN_BASE_URL", sandbox["url"])
    monkeypatch.setenv("AGENTHUMAN_API_KEY", sandbox["api_key"])
    monkeypatch.setenv("AGENT_ID", AgentHuman().agents.create(name="Backend").id)
    monkeypatch.syspath_prepend(EXAMPLES)
    backend: Any = __import__("fastapi_backend")
    with TestClient(backend.app) as page:
        begun = page.post("/conversations", json={"content": "Hello"}).json()
        assert begun["reply"]
        again = page.post(f"/conversations/{begun['session']}", json={"content": "And?"})
        assert (again.status_code, again.json()["session"]) == (200, begun["session"])
        assert page.delete(f"/conversations/{begun['session']}").status_code == 204
        gone = page.post("/conversations/999999999", json={"content": "Hello"})
        assert (gone.status_code, gone.json()) == (404, {"detail": "there is no such conversation"})
