"""The pytest fixtures `agenthuman_sandbox` and `agenthuman_sandbox_process`, which need `agenthuman[sandbox]`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .sandbox import Sandbox, start


@pytest.fixture(scope="session")
def agenthuman_sandbox_process() -> Iterator[Sandbox]:
    """A sandbox for the whole test run, for fixtures with a wider scope than a test. Tests that use
    `agenthuman_sandbox` reset it."""
    with start() as sandbox:
        yield sandbox


@pytest.fixture
def agenthuman_sandbox(agenthuman_sandbox_process: Sandbox) -> Sandbox:
    """A sandbox that is reset before each test. It has `.url`, `.api_key`, `.token`, `.email`, and controls such as
    `.latest_code(email)`, `.replies([…])`, `.faults` and `.clock`."""
    agenthuman_sandbox_process.reset()
    return agenthuman_sandbox_process
