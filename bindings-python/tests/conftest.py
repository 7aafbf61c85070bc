"""Made-up credentials, an environment without credentials, and the sandbox."""

from __future__ import annotations

import base64
import json
import os
import secrets
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))


def made_up_key(environment: str = "test") -> str:
    letters = string.ascii_letters + string.digits
    return f"ah_{environment}_" + "".join(secrets.choice(letters) for _ in range(32))


def made_up_token(expires: int = 4_102_444_800) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'HS256'})}.{part({'sub': '42', 'exp': expires})}.{secrets.token_urlsafe(32)}"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AGENTHUMAN_API_KEY", "AGENTHUMAN_TOKEN", "AGENTHUMAN_BASE_URL", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def key() -> str:
    return made_up_key()


@pytest.fixture
def token() -> str:
    return made_up_token()


@pytest.fixture(scope="session")
def sandbox_program() -> str:
    """The sandbox that AGENTHUMAN_SANDBOX names, or the one of this checkout."""
    program = os.environ.get("AGENTHUMAN_SANDBOX")
    if program is None:
        subprocess.run(["cargo", "build", "--quiet", "-p", "agenthuman-sandbox"], cwd=ROOT, check=True)
        program = str(ROOT / "target" / "debug" / "agenthuman-sandbox")
    return program


@pytest.fixture(scope="session")
def sandbox(sandbox_program: str) -> Iterator[dict[str, str]]:
    """The URL and credentials of a running sandbox."""
    command = [sandbox_program, "--port", "0", "--json", "--rate-limit", "off"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.terminate()


@pytest.fixture
def agent(sandbox: dict[str, str]) -> str:
    """An agent's id in the sandbox."""
    from agenthuman import AgentHuman

    return AgentHuman(sandbox["api_key"], base_url=sandbox["url"]).agents.create(name="Relayed").id
