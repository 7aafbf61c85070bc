"""The Python snippets of a package's README and docstring, and the check of their types."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^    .*\n|^\n)+", re.MULTILINE)


def snippets_of_readme(package: Path) -> list[str]:
    return _BLOCK.findall((package / "README.md").read_text())


def snippets_of_docstring(module: ModuleType) -> list[str]:
    blocks = filter(str.strip, _INDENTED.findall(module.__doc__ or ""))
    return [re.sub("^    ", "", block, flags=re.MULTILINE) for block in blocks]


def check_types(snippets: list[str], folder: Path) -> None:
    """Checks snippets as a user with strict settings does."""
    for number, snippet in enumerate(snippets):
        (folder / f"snippet_{number}.py").write_text(snippet)
    settings = {"typeCheckingMode": "strict", "reportUnknownMemberType": False, "pythonVersion": "3.10"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    check("mypy", "--strict", "--python-version", "3.10", "--config-file", os.devnull, ".", cwd=folder)
    check("pyright", "--pythonpath", sys.executable, cwd=folder)


def check(tool: str, *arguments: str, cwd: Path) -> None:
    """Runs a type checker."""
    process = subprocess.run(
        [sys.executable, "-m", tool, *arguments], cwd=cwd, capture_output=True, text=True, timeout=300
    )
    assert process.returncode == 0, process.stdout + process.stderr
