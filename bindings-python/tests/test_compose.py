"""examples/compose.yaml: its programs, started without an engine with the arguments and variables of the file.

What an engine does is not tested: the images, the volumes, and the names of the containers (127.0.0.1 here).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import yaml

from conftest import ROOT

EXAMPLES = ROOT / "examples"
SERVICES: dict[str, Any] = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())["services"]
# The beginning of the image's command: xtask/src/dist/image.rs.
ENTRYPOINT = ["--host", "0.0.0.0"]


@contextmanager
def started(command: list[str], environment: dict[str, str], cwd: Path) -> Iterator[str]:
    """A running program, and the first line that it prints."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    with subprocess.Popen(command, cwd=cwd, env={**kept, **environment}, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline()
        finally:
            process.kill()


@contextmanager
def sandbox(program: str, data: Path) -> Iterator[str]:
    service = SERVICES["sandbox"]
    (folder,) = (volume.split(":")[1] for volume in service["volumes"])
    environment = {name: value.replace(folder, str(data)) for name, value in service["environment"].items()}
    command = [program, *ENTRYPOINT, *service["command"], "--port", "0", "--json"]
    with started(command, environment, data) as line:
        greeting = json.loads(line)
        assert greeting["api_key"] == service["environment"]["AGENTHUMAN_SANDBOX_API_KEY"]
        yield greeting["url"].replace("0.0.0.0", "127.0.0.1")


@contextmanager
def backend(sandbox_url: str) -> Iterator[str]:
    service = SERVICES["backend"]
    environment = {**service["environment"], "AGENTHUMAN_BASE_URL": sandbox_url, "PORT": "0"}
    assert service["environment"]["AGENTHUMAN_BASE_URL"] == "http://sandbox:8787"
    volumes = {inside: outside for outside, inside, _ in (volume.split(":") for volume in service["volumes"])}
    program = service["command"][-1].split("exec python ")[1]
    with started([sys.executable, program], environment, EXAMPLES / volumes[service["working_dir"]]) as line:
        yield line.strip()


def is_healthy(program: str, url: str) -> bool:
    kind, _, *arguments, _ = SERVICES["sandbox"]["healthcheck"]["test"]
    assert kind == "CMD"
    return subprocess.run([program, *arguments, url], timeout=60).returncode == 0


def test_the_backend_talks_to_the_sandbox(sandbox_program: str, tmp_path: Path) -> None:
    assert SERVICES["backend"]["depends_on"]["sandbox"]["condition"] == "service_healthy"
    with sandbox(sandbox_program, tmp_path) as url:
        assert is_healthy(sandbox_program, url)
        with backend(url) as backend_url:
            assert httpx2.get(backend_url).text == "running"
            response = httpx2.post(backend_url, content="Hello!")
            assert response.status_code == 201, response.text
            assert response.text
            assert httpx2.post(backend_url, content="x" * 20_000).status_code == 413
    assert not is_healthy(sandbox_program, url)
    assert (tmp_path / "sandbox.sqlite").exists()
    with backend(url) as backend_url:
        response = httpx2.post(backend_url, content="Hello!")
        assert (response.status_code, response.text) == (502, "connection")
