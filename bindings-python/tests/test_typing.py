"""mypy and pyright in strict mode on the package, the examples and users' code; stubtest on the native module."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


def check(*command: str | Path) -> None:
    process = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout + process.stderr


def test_mypy() -> None:
    check(sys.executable, "-m", "mypy")


def test_pyright() -> None:
    # Without Node, pyright would download its own.
    assert shutil.which("node"), "pyright needs Node"
    check(sys.executable, "-m", "pyright", "--pythonpath", sys.executable)


def test_stubtest() -> None:
    check(sys.executable, "-m", "mypy.stubtest", "agenthuman._native")
