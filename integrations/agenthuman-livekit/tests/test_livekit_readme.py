"""The program of the README and of the docstring, run as printed: its entrypoint in a job with a faked room."""

from __future__ import annotations

import inspect
import runpy
from pathlib import Path
from typing import Any

import agenthuman_livekit
from livekit import api
from livekit.agents.testing import fake_job_context

from conftest import Service
from documents import check_types, snippets_of_docstring, snippets_of_readme
from fakes import Room
from test_avatar import shut_down

PACKAGE = Path(__file__).parents[1]
SNIPPETS = [*snippets_of_readme(PACKAGE), *snippets_of_docstring(agenthuman_livekit)]


def test_the_snippets_are_found_and_typed(tmp_path: Path) -> None:
    assert len(SNIPPETS) == 2
    check_types(SNIPPETS, tmp_path)


async def test_the_program_of_the_readme(service: Service, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(SNIPPETS[0])
    program: dict[str, Any] = runpy.run_path(str(tmp_path / "program.py"), run_name="program")
    room = Room()
    with fake_job_context(room=room) as job:
        job._info.token = api.AccessToken().with_identity("the-agent").to_jwt()
        assert inspect.iscoroutinefunction(program["entrypoint"])
        await program["entrypoint"](job)
        assert service.statuses() == ["started"]
        await shut_down(job)
    assert service.statuses() == ["ended"]


def test_the_snippet_of_the_docstring(service: Service) -> None:
    exec(SNIPPETS[1], {})
    assert service.sessions() == []
