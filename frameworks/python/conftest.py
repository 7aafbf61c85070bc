"""The sandbox for the programs of the frameworks, and the selection of tests."""

from __future__ import annotations

import os

import pytest

from agenthuman import sandbox as agenthuman_sandboxes


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the heavy tests too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--full"):
        for item in items:
            if item.get_closest_marker("heavy"):
                item.add_marker(pytest.mark.skip(reason=f"{item.name} is heavy; --full runs it"))


@pytest.fixture
def environment():
    """The environment of a program that calls a new sandbox with the default settings of a client."""
    with agenthuman_sandboxes.start() as sandbox:
        named = {"AGENTHUMAN_API_KEY": sandbox.api_key, "AGENTHUMAN_BASE_URL": sandbox.url}
        yield {**os.environ, **named}
