"""The pytest fixtures: `agenthuman_mock`, and `agenthuman_sandbox` and `agenthuman_sandbox_process`, which need
`agenthuman[sandbox]`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from .sandbox import Sandbox, start

if TYPE_CHECKING:
    from .testing import Mock


@pytest.fixture
def agenthuman_mock() -> Mock:
    """A mock for one test: `.client` and `.async_client` get the responses that `.on(operation)` configures."""
    from .testing import Mock

    return Mock()


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
