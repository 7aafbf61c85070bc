"""The modules in a bundled application. PyInstaller, Nuitka and cx_Freeze follow import statements in Python, and do
not see imports by native code or by a computed name."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
PYTHON = PACKAGE / "python" / "agenthuman"
RUST_IMPORT = re.compile(r'\bimport\(\s*(?:\w+\(?\)?,\s*)?"([\w.]+)"')


def dotted(path: Path) -> str:
    """Returns the name of a module without that of the package."""
    return ".".join(path.relative_to(PYTHON).with_suffix("").parts).removesuffix(".__init__")


MODULES = {dotted(path) for path in PYTHON.rglob("*.py")} - {"__init__"}
BY_ENTRY_POINT = {"pytest_plugin"}
TYPES_ONLY = {"_step", "_generated.rooms.params"}
BY_USERS = {"relay", "rooms", "sandbox", "testing"}
"""Modules that users import themselves, where bundlers find them."""


def imported_by_rust() -> set[str]:
    found = set()
    for source in (PACKAGE / "src").glob("*.rs"):
        text = source.read_text()
        found.update(RUST_IMPORT.findall(text))
        # Every kind of import in Rust names the module in a string.
        found.update(name for name in re.findall(r'"(agenthuman\.[\w.]+)"', text) if name != "agenthuman._native")
    return found


def statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Yields all statements except those for type checkers only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for other in node.orelse:
                yield other
                yield from statements(other)
            continue
        if isinstance(node, ast.stmt):
            yield node
        yield from statements(node)


def imports(module: str) -> set[str]:
    """Returns the modules that a module of the package imports with a statement."""
    found = set()
    path = PYTHON / module.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in statements(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            here = path.relative_to(PYTHON.parent).parts[: -node.level]
            base = ".".join([*here, *filter(None, [node.module])]) if node.level else str(node.module)
            found.add(base)
            found.update(f"{base}.{alias.name}" for alias in node.names)
    return found


def reached(*modules: str) -> set[str]:
    """Returns the modules that bundlers find, starting from `import agenthuman`."""
    found, left = {"agenthuman", *(f"agenthuman.{name}" for name in modules)}, ["__init__", *modules]
    while left:
        new = imports(left.pop()) - found
        found |= new
        left += [name.partition(".")[2] for name in new if name.partition(".")[2] in MODULES]
    return found


def test_python_imports_what_rust_imports() -> None:
    wanted = imported_by_rust()
    assert {"agenthuman._generated.models", "agenthuman._model", "json"} <= wanted, "the search finds imports"
    assert wanted - reached() - set(sys.builtin_module_names) == set()


def test_every_module_is_found() -> None:
    missing = {f"agenthuman.{name}" for name in MODULES - BY_ENTRY_POINT - TYPES_ONLY} - reached(*BY_USERS)
    assert missing == set()


def test_with_only_the_modules_that_bundlers_find(tmp_path: Path) -> None:
    """Uses a copy of the package without the modules that bundlers do not find."""
    copy = tmp_path / "agenthuman"
    for path in (*PYTHON.rglob("*.py"), *PYTHON.glob("_native.*")):
        if path.suffix != ".py" or dotted(path) == "__init__" or f"agenthuman.{dotted(path)}" in reached():
            link = copy / path.relative_to(PYTHON)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)
    code = """
        from agenthuman import AsyncAgentHuman, MessageExchange, NOT_GIVEN, Session, sandbox
        import copy, pickle
        at = "2024-01-15T10:30:00Z"
        values = {"id": "5", "agent_id": "7", "session_type": "voice", "status": "active", "started_at": at}
        message = {"id": "1", "session_id": "5", "role": "user", "content": "Hi", "created_at": at}
        assert Session.from_dict(values).started_at.year == 2024
        assert MessageExchange.from_dict({"message": message, "reply": None}).message.id == "1"
        assert Session.from_dict({**values, "metadata": {"n": 10**40}}).metadata == {"n": 10**40}
        assert pickle.loads(pickle.dumps(NOT_GIVEN)) is copy.deepcopy(NOT_GIVEN) is NOT_GIVEN
        assert sandbox.start and AsyncAgentHuman
    """
    lines = "\n".join(line.strip() for line in code.splitlines())
    program = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\n{lines}"
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
