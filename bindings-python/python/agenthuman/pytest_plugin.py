"""The pytest fixtures `agenthuman_sandbox` and `agenthuman_sandbox_process`, there once `agenthuman[sandbox]` is
installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .sandbox import Sandbox, start


@pytest.fixture(scope="session")
def agenthuman_sandbox_process() -> Iterator[Sandbox]:
    """A sandbox for the whole run of tests, for fixtures that live longer than a test. The tests that use
    `agenthuman_sandbox` reset it."""
    with start() as sandbox:
        yield sandbox


@pytest.fixture
def agenthuman_sandbox(agenthuman_sandbox_process: Sandbox) -> Sandbox:
    """A sandbox as it is after its start: `.url`, `.api_key`, `.token`, `.email`, and its controls, such as
    `.latest_code(email)`, `.replies([…])`, `.faults` and `.clock`."""
    agenthuman_sandbox_process.reset()
    return agenthuman_sandbox_process
