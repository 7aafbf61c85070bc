"""The pytest fixtures: `agenthuman_mock`, `agenthuman_rooms_mock`, `agenthuman_cassette`, and `agenthuman_sandbox` and
`agenthuman_sandbox_process`, which need `agenthuman[sandbox]`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from .sandbox import Sandbox, start

if TYPE_CHECKING:
    from .testing import Cassette, Mock, RoomsMock


@pytest.fixture
def agenthuman_mock() -> Mock:
    """A mock for one test: `.client` and `.async_client` get the responses that `.on(operation)` configures."""
    from .testing import Mock

    return Mock()


@pytest.fixture
def agenthuman_rooms_mock() -> RoomsMock:
    """The same for the clients of `agenthuman.rooms`."""
    from .testing import RoomsMock

    return RoomsMock()


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


@pytest.fixture
def agenthuman_cassette(request: pytest.FixtureRequest) -> Iterator[Cassette]:
    """A cassette for one test, `cassettes/<file>/<test>.json` beside the file of the test: it is recorded by the first
    run and replayed by later ones. A test that fails writes nothing."""
    from .testing import Cassette

    name = re.sub(r"[^\w.,=+-]+", "-", request.node.name).strip("-.")
    cassette = Cassette(request.path.parent / "cassettes" / request.path.stem / f"{name}.json")
    failed_before = request.session.testsfailed
    yield cassette
    if request.session.testsfailed > failed_before:
        cassette.discard()
    else:
        cassette.close()
