"""The program of the README and of the docstring, run as printed: its pipeline with a transport that ends it."""

from __future__ import annotations

import asyncio
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import agenthuman_pipecat
import pytest
from pipecat.frames.frames import EndWorkerFrame, Frame, StartFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from conftest import LIMIT, Service
from documents import check_types, snippets_of_docstring, snippets_of_readme
from test_video import fake_room

PACKAGE = Path(__file__).parents[1]
SNIPPETS = [*snippets_of_readme(PACKAGE), *snippets_of_docstring(agenthuman_pipecat)]


class Passing(FrameProcessor):
    """A part of a transport without a network."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)


class Ending(Passing):
    """An output that ends the pipeline once everything before it has started."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.service = service
        self.statuses: list[str] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, StartFrame):
            self.statuses = self.service.statuses()
            await self.push_frame(EndWorkerFrame(), FrameDirection.UPSTREAM)


def test_the_snippets_are_found_and_typed(tmp_path: Path) -> None:
    assert len(SNIPPETS) == 2
    check_types(SNIPPETS, tmp_path)


async def test_the_program_of_the_readme(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_room(monkeypatch)
    (tmp_path / "program.py").write_text(SNIPPETS[0])
    program: dict[str, Any] = runpy.run_path(str(tmp_path / "program.py"), run_name="program")
    output = Ending(service)
    transport = SimpleNamespace(input=Passing, output=lambda: output)
    await asyncio.wait_for(program["run_bot"](transport), LIMIT)
    assert output.statuses == ["started"]
    assert service.statuses() == ["ended"]


def test_the_snippet_of_the_docstring(service: Service) -> None:
    exec(SNIPPETS[1], {})
    assert service.sessions() == []
