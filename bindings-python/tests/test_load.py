"""A short run of load.py: many threads and tasks, no errors, constant memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from agenthuman.sandbox import VARIABLE


def test_many_concurrent_calls(sandbox_program: str) -> None:
    program = Path(__file__).with_name("load.py")
    process = subprocess.run(
        [sys.executable, program, "1000", "2000"],
        env={**os.environ, VARIABLE: sandbox_program},
        capture_output=True,
        text=True,
    )
    assert (process.returncode, process.stderr) == (0, ""), process.stdout
    assert [line.split(":")[0] for line in process.stdout.splitlines()] == ["sync", "async"]
