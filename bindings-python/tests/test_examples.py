"""Every example, run against the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from conftest import ROOT

EXAMPLES = ROOT / "examples" / "python"


def run(name: str, **environment: str) -> str:
    process = subprocess.run(
        [sys.executable, EXAMPLES / name],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return process.stdout


def test_there_is_a_test_for_each() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {"main_job.py", "quickstart.py"}


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
        "old_key": "ApiKeyRevokedError",
    }


def test_main_job_with_a_key(sandbox: dict[str, str]) -> None:
    out = run("main_job.py", AGENTHUMAN_BASE_URL=sandbox["url"], AGENTHUMAN_API_KEY=sandbox["api_key"])
    outcome = json.loads(out)
    assert (outcome["session_status"], outcome["rotated"], outcome["old_key"]) == ("completed", None, None)


def test_quickstart(sandbox: dict[str, str]) -> None:
    out = run("quickstart.py", AGENTHUMAN_BASE_URL=sandbox["url"], AGENTHUMAN_API_KEY=sandbox["api_key"])
    assert out.splitlines()[-1] == "completed"
