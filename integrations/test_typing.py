"""mypy and pyright in strict mode on the packages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from documents import check

PACKAGES = sorted(path.parent for path in Path(__file__).parent.glob("*/pyproject.toml"))


def test_the_packages_are_found() -> None:
    assert len(PACKAGES) == 2


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_the_types_of_a_package(package: Path) -> None:
    check("mypy", cwd=package)
    check("pyright", "--pythonpath", sys.executable, cwd=package)
