"""The pytest fixture `agenthuman_sandbox`, there once `agenthuman[sandbox]` is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .sandbox import Sandbox, start


@pytest.fixture(scope="session")
def agenthuman_sandbox() -> Iterator[Sandbox]:
    """A sandbox for the whole run of tests: `.url`, `.api_key`, `.token`, `.email`."""
    with start() as sandbox:
        yield sandbox
