"""Runs every Python snippet of the documents and docstrings, as printed, on a new sandbox, and checks its types.

A snippet after the comment `<!-- snippet: not run: REASON -->`, which readers do not see, is not run.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import agenthuman.sandbox

from conftest import ROOT

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "bindings-python/README.md",
    ROOT / "bindings-python/sandbox/README.md",
    *sorted((ROOT / "docs").glob("**/*.md")),
]
MODULES = ["agenthuman", "agenthuman.relay", "agenthuman.rooms", "agenthuman.sandbox", "agenthuman.testing"]

SNIPPET = re.compile(r"^(?:<!-- snippet: not run: (.+) -->\n)?```(?:python|py)\n(.*?)^```", re.MULTILINE | re.DOTALL)
IN_DOCSTRING = re.compile(r"(?:^    .*\n|^\n)+", re.MULTILINE)

SNIPPETS: dict[str, str] = {}
NOT_RUN: dict[str, str] = {}
"""The reasons of the snippets that are not run, by their names."""


def _collect() -> None:
    for path in DOCUMENTS:
        for number, (marker, code) in enumerate(SNIPPET.findall(path.read_text()), 1):
            name = f"{path.relative_to(ROOT)}, snippet {number}"
            if marker:
                NOT_RUN[name] = marker
            SNIPPETS[name] = code
    for module in MODULES:
        docstring = importlib.import_module(module).__doc__ or ""
        for number, code in enumerate(filter(str.strip, IN_DOCSTRING.findall(docstring)), 1):
            SNIPPETS[f"docstring of {module}, snippet {number}"] = re.sub("^    ", "", code, flags=re.MULTILINE)


_collect()

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

OPENS_A_ROOM = """
from fastapi.testclient import TestClient
with TestClient(app) as phones:
    response = phones.post("/v1/rooms", json={}, headers={"authorization": "Bearer ada"})
    assert response.status_code == 201, response.text
    assert response.json()["room"]["token"] == "the app's token", response.text
"""

RESUMES_A_SESSION = """
from fastapi.testclient import TestClient
with TestClient(app, headers={"authorization": "Bearer ada"}) as phones:
    id = phones.post("/v1/sessions", json={}).json()["session"]["id"]
    assert [session["id"] for session in phones.get("/v1/sessions").json()["sessions"]] == [id]
    assert phones.post(f"/v1/sessions/{id}/resume").json()["session"]["id"] == id
    other = {"authorization": "Bearer bob"}
    assert phones.get("/v1/sessions", headers=other).json()["sessions"] == []
    assert phones.post(f"/v1/sessions/{id}/resume", headers=other).status_code == 404
"""


def test_snippets_are_found() -> None:
    assert len(SNIPPETS) >= 15, SNIPPETS.keys()
    assert sum(name.startswith("docstring") for name in SNIPPETS) == len(MODULES)


@pytest.fixture(scope="module")
def snippet_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("snippets")
    for name, code in SNIPPETS.items():
        (folder / (re.sub(r"\W+", "_", name) + ".py")).write_text(code)
    return folder


def test_the_types_of_every_snippet(snippet_files: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.10", "--config-file", os.devnull]
    process = subprocess.run([*command, str(snippet_files)], capture_output=True, text=True, timeout=300)
    assert process.returncode == 0, process.stdout + process.stderr


def test_the_types_of_every_snippet_by_pyright(snippet_files: Path) -> None:
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.10"}
    (snippet_files / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--project", str(snippet_files)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert process.returncode == 0, process.stdout + process.stderr


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_runs_as_printed(name: str, tmp_path: Path, sandbox_program: str) -> None:
    if name in NOT_RUN:
        pytest.skip(f"{name}: {NOT_RUN[name]}")
    code = SNIPPETS[name]
    if "rooms=" in code:
        code += OPENS_A_ROOM
    elif "on_open=" in code:
        code += RESUMES_A_SESSION
    elif "relay.asgi_app(" in code:
        code += SERVES_THE_RELAY
    elif "FastAPI()" in code:
        code += SERVES_SESSIONS
    path = tmp_path / "test_snippet.py"
    path.write_text(code)
    is_test = "def test_" in code
    command = [sys.executable, *(["-m", "pytest", "-q", "-p", "no:cacheprovider"] if is_test else []), str(path)]
    environment = {**os.environ, "AGENTHUMAN_SANDBOX": sandbox_program}
    # Cassettes are recorded.
    environment.pop("CI", None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGENTHUMAN_SANDBOX", sandbox_program)
        with agenthuman.sandbox.start() as sandbox:
            if not is_test or "agenthuman_cassette" in code:
                url = f"{sandbox.url}/rooms" if "agenthuman.rooms" in code else sandbox.url
                environment |= {"AGENTHUMAN_BASE_URL": url, "AGENTHUMAN_API_KEY": sandbox.api_key}
                environment |= {"AGENTHUMAN_RELAY_SECRETS": "0123456789abcdef" * 2}
                if "AGENTHUMAN_TOKEN" in code:
                    environment |= {"AGENTHUMAN_TOKEN": sandbox.token}
            process = subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
            )
    if process.returncode == 0 and "cassette" in code:
        # The sandbox has stopped.
        process = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert process.returncode == 0, process.stdout + process.stderr
