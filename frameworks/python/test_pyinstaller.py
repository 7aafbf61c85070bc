"""PyInstaller: a program bundled into one file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from serving import HERE, LIMIT


@pytest.mark.heavy
def test_one_file(environment: dict[str, str], tmp_path: Path) -> None:
    folders = [f"--{name}path={tmp_path / name}" for name in ("dist", "work", "spec")]
    build = [
        sys.executable,
        "-m",
        "PyInstaller",
        "--onefile",
        "--log-level=WARN",
        *folders,
        str(HERE / "program_frozen.py"),
    ]
    subprocess.run(build, cwd=tmp_path, check=True, timeout=10 * LIMIT)
    program = tmp_path / "dist" / f"program_frozen{'.exe' if sys.platform == 'win32' else ''}"
    done = subprocess.run([program], env=environment, timeout=LIMIT, stdout=subprocess.PIPE, text=True)
    assert (done.returncode, done.stdout.split()) == (0, ["True", "True", "active", "not_found"])
