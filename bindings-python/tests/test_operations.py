"""The examples of every operation, which the documentation prints: their types, and their calls on the sandbox."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import generated.operations
import pytest

import agenthuman
import agenthuman.sandbox
from agenthuman.rooms import AgentHumanRooms

FILE = Path(generated.operations.__file__)
EXAMPLES = dict(inspect.getmembers(generated.operations, inspect.isfunction))
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def test_every_operation_has_one() -> None:
    assert len(EXAMPLES) == len([line for line in FILE.read_text().splitlines() if line.startswith("def ")]) > 50


def test_their_types() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.10", "--config-file", os.devnull]
    process = subprocess.run([*command, str(FILE)], capture_output=True, text=True, timeout=300)
    assert process.returncode == 0, process.stdout + process.stderr


@pytest.fixture(scope="module")
def own_sandbox(sandbox_program: str) -> Iterator[agenthuman.sandbox.Sandbox]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGENTHUMAN_SANDBOX", sandbox_program)
        with agenthuman.sandbox.start() as sandbox:
            yield sandbox


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_sandbox_accepts_the_call(
    name: str,
    own_sandbox: agenthuman.sandbox.Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    own_sandbox.reset()
    (tmp_path / "face.png").write_bytes(PNG)
    monkeypatch.chdir(tmp_path)
    client: agenthuman.AgentHuman | AgentHumanRooms
    if name.startswith("rooms_"):
        client = AgentHumanRooms(own_sandbox.api_key, base_url=f"{own_sandbox.url}/rooms")
    else:
        client = agenthuman.AgentHuman(own_sandbox.api_key, token=own_sandbox.token, base_url=own_sandbox.url)
    with client:
        error = failure_of(EXAMPLES[name], client)
    # The sandbox has no object with the example's id, and sent no email with the example's code.
    expected = {
        None: "",
        "not_found": "",
        "authentication": "",
        "invalid_argument": "this account has no key with this id",
    }
    code = error and error.code
    assert code in expected, error
    assert error is None or expected[code] in error.message


def failure_of(
    example: Callable[[agenthuman.AgentHuman | AgentHumanRooms], None], client: agenthuman.AgentHuman | AgentHumanRooms
) -> agenthuman.AgentHumanError | None:
    try:
        example(client)
    except agenthuman.AgentHumanError as error:
        return error
    return None
