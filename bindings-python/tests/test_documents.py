"""Runs every Python program of the documents and docstrings, unchanged, on a new sandbox."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import agenthuman.sandbox

from conftest import ROOT

GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "bindings-python/README.md",
    ROOT / "bindings-python/sandbox/README.md",
    *GUIDES,
]
MODULES = ["agenthuman", "agenthuman.relay", "agenthuman.sandbox", "agenthuman.testing"]

IN_DOCUMENTS = re.compile(r"^```(?:python|py)\n(.*?)^```", re.MULTILINE | re.DOTALL)
IN_DOCSTRINGS = re.compile(r"(?:^    .*\n|^\n)+", re.MULTILINE)

PROGRAMS: dict[str, str] = {}
for path in DOCUMENTS:
    for number, code in enumerate(IN_DOCUMENTS.findall(path.read_text()), 1):
        PROGRAMS[f"{path.relative_to(ROOT)}, program {number}"] = code
for name in MODULES:
    docstring = importlib.import_module(name).__doc__ or ""
    for number, code in enumerate(filter(str.strip, IN_DOCSTRINGS.findall(docstring)), 1):
        PROGRAMS[f"docstring of {name}, program {number}"] = re.sub("^    ", "", code, flags=re.MULTILINE)

SERVES_SESSIONS = """
from fastapi.testclient import TestClient
session = agenthuman.AgentHuman().sessions.create(agent_id="1")
response = TestClient(app).get(f"/sessions/{session.id}")
assert (response.status_code, response.json()["id"]) == (200, session.id), response.text
"""
SERVES_THE_RELAY = """
from fastapi.testclient import TestClient
with TestClient(app) as phones:
    for token, status in [("a-token-of-your-app", 201), ("another", 401)]:
        response = phones.post("/agenthuman/v1/sessions", json={}, headers={"authorization": f"Bearer {token}"})
        assert response.status_code == status, response.text
"""


def test_programs_are_found() -> None:
    assert len(PROGRAMS) >= 11, PROGRAMS.keys()
    assert sum(name.startswith("docstring") for name in PROGRAMS) == len(MODULES)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_unchanged(name: str, tmp_path: Path, sandbox_program: str) -> None:
    code = PROGRAMS[name]
    if "relay.asgi_app(" in code:
        code += SERVES_THE_RELAY
    elif "FastAPI()" in code:
        code += SERVES_SESSIONS
    path = tmp_path / "test_program.py"
    path.write_text(code)
    is_test = "def test_" in code
    command = [sys.executable, *(["-m", "pytest", "-q", "-p", "no:cacheprovider"] if is_test else []), str(path)]
    environment = {**os.environ, "AGENTHUMAN_SANDBOX": sandbox_program}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGENTHUMAN_SANDBOX", sandbox_program)
        with agenthuman.sandbox.start() as sandbox:
            if not is_test:
                environment |= {"AGENTHUMAN_BASE_URL": sandbox.url, "AGENTHUMAN_API_KEY": sandbox.api_key}
                environment |= {"AGENTHUMAN_RELAY_SECRETS": "0123456789abcdef" * 2}
            process = subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
            )
    assert process.returncode == 0, process.stdout + process.stderr
