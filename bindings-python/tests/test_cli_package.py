"""The wheel of the command, built, installed in an environment of its own, and run."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import agenthuman

from conftest import ROOT

SCRIPTS, SUFFIX = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")


def test_the_wheel_installs_the_command(tmp_path: Path) -> None:
    # Not stripped, since that would link the program again and replace the one in `target`.
    build = [sys.executable, "-m", "maturin", "build", "--quiet", "--strip", "false", "--out", str(tmp_path / "wheels")]
    subprocess.run(build, cwd=ROOT / "bindings-python" / "cli", check=True)
    [wheel] = (tmp_path / "wheels").iterdir()
    with zipfile.ZipFile(wheel) as files:
        names = {name.split("/", 1)[1] for name in files.namelist()}
    assert {f"scripts/agenthuman{SUFFIX}", "licenses/LICENSE-APACHE", "licenses/LICENSE-MIT"} <= names
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", str(venv)]
    subprocess.run([*pip, "install", "--no-index", str(wheel)], check=True)
    program = venv / SCRIPTS / f"agenthuman{SUFFIX}"
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout == f"agenthuman {agenthuman.__version__}\n"
