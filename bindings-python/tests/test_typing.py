"""mypy and pyright in strict mode on the package, the examples and users' code; stubtest on the native module."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("module", ["agenthuman", "agenthuman.rooms", "agenthuman.sandbox", "agenthuman.testing"])
def test_pyright_finds_every_public_name_in_the_installed_package(module: str, tmp_path: Path) -> None:
    names = ", ".join(name for name in importlib.import_module(module).__all__ if not name.startswith("_"))
    (tmp_path / "user.py").write_text(f"from {module} import {names}\n")
    settings = {"typeCheckingMode": "strict", "reportUnusedImport": False}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    check(sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--project", tmp_path)


def test_stubtest() -> None:
    check(sys.executable, "-m", "mypy.stubtest", "agenthuman._native")
